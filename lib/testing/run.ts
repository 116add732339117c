/**
 * Runs one handler for one delivery, the way of a real one: the delivery is signed and verified, `when` is asked, the
 * grant is minted by a stand-in for GitHub on loopback, and the stand-in refuses what the token may not do. Everything
 * is in this process and in one call: there is no server to start, and nothing is left behind.
 */
import { randomBytes } from 'node:crypto';
import { completeWorld } from '../../local/fixtures/complete-world.ts';
import { GRANT_HINT, isNotGranted } from '../../local/fixtures/stand-in-hint.ts';
import { loadWorld, type RecordedWorld, toSignedRequest } from '../../local/fixtures/fixtures.ts';
import { createGitHub } from '../../local/github/server.ts';
import type { GitHub, Permissions, Responses } from '../../local/github/types.ts';
import { recordRoutes } from '../../local/runs/recorded-routes.ts';
import type { Handler } from '../dispatch/define-handler.ts';
import type { DeliveryOutcome, HandlerOutcome } from '../dispatch/outcome.ts';
import { isObject, parseJson, readText } from '../json/json.ts';
import type { LineCode } from '../log/messages.ts';
import { createTestIntake, getAppKey } from './intake.ts';
import type { GivenWorld } from './given-world.ts';
import { type GivenFixture, loadGivenFixture } from './scene.ts';
import { type Witness, witness } from './witness.ts';

const CALL_LINE: LineCode = 'github_call';

/** How the world of a run differs from what the fixture needs. */
export interface RunOptions {
  /**
   * Answers of GitHub's by route, `'GET /repos/{owner}/{repo}/topics'`: a body; `{ status, headers, body }`; or a
   * function of the request that returns one or the other. A token that may not call the route is refused all the same.
   */
  readonly respond?: Responses;
  /** The handler's settings, texts and secrets alike: one for each that it declares, and no other. */
  readonly settings?: Readonly<Record<string, string>>;
  /** What the installation has granted. Default: what `world.json` says of it, otherwise what the handler asks for. */
  readonly granted?: Permissions;
  /** What GitHub knows, in the place of the same fields of `world.json`. What the payload speaks of is always there. */
  readonly world?: GivenWorld;
}

/** What became of the handler, and what it did. */
export interface RunResult {
  readonly outcome: DeliveryOutcome | 'rejected';
  /** Why it was not handled: a documented code, or the text of a `skip`. */
  readonly reason?: string;
  /** What the handler threw, or the fault that ended it. */
  readonly error?: unknown;
  /** The token that was minted for the handler. */
  readonly token?: { readonly permissions: Permissions; readonly repositoryIds?: readonly number[] };
  /** What the handler asked of GitHub, in order. */
  readonly calls: readonly RunCall[];
  /** Lines as the function writes them, those of `log` among them. */
  readonly logs: readonly RunLog[];
}

/** One call to GitHub's API; mints are left out. */
export interface RunCall {
  readonly method: string;
  /** With its query string. */
  readonly path: string;
  /** Parsed JSON; undefined where there was none. */
  readonly body: unknown;
  /** What GitHub answered. */
  readonly status: number;
}

