/** From an entry of GitHub's log to a fixture that replays, and says nothing of anybody. Pure. */
import { isObject, type JsonObject, readField, readText } from '../../lib/json/json.ts';
import type { RecordedWorld } from '../../local/fixtures/fixtures.ts';
import { type Redacted, redactPayload } from './redact-payload.ts';
import type { StandIns } from './stand-ins.ts';

export interface RecordedFixture {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonObject;
}

export interface Recording extends Pick<Redacted, 'replaced'> {
  readonly fixture: RecordedFixture;
  /** `issues.opened`. */
  readonly event: string;
}

interface Logged {
  readonly guid: string;
  /** Without its action. */
  readonly event: string;
  readonly payload: JsonObject;
}

/** @throws CommandError As `redactPayload`. */
export function recordFixture({ guid, event, payload }: Logged, standIns: StandIns): Recording {
  const { payload: body, replaced } = redactPayload(payload, standIns);
  const action = readText(body, 'action');
  const headers = {
    'X-GitHub-Event': event,
    'X-GitHub-Delivery': standIns.guid(guid),
    'X-GitHub-Hook-ID': '1',
    'Content-Type': 'application/json',
  };
  return { fixture: { headers, body }, event: action === undefined ? event : `${event}.${action}`, replaced };
}

/**
 * Lets the GitHub of `world.json` stand for the real one: its first installation, account and repository for those of
 * the payload, so that the recording replays under `npm start`.
 */
export function assignWorld(payload: JsonObject, world: Partial<RecordedWorld>, standIns: StandIns): void {
  const { installation, repository, organization } = payload;
  const owner = readField(repository, 'owner') ?? organization ?? readField(installation, 'account');
  const realLogin = readText(owner, 'login');
  const isOrganization = realLogin !== undefined && realLogin === readText(organization, 'login');
  const type = isOrganization ? 'Organization' : (readText(owner, 'type') ?? 'User');
  const kept = realLogin === undefined ? undefined : standIns.account(realLogin);
  const known = world.installations?.find(({ account }) =>
    kept === undefined ? account.type === type : account.login === kept,
  );
  if (known === undefined) return;
  const { login, id } = known.account;
  if (realLogin !== undefined) {
    standIns.assign(type === 'Organization' ? 'organization' : 'person', realLogin, login);
  }
  assignId(owner, id, standIns);
  assignId(installation, known.id, standIns);
  const [standIn] = world.repositories?.filter(({ full_name }) => full_name.startsWith(`${login}/`)) ?? [];
  const realName = readText(repository, 'name');
  if (standIn === undefined || realName === undefined) return;
  standIns.assign('repository', realName, standIn.full_name.slice(login.length + 1));
  assignId(repository, standIn.id, standIns);
}

function assignId(holder: unknown, id: number | undefined, standIns: StandIns): void {
  const real = isObject(holder) ? holder['id'] : undefined;
  const isNumber = typeof real === 'number' || typeof real === 'bigint';
  if (isNumber && id !== undefined) standIns.assign('id', String(real), String(id));
}
