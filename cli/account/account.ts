/** Every delivery of GitHub's log against the router, the ledger, the dead letters and the sweep. */
import type { Clock } from '../../lib/async/clock.ts';
import type { LoggedDelivery } from '../../lib/github/logged-delivery.ts';
import { parseJson, readText } from '../../lib/json/json.ts';
import { isIgnoredKey, toIgnoredKey } from '../../lib/ledger/ignored.ts';
import type { LedgerKey, LedgerRecord } from '../../lib/ledger/ledger.ts';
import { groupByGuid, type Group } from '../../lib/sweep/group.ts';
import type { AppHandlers } from '../app/app-handlers.ts';
import type { LogReader } from '../app/delivery-log.ts';
import { CommandError } from '../command-error.ts';
import type { LedgerRecords, SweepRecord } from '../ledger/ledger-records.ts';
import { judge, type Judgement, type State } from '../verdict/judge.ts';

export interface Accounted extends Judgement {
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  /** Of the first attempt. */
  readonly deliveredAt: string;
}

export interface Account {
  readonly counts: Readonly<Record<State, number>>;
  /** The newest first. */
  readonly deliveries: readonly Accounted[];
}

export interface AccountDeps {
  readonly reader: LogReader;
  readonly handlers: AppHandlers;
  readonly ledger: Pick<LedgerRecords, 'read' | 'readSweep'>;
  /** Of the dead letters, and whether the queue is empty. undefined inline. */
  readonly queue: { readonly deadGuids: ReadonlySet<string>; readonly isEmpty: boolean } | undefined;
  /** The App's part of a ledger key. */
  readonly scope: Pick<LedgerKey, 'host' | 'appId'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

/** Each costs a call: with more that seem to be missing, it is no question of single answers any more. */
const MAX_LOOKED_AT = 1_000;

/** Of those that may be in a queue: what GitHub says of them is `queued` all the same, unless they are of another hook. */
const MAX_WAITING_LOOKED_AT = 20;

/** Calls to GitHub under way at once. */
const LOOKS_SIDE_BY_SIDE = 6;

/** How many are read from the table at once. */
const CHUNK = 500;

/** @throws What the log and the table throw. */
export async function account(log: readonly LoggedDelivery[], deps: AccountDeps): Promise<Account> {
  const groups = groupByGuid(log).toSorted((a, b) => b.oldest.deliveredAtMs - a.oldest.deliveredAtMs);
  const claimed = groups.filter(({ newest }) => deps.handlers.match(newest.event, newest.action).length > 0);
  const hookId = await findHookId(claimed, deps);
  const known = new Map(claimed.map(({ guid }) => [guid, toKnown()]));
  await readKnown(claimed, hookId, known, deps);
  await lookAtAnswers(claimed, { hookId, known }, deps);
  const deliveries = groups.map((group): Accounted => {
    const { guid, newest, oldest } = group;
    const deliveredAt = new Date(oldest.deliveredAtMs).toISOString();
    const { event, action } = newest;
    return { guid, event, action, deliveredAt, ...judgeGroup(group, known.get(guid), deps) };
  });
  return { counts: countStates(deliveries), deliveries };
}

/** What is known of a delivery besides what GitHub's list says. */
interface Known {
  readonly records: Pick<LedgerRecord, 'state' | 'reason'>[];
  isIgnored: boolean;
  sweep: SweepRecord['state'] | undefined;
  /** `outcome` of our answer, where it was looked at. */
  answer: string | undefined;
}

function toKnown(): Known {
  return { records: [], isIgnored: false, sweep: undefined, answer: undefined };
}

/** Puts in what the table has under the id of this hook. */
async function readKnown(
  groups: readonly Group[],
  hookId: string | null,
  known: ReadonlyMap<string, Known>,
  { handlers, ledger, scope, signal, say }: AccountDeps,
): Promise<void> {
  for (let from = 0; from < groups.length; from += CHUNK) {
    say(`Reading the ledger: ${from} of ${groups.length} deliveries`);
    const chunk = groups.slice(from, from + CHUNK);
    const keys = chunk.flatMap(({ guid: deliveryId, newest: { event, action } }) => {
      const of = { ...scope, hookId, deliveryId };
      return [...handlers.match(event, action).map((handler) => ({ ...of, handler })), toIgnoredKey(of)];
    });
    for (const { key, record } of await ledger.read(keys, signal)) {
      const each = known.get(key.deliveryId);
      if (isIgnoredKey(key) && each !== undefined) each.isIgnored = true;
      else each?.records.push(record);
    }
    const open = chunk.map(({ guid }) => guid).filter((guid) => !isDone(known.get(guid)));
    for (const { guid, state } of await ledger.readSweep(open, scope, signal)) {
      const each = known.get(guid);
      if (each !== undefined) each.sweep = state;
    }
  }
}

/**
 * Looks at those of which the table has nothing although GitHub was answered well. The answer says whether a handler
 * claimed it then: the table of handlers may be another one now. And the headers say of which hook it was: an App has
 * one, but what `npm start` was sent may name any.
 */
async function lookAtAnswers(
  claimed: readonly Group[],
  { hookId, known }: { readonly hookId: string | null; readonly known: ReadonlyMap<string, Known> },
  deps: AccountDeps,
): Promise<void> {
  const { reader, say } = deps;
  const hookIds = new Set([hookId]);
  const left = { missing: MAX_LOOKED_AT, waiting: MAX_WAITING_LOOKED_AT };
  let lookedAt = 0;
  const waiting = claimed.values();
  const lookAtNext = async (): Promise<void> => {
    for (const group of waiting) {
      const each = known.get(group.guid);
      const { state } = judgeGroup(group, each, deps);
      if (each === undefined || each.records.length > 0 || !group.good) continue;
      if ((state !== 'missing' && state !== 'waiting') || left[state] === 0) continue;
      left[state] -= 1;
      say(`Looking at what GitHub was answered: ${(lookedAt += 1)}`);
      const detail = await reader.log.detail(group.newest, reader.time());
      each.answer = readText(parseJson(detail?.answer ?? ''), 'outcome');
      const other = detail?.headers['x-github-hook-id'] ?? hookId;
      if (hookIds.has(other)) continue;
      hookIds.add(other);
      await readKnown(claimed.filter(isUnknown), other, known, deps);
    }
  };
  await Promise.all(Array.from({ length: LOOKS_SIDE_BY_SIDE }, lookAtNext));

  function isUnknown({ guid }: Group): boolean {
    const each = known.get(guid);
    return each !== undefined && each.records.length === 0 && !each.isIgnored;
  }
}

function isDone({ records, isIgnored }: Known = toKnown()): boolean {
  return isIgnored || (records.length > 0 && records.every(({ state }) => state === 'done'));
}

function judgeGroup(
  { guid, good, newest }: Group,
  known: Known | undefined,
  { handlers, queue, clock }: AccountDeps,
): Judgement {
  return judge(
    {
      ...(known ?? toKnown()),
      answeredWell: good,
      latestAt: new Date(newest.deliveredAtMs),
      handlers: handlers.match(newest.event, newest.action),
      isDeadLetter: queue?.deadGuids.has(guid) ?? false,
      isQueueEmpty: queue?.isEmpty,
    },
    new Date(clock.now()),
  );
}

/**
 * Every delivery of an App comes from its one hook, whose id stands in the headers of each.
 *
 * @throws CommandError Where the log has lost each that it was asked for: without the id no record would be found, and
 *         everything seem to be missing.
 */
async function findHookId(groups: readonly Group[], { reader }: AccountDeps): Promise<string | null> {
  const asked = groups.slice(0, 3);
  let isGone = asked.length > 0;
  for (const { newest } of asked) {
    const detail = await reader.log.detail(newest, reader.time());
    const hookId = detail?.headers['x-github-hook-id'];
    if (hookId !== undefined) return hookId;
    if (detail !== undefined) isGone = false;
  }
  if (isGone) throw new CommandError('GitHub lists deliveries that it no longer has: try again in a minute.');
  return null;
}

function countStates(deliveries: readonly Accounted[]): Account['counts'] {
  const count = (state: State): number => deliveries.filter((each) => each.state === state).length;
  return {
    handled: count('handled'),
    ignored: count('ignored'),
    skipped: count('skipped'),
    waiting: count('waiting'),
    dead: count('dead'),
    missing: count('missing'),
  };
}
