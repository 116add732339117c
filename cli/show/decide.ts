/** What became of a delivery, by those who answered: GitHub's log, the functions' logs, ledger, queue. Pure. */
import { type JsonObject, readText } from '../../lib/json/json.ts';
import { isIgnoredKey } from '../../lib/ledger/ignored.ts';
import type { LedgerRecord } from '../../lib/ledger/ledger.ts';
import { isGoodAnswer, TOO_LARGE_FOR_THE_DOOR, TOO_LARGE_REASON } from '../../lib/sweep/good-answer.ts';
import { judge, type State } from '../verdict/judge.ts';
import { type Attempt, type Gathered, isOfHandler, type Source, type SourceName } from './gather.ts';
import type { LoggedLine } from './read-lines.ts';

/** `refused` and `too_large`: it never got past the front door. `unknown`: who could tell did not answer. */
export type Verdict = State | 'refused' | 'too_large' | 'never_seen' | 'unknown';

export interface Decision {
  readonly verdict: Verdict;
  /** In words; empty where the verdict says it all. */
  readonly why: string;
}

/** Without one of them nobody can say that a delivery is missing. */
const WITNESSES: readonly SourceName[] = ['github', 'ledger', 'queue'];

export function decide(gathered: Gathered, now: Date): Decision {
  const { sources } = gathered;
  const decision = decideByAnswers(gathered, now);
  const needed: readonly SourceName[] =
    decision.verdict === 'missing' ? WITNESSES : decision.verdict === 'never_seen' ? ['github'] : [];
  return sources.some(({ name, ok }) => !ok && needed.includes(name))
    ? { verdict: 'unknown', why: 'who could tell did not answer' }
    : decision;
}

function decideByAnswers(gathered: Gathered, now: Date): Decision {
  const { attempts, lines, records, queue, sweep, handlers, sources } = gathered;
  const letters = queue?.deadLetters ?? [];
  if (attempts.length === 0 && lines.length === 0 && records.length === 0 && letters.length === 0) {
    return { verdict: 'never_seen', why: 'nobody who answered knows this delivery' };
  }
  const ofHandlers = answered(sources, 'ledger')
    ? records.filter(isOfHandler).map(({ record }) => record)
    : toRecords(lines);
  const answeredWell = attempts.some(({ logged }) => isGoodAnswer(logged));
  const [newest] = attempts;
  if (newest !== undefined && !answeredWell && ofHandlers.length === 0 && letters.length === 0) {
    if (newest.logged.statusCode === 401)
      return { verdict: 'refused', why: 'its signature is of another webhook secret' };
    if (isTooLarge(newest))
      return { verdict: 'too_large', why: 'it is larger than the front door, or the queue, takes' };
  }
  const { state, why } = judge(
    {
      answeredWell: answeredWell || newest === undefined,
      answer: findAnswer(attempts),
      latestAt: new Date(newest?.logged.deliveredAtMs ?? lines.at(-1)?.at ?? 0),
      // Where the handlers cannot be told, none of them is said to be missing.
      handlers: handlers.length > 0 || answered(sources, 'handlers') ? handlers : ['unknown'],
      records: ofHandlers,
      isIgnored: isIgnored(gathered),
      isDeadLetter: letters.length > 0,
      sweep: sweep?.state,
      isQueueEmpty: queue && queue.messages.visible + queue.messages.hidden === 0,
    },
    now,
  );
  return { verdict: state, why };
}

function answered(sources: readonly Source[], wanted: SourceName): boolean {
  return sources.some(({ name, ok }) => name === wanted && ok);
}

function isTooLarge({ logged, answer }: Attempt): boolean {
  return logged.statusCode === TOO_LARGE_FOR_THE_DOOR || readText(answer, 'reason') === TOO_LARGE_REASON;
}

function findAnswer(attempts: readonly Attempt[]): string | undefined {
  return attempts.map(({ answer }) => readText(answer, 'outcome')).find((outcome) => outcome !== undefined);
}

/** By the ledger; or by what the worker logged last, where a release of before noted nothing, or the ledger is silent. */
function isIgnored({ records, lines }: Gathered): boolean {
  const last = lines.findLast(({ code, fields }) => code === 'delivery' && fields['next'] !== undefined);
  return records.some(({ key }) => isIgnoredKey(key)) || readText(last?.fields, 'outcome') === 'ignored';
}

type Known = Pick<LedgerRecord, 'state' | 'reason'>;

/** Where the ledger is silent: what each handler said last in the log. */
function toRecords(lines: readonly LoggedLine[]): readonly Known[] {
  const last = new Map<string, JsonObject>();
  for (const { code, fields } of lines) {
    const handler = readText(fields, 'handler');
    if (code === 'handler' && handler !== undefined) last.set(handler, fields);
  }
  return [...last.values()].flatMap((fields) => {
    const state = toState(readText(fields, 'outcome'), readText(fields, 'reason'));
    return state === undefined ? [] : [{ state, reason: readText(fields, 'reason') ?? null }];
  });
}

function toState(outcome: string | undefined, reason: string | undefined): Known['state'] | undefined {
  switch (outcome) {
    case 'handled':
    case 'duplicate':
      return 'done';
    case 'skipped':
      return 'skipped';
    case 'failed':
      return reason === 'handler_gave_up' ? 'given_up' : 'failed';
    default:
      return undefined;
  }
}
