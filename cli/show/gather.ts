/**
 * Asks everybody who may know of a delivery: GitHub's log, the functions' logs, the ledger, the sweep, the queue. One
 * that cannot be reached is named, and the others still answer.
 */
import type { Clock } from '../../lib/async/clock.ts';
import type { LoggedDelivery } from '../../lib/github/logged-delivery.ts';
import { isIgnoredKey, toIgnoredKey } from '../../lib/ledger/ignored.ts';
import { isObject, type JsonObject, parseJson, readText } from '../../lib/json/json.ts';
import type { LogReader } from '../app/delivery-log.ts';
import type { Deployed } from '../app/deployed.ts';
import { CommandError } from '../command-error.ts';
import { type FoundRecord, openLedger, type SweepRecord } from '../ledger/ledger-records.ts';
import { type LoggedLine, readLines } from './read-lines.ts';
import { type QueueState, readQueue } from './read-queue.ts';

/** An attempt, as GitHub's log has it, with what it was answered. */
export interface Attempt {
  readonly logged: LoggedDelivery;
  /** The body of the answer, where GitHub keeps one that is JSON. */
  readonly answer: JsonObject | undefined;
}

/** Who was asked. */
export const SOURCES = ['github', 'handlers', 'logs', 'ledger', 'queue'] as const;
export type SourceName = (typeof SOURCES)[number];

export interface Source {
  readonly name: SourceName;
  readonly ok: boolean;
  /** Why it did not answer; null where it did. */
  readonly problem: string | null;
}

/** What is known; a list is empty, and a value undefined, where its source did not answer. */
export interface Gathered {
  readonly guid: string;
  /** The newest first. */
  readonly attempts: readonly Attempt[];
  readonly hookId: string | undefined;
  readonly payload: JsonObject | undefined;
  readonly lines: readonly LoggedLine[];
  /** Names of the handlers that get such a delivery, by the table of this folder. */
  readonly handlers: readonly string[];
  readonly records: readonly FoundRecord[];
  readonly sweep: SweepRecord | undefined;
  /** undefined inline. */
  readonly queue: QueueState | undefined;
  readonly sources: readonly Source[];
}

