/** Every delivery of GitHub's log against the router, the ledger, the dead letters and the sweep. */
import type { Clock } from '../../lib/async/clock.ts';
import type { LoggedDelivery } from '../../lib/github/logged-delivery.ts';
import { parseJson, readText } from '../../lib/json/json.ts';
import type { LedgerKey } from '../../lib/ledger/ledger.ts';
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
const MAX_LOOKED_AT = 200;

/** How many are read from the table at once. */
const CHUNK = 500;

/** @throws What the log and the table throw. */
export async function account(log: readonly LoggedDelivery[], deps: AccountDeps): Promise<Account> {
  const groups = groupByGuid(log).toSorted((a, b) => b.oldest.deliveredAtMs - a.oldest.deliveredAtMs);
  const claimed = groups.filter(({ newest }) => deps.handlers.match(newest.event, newest.action).length > 0);
  const hookId = await findHookId(claimed, deps);
  const known = new Map<string, Known>();
  for (let from = 0; from < claimed.length; from += CHUNK) {
    deps.say(`Reading the ledger: ${from} of ${claimed.length} deliveries`);
    for (const [guid, each] of await readKnown(claimed.slice(from, from + CHUNK), hookId, deps))
      known.set(guid, each);
  }
  const judgeGroup = (group: Group, answer: string | undefined): Judgement =>
    judge(toEvidence(group, answer, known.get(group.guid), deps), new Date(deps.clock.now()));
  const deliveries: Accounted[] = [];
  let lookedAt = 0;
  for (const group of groups) {
    let judged = judgeGroup(group, undefined);
    // What it was answered says whether a handler claimed it then; the table may be another one now.
    if (judged.state === 'missing' && group.good && lookedAt < MAX_LOOKED_AT) {
      lookedAt += 1;
      deps.say(`Looking at what GitHub was answered: ${lookedAt}`);
      judged = judgeGroup(group, await readAnswer(group, deps));
    }
    const { guid, newest, oldest } = group;
    const deliveredAt = new Date(oldest.deliveredAtMs).toISOString();
    deliveries.push({ guid, event: newest.event, action: newest.action, deliveredAt, ...judged });
  }
  return { counts: countStates(deliveries), deliveries };
}

interface Known {
  readonly records: { readonly state: LedgerState; readonly reason: string | null }[];
  sweep: SweepRecord['state'] | undefined;
}

type LedgerState = Awaited<ReturnType<LedgerRecords['read']>>[number]['record']['state'];

async function readKnown(
  groups: readonly Group[],
  hookId: string | null,
  { handlers, ledger, scope, signal }: AccountDeps,
): Promise<ReadonlyMap<string, Known>> {
  const known = new Map<string, Known>(groups.map(({ guid }) => [guid, { records: [], sweep: undefined }]));
  const keys = groups.flatMap(({ guid: deliveryId, newest: { event, action } }) =>
    handlers.match(event, action).map((handler) => ({ ...scope, hookId, deliveryId, handler })),
  );
  for (const { key, record } of await ledger.read(keys, signal))
    known.get(key.deliveryId)?.records.push(record);
  const open = groups.map(({ guid }) => guid).filter((guid) => !isDone(known.get(guid)));
  for (const { guid, state } of await ledger.readSweep(open, scope, signal)) {
    const each = known.get(guid);
    if (each !== undefined) each.sweep = state;
  }
  return known;
}

function isDone(known: Known | undefined): boolean {
  return (
    known !== undefined && known.records.length > 0 && known.records.every(({ state }) => state === 'done')
  );
}

function toEvidence(
  { guid, good, newest }: Group,
  answer: string | undefined,
  known: Known | undefined,
  { handlers, queue }: AccountDeps,
) {
  return {
    answeredWell: good,
    answer,
    latestAt: new Date(newest.deliveredAtMs),
    handlers: handlers.match(newest.event, newest.action),
    records: known?.records ?? [],
    isDeadLetter: queue?.deadGuids.has(guid) ?? false,
    sweep: known?.sweep,
    isQueueEmpty: queue?.isEmpty,
  };
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

async function readAnswer({ newest }: Group, { reader }: AccountDeps): Promise<string | undefined> {
  const detail = await reader.log.detail(newest, reader.time());
  return readText(parseJson(detail?.answer ?? ''), 'outcome');
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
