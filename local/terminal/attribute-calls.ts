/** Which handler made which call: the function says so in a line of its own, the stand-in has the bodies. Pure. */
import type { IssuedToken, RecordedCall } from '../github/types.ts';
import { isObject, type JsonObject, readText, toObject } from '../../lib/json/json.ts';
import type { LineCode } from '../../lib/log/messages.ts';

export interface Caller {
  readonly name: string;
  /** As the log line has it: `issues=write on 186853002`; undefined where the handler had no token. */
  readonly grant: string | undefined;
}

/** A call to GitHub, as far as it is known. */
export interface ShownCall extends Pick<
  RecordedCall,
  'method' | 'path' | 'status' | 'tokenSha256' | 'requestBody' | 'responseBody'
> {
  readonly durationMs?: number;
}

export interface AttributedCalls {
  readonly byHandler: ReadonlyMap<string, readonly ShownCall[]>;
  /** Calls that any of several handlers may have made. */
  readonly others: readonly ShownCall[];
}

interface Track {
  /** Log lines of every level about the delivery. */
  readonly lines: readonly JsonObject[];
  /** What the stand-in took meanwhile; empty with another GitHub. */
  readonly calls: readonly RecordedCall[];
  /** Something else was under way meanwhile: `calls` holds calls of both. */
  readonly overlapped: boolean;
}

const CALL_LINE: LineCode = 'github_call';

/** @param tokens Every token that the stand-in issued. */
export function attributeCalls(
  handlers: readonly Caller[],
  { lines, calls, overlapped }: Track,
  tokens: readonly IssuedToken[],
): AttributedCalls {
  const told = new Set(lines.filter(({ code }) => code === CALL_LINE));
  const findCaller = createGuess(handlers, tokens);
  const byHandler = new Map<string, ShownCall[]>();
  const others: ShownCall[] = [];
  const give = (name: string | undefined, call: ShownCall): void => {
    if (name === undefined) others.push(call);
    else byHandler.set(name, [...(byHandler.get(name) ?? []), call]);
  };
  for (const call of calls) {
    const line = [...told].find((each) => isSame(each, call));
    if (line !== undefined) {
      told.delete(line);
      give(readText(line, 'handler'), { ...call, ...readDuration(line) });
    } else if (!overlapped || call.tokenSha256 === undefined) {
      // A mint has no line. What carries a token and has none is another delivery's, or a redirect on its way.
      give(findCaller(call), call);
    }
  }
  for (const line of told) give(readText(line, 'handler'), toCall(line));
  return { byHandler, others };
}

/** A call that was cut off has no id in its line. */
function isSame(line: JsonObject, { requestId, method, path, status }: RecordedCall): boolean {
  if (typeof line['requestId'] === 'string') return line['requestId'] === requestId;
  return status === 0 && line['method'] === method && line['path'] === path.split('?', 1)[0];
}

function toCall(line: JsonObject): ShownCall {
  const { status } = line;
  return {
    method: readText(line, 'method') ?? '',
    path: readText(line, 'path') ?? '',
    status: typeof status === 'number' ? status : 0,
    ...readDuration(line),
  };
}

function readDuration({ durationMs }: JsonObject): { readonly durationMs?: number } {
  return typeof durationMs === 'number' ? { durationMs } : {};
}

/** By the token that a call carries, or that a mint asks for. */
function createGuess(
  handlers: readonly Caller[],
  tokens: readonly IssuedToken[],
): (call: RecordedCall) => string | undefined {
  const callers = handlers.filter(({ grant }) => grant !== undefined);
  const grants = new Map(
    tokens.map(({ sha256, grant }) => [sha256, toGrantText(grant.permissions, grant.repositoryIds)]),
  );
  return (call) => {
    const grant = call.tokenSha256 === undefined ? readMintedGrant(call) : grants.get(call.tokenSha256);
    const candidates = callers.length === 1 ? callers : callers.filter((caller) => isGrant(caller, grant));
    return candidates.length === 1 ? candidates[0]?.name : undefined;
  };
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
export function toGrantText(
  permissions: Readonly<Record<string, unknown>> | 'all',
  repositories: readonly unknown[] | undefined,
): string {
  const levels =
    permissions === 'all'
      ? [permissions]
      : Object.entries(permissions).map(([name, level]) => `${name}=${String(level)}`);
  return `${levels.toSorted().join(', ')} on ${repositories?.slice(0, 20).join(',') ?? 'installation'}`;
}