export interface GatherDeps {
  /** @throws Where the App's key is missing, say. */
  readonly openReader: () => Promise<LogReader>;
  readonly findAttempts: (reader: LogReader) => Promise<readonly LoggedDelivery[]>;
  readonly matchHandlers: (event: string, action: string | null) => Promise<readonly string[]>;
  /** undefined: nothing but GitHub is known. */
  readonly deployed: Deployed | undefined;
  /** The App's part of a ledger key. */
  readonly scope: { readonly host: string; readonly appId: string };
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** So many attempts are read whole: more of them say the same. */
const MAX_DETAILS = 10;

/** No log goes back further: an Enterprise Server's seven days, and some. */
const LOOK_BACK_MS = 8 * 24 * 3_600_000;

/** GitHub's clock and CloudWatch's may differ. */
const MARGIN_MS = 10 * 60_000;

const NO_STAGE = 'not asked: name the stage with --stage, or run npm start in another terminal';

export async function gather(guid: string, deps: GatherDeps): Promise<Gathered> {
  const sources: Source[] = [];
  const ask = async <T>(name: SourceName, otherwise: T, work: () => Promise<T>): Promise<T> => {
    try {
      const found = await work();
      sources.push({ name, ok: true, problem: null });
      return found;
    } catch (error) {
      deps.signal.throwIfAborted();
      sources.push({ name, ok: false, problem: error instanceof Error ? error.message : String(error) });
      return otherwise;
    }
  };
  const askDeployed = <T>(name: SourceName, otherwise: T, work: (deployed: Deployed) => Promise<T>) =>
    ask(name, otherwise, () => {
      if (deps.deployed === undefined) throw new CommandError(NO_STAGE);
      return work(deps.deployed);
    });

  const atGitHub = await ask('github', NOTHING, () => readAttempts(deps));
  const { attempts, hookId: headerHook } = atGitHub;
  const lines = await askDeployed('logs', [], (deployed) =>
    readAllLines(guid, attempts, { ...deps, deployed }),
  );
  const about = findEvent(attempts, lines);
  const handlers = about && (await ask('handlers', [], () => deps.matchHandlers(about.event, about.action)));
  const names = [
    ...new Set([...(handlers ?? []), ...lines.flatMap(({ fields }) => readText(fields, 'handler') ?? [])]),
  ];
  const hookId =
    headerHook ?? lines.map(({ fields }) => readText(fields, 'hook')).find((hook) => hook !== undefined);
  const inTable = await askDeployed('ledger', { records: [], sweep: undefined }, (deployed) =>
    readTable(guid, { names, hookId }, { ...deps, deployed }),
  );
  const queue = await askDeployed('queue', undefined, async (deployed) =>
    deployed.queue === undefined
      ? undefined
      : readQueue({ deployed, queue: deployed.queue }, guid, {
          now: new Date(deps.clock.now()),
          signal: deps.signal,
        }),
  );
  return { ...atGitHub, guid, hookId, lines, handlers: handlers ?? [], ...inTable, queue, sources };
}

type AtGitHub = Pick<Gathered, 'attempts' | 'hookId' | 'payload'>;

const NOTHING: AtGitHub = { attempts: [], hookId: undefined, payload: undefined };

async function readAttempts({ findAttempts, openReader }: GatherDeps): Promise<AtGitHub> {
  const reader = await openReader();
  const logged = await findAttempts(reader);
  const attempts: Attempt[] = [];
  let whole: Pick<AtGitHub, 'hookId' | 'payload'> = { hookId: undefined, payload: undefined };
  for (const [index, each] of logged.entries()) {
    const detail = index < MAX_DETAILS ? await reader.log.detail(each, reader.time()) : undefined;
    const answer = parseJson(detail?.answer ?? '');
    attempts.push({ logged: each, answer: isObject(answer) ? answer : undefined });
    whole = {
      hookId: whole.hookId ?? detail?.headers['x-github-hook-id'],
      payload: whole.payload ?? detail?.payload,
    };
  }
  return { attempts, ...whole };
}

async function readAllLines(
  guid: string,
  attempts: readonly Attempt[],
  deps: GatherDeps & { readonly deployed: Deployed },
): Promise<readonly LoggedLine[]> {
  const nowMs = deps.clock.now();
  const firstMs = attempts.at(-1)?.logged.deliveredAtMs ?? 0;
  const from = new Date(firstMs > 0 ? firstMs - MARGIN_MS : nowMs - LOOK_BACK_MS);
  return readLines({ guid, from, to: new Date(nowMs + MARGIN_MS) }, deps);
}

/** The event, by whoever knows it. */
function findEvent(attempts: readonly Attempt[], lines: readonly LoggedLine[]) {
  const [newest] = attempts;
  if (newest !== undefined) return newest.logged;
  const line = lines.find(({ fields }) => readText(fields, 'event') !== undefined);
  if (line === undefined) return undefined;
  return { event: readText(line.fields, 'event') ?? '', action: readText(line.fields, 'action') ?? null };
}

/** What reading a large payload is called in the ledger; its hook is not known yet. Source: `lib/queue/read-back.ts`. */
const READING = '(payload)';

/** Whether it is of a handler: others are of the delivery as a whole. */
export function isOfHandler({ key }: FoundRecord): boolean {
  return key.handler !== READING && !isIgnoredKey(key);
}

async function readTable(
  guid: string,
  { names, hookId }: { readonly names: readonly string[]; readonly hookId: string | undefined },
  { deployed, clock, scope, signal }: GatherDeps & { readonly deployed: Deployed },
): Promise<Pick<Gathered, 'records' | 'sweep'>> {
  const ledger = openLedger(deployed, clock);
  try {
    const keys = names.map((handler) => ({ ...scope, hookId: hookId ?? null, deliveryId: guid, handler }));
    const reading = { ...scope, hookId: null, deliveryId: guid, handler: READING };
    const ignored = toIgnoredKey({ ...scope, hookId: hookId ?? null, deliveryId: guid });
    const records = await ledger.read([...keys, reading, ignored], signal);
    const [sweep] = await ledger.readSweep([guid], scope, signal);
    return { records, sweep };
  } finally {
    ledger.close();
  }
}
