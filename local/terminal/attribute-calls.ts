/** Which handler made which call: told by its token, for handlers run side by side. Pure. */
import type { IssuedToken, RecordedCall } from '../github/types.ts';
import { isObject, toObject } from '../../lib/json/json.ts';

export interface Caller {
  readonly name: string;
  /** As the log line has it: `issues=write on 186853002`; undefined where the handler had no token. */
  readonly grant: string | undefined;
}

export interface AttributedCalls {
  readonly byHandler: ReadonlyMap<string, readonly RecordedCall[]>;
  /** Calls that any of several handlers may have made: they share a token, or none carries one. */
  readonly others: readonly RecordedCall[];
}

/** @param tokens Every token that the stand-in issued. */
export function attributeCalls(
  handlers: readonly Caller[],
  calls: readonly RecordedCall[],
  tokens: readonly IssuedToken[],
): AttributedCalls {
  const callers = handlers.filter(({ grant }) => grant !== undefined);
  const grants = new Map(
    tokens.map(({ sha256, grant }) => [sha256, toGrantText(grant.permissions, grant.repositoryIds)]),
  );
  const findCaller = (call: RecordedCall): Caller | undefined => {
    const grant = call.tokenSha256 === undefined ? readMintedGrant(call) : grants.get(call.tokenSha256);
    const candidates = callers.length === 1 ? callers : callers.filter((caller) => isGrant(caller, grant));
    return candidates.length === 1 ? candidates[0] : undefined;
  };

  const byHandler = new Map<string, RecordedCall[]>();
  const others: RecordedCall[] = [];
  for (const call of calls) {
    const caller = findCaller(call);
    if (caller === undefined) others.push(call);
    else byHandler.set(caller.name, [...(byHandler.get(caller.name) ?? []), call]);
  }
  return { byHandler, others };
}

function isGrant({ grant = '' }: Caller, text: string | undefined): boolean {
  const [permissions = '', repositories = ''] = grant.split(' on ');
  return text === `${permissions.split(', ').toSorted().join(', ')} on ${repositories}`;
}

/** What a mint asks for; undefined for other calls. */
function readMintedGrant({ path, requestBody }: RecordedCall): string | undefined {
  if (!path.endsWith('/access_tokens')) return undefined;
  const { permissions, repository_ids: ids, repositories: names } = toObject(requestBody);
  return toGrantText(isObject(permissions) ? permissions : 'all', [ids, names].find(Array.isArray));
}

/** In the words of the log line, but sorted. */
function toGrantText(
  permissions: Readonly<Record<string, unknown>> | 'all',
  repositories: readonly unknown[] | undefined,
): string {
  const levels =
    permissions === 'all'
      ? [permissions]
      : Object.entries(permissions).map(([name, level]) => `${name}=${String(level)}`);
  return `${levels.toSorted().join(', ')} on ${repositories?.slice(0, 20).join(',') ?? 'installation'}`;
}