/** One line that the handler, or the product about it, logged. */
export interface RunLog {
  /** `DEBUG`, `INFO`, `WARN` or `ERROR`. */
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/**
 * @param handler What the module of a handler exports by default.
 * @param fixture The name of a file in `functions/fixtures/`, the path of one, or `{ event, payload, headers? }`.
 * @throws FixtureError where the fixture cannot be sent; Error where `settings` are not those that the handler declares;
 *         and whatever a function in `respond` throws.
 */
export async function run(
  handler: Handler,
  fixture: GivenFixture,
  options: RunOptions = {},
): Promise<RunResult> {
  const { settings = {} } = options;
  refuseOtherSettings(handler, settings);
  const delivery = await loadGivenFixture(fixture);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- words that it does not know the stand-in refuses
  const given = options.world as Partial<RecordedWorld> | undefined;
  const world = toWorld({ ...(await loadWorld()), ...given }, handler, delivery.payload, options.granted);
  const responses = toResponses({ ...world.responses, ...options.respond });
  const app = { ...world.app, publicKeys: [getAppKey().publicKey] };
  const github = await createGitHub({ ...world, app, responses: responses.guarded });
  try {
    const secret = randomBytes(16).toString('hex');
    const witnessed = witness(handler);
    const { clientId: appId } = app;
    const intake = createTestIntake({ handler: witnessed.handler, github, appId, secret, settings });
    const answer = await intake.send(toSignedRequest(delivery, { secret }));
    responses.rethrow();
    await record(witnessed, github);
    return {
      ...toEnd(intake.outcomes, answer, { handler, event: delivery.event }),
      ...toToken(github),
      calls: toCalls(github),
      logs: [
        ...intake.lines.map(toLog).filter(({ code }) => code !== CALL_LINE), // `calls` has more of them
        ...explainGrant(intake.outcomes),
      ],
    };
  } finally {
    await github.close();
  }
}

/** The installation of a test grants what `world.json` says, and nobody is told of that file otherwise. */
function explainGrant([ended]: readonly HandlerOutcome[]): readonly RunLog[] {
  const isShort = ended?.outcome === 'skipped' && isNotGranted(ended.reason);
  return isShort ? [{ level: 'WARN', message: `${GRANT_HINT} A test may give \`granted\` as well.` }] : [];
}

/** For `hookmint grants`. */
async function record(witnessed: Witness, github: GitHub): Promise<void> {
  const { name } = witnessed.handler;
  const module = witnessed.findModule(process.cwd());
  if (module === undefined) return;
  // Nothing of this process was read before the process began.
  const readAt = new Date(performance.timeOrigin);
  await recordRoutes(process.cwd(), { handler: name, module, readAt, calls: toCalls(github) });
}

function refuseOtherSettings(
  { name, settings: declared }: Handler,
  given: Readonly<Record<string, string>>,
): void {
  const missing = Object.keys(declared).filter((each) => (given[each] ?? '').trim() === '');
  const others = Object.keys(given).filter((each) => declared[each] === undefined);
  const problems = [
    ...missing.map((each) => `it declares ${each}: run(…, { settings: { ${each}: '…' } })`),
    ...others.map((each) => `it does not declare ${each}`),
  ];
  if (problems.length > 0) throw new Error(`The settings of the handler '${name}': ${problems.join('; ')}.`);
}

function toWorld(
  known: Partial<RecordedWorld>,
  { permissions }: Handler,
  payload: Parameters<typeof completeWorld>[1],
  granted: Permissions | undefined,
): RecordedWorld {
  const asked = permissions === 'all' ? (known.app?.permissions ?? {}) : (permissions as Permissions);
  const world = completeWorld(known, payload, { metadata: 'read', ...asked });
  if (granted === undefined) return world;
  const installations = world.installations?.map((each) => ({ ...each, permissions: granted })) ?? [];
  return { ...world, installations };
}

/** A function that throws is a mistake in the test: it must not look like an answer of GitHub's. */
function toResponses(responses: Responses) {
  const thrown: unknown[] = [];
  const guarded: Responses = Object.fromEntries(
    Object.entries(responses).map(([route, spec]) => {
      if (typeof spec !== 'function') return [route, spec];
      const guard: typeof spec = async (request) => {
        try {
          return await spec(request);
        } catch (error) {
          thrown.push(error);
          throw error;
        }
      };
      return [route, guard];
    }),
  );
  return {
    guarded,
    rethrow() {
      if (thrown.length > 0) throw thrown[0];
    },
  };
}

function toEnd(
  outcomes: readonly HandlerOutcome[],
  answer: unknown,
  sent: { readonly handler: Handler; readonly event: string },
): Pick<RunResult, 'outcome' | 'reason' | 'error'> {
  const [ended] = outcomes;
  if (ended === undefined) return toUnclaimed(answer, sent);
  if (ended.outcome === 'skipped') return { outcome: ended.outcome, reason: ended.reason };
  if (ended.outcome !== 'failed') return { outcome: ended.outcome };
  const { outcome, reason, fault } = ended;
  return { outcome, reason, error: fault.cause ?? fault };
}

/** No handler ran: the delivery is of another event, or was refused before. */
function toUnclaimed(
  answer: unknown,
  { handler, event }: { readonly handler: Handler; readonly event: string },
): Pick<RunResult, 'outcome' | 'reason'> {
  if (readText(answer, 'outcome') === 'rejected') {
    return { outcome: 'rejected', reason: readText(answer, 'reason') ?? 'signature_mismatch' };
  }
  return {
    outcome: 'ignored',
    reason: `the handler is for ${handler.events.join(', ')}, and the fixture is ${event}`,
  };
}

function toToken({ tokens }: GitHub): Pick<RunResult, 'token'> {
  const grant = tokens.at(-1)?.grant;
  if (grant === undefined) return {};
  const { permissions, repositoryIds } = grant;
  return { token: { permissions, ...(repositoryIds !== undefined && { repositoryIds }) } };
}

/** What is asked with the App's JWT, mints above all, is not the handler's. */
function toCalls({ calls }: GitHub): readonly RunCall[] {
  return calls
    .filter(({ credential }) => credential !== 'jwt')
    .map(({ method, path, requestBody, status }) => ({ method, path, body: requestBody, status }));
}

function toLog(line: string): RunLog {
  const fields = parseJson(line);
  return { level: '', message: line, ...(isObject(fields) && fields) };
}
