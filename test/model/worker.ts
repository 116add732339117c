/** The processes: what each may do next, by the product's own decisions. Pure. */
import { HandlerEnding } from '../../lib/dispatch/endings.ts';
import { inline } from '../../lib/dispatch/job.ts';
import type { HandlerOutcome } from '../../lib/dispatch/outcome.ts';
import { toHandlerOutcome } from '../../lib/dispatch/to-handler-outcome.ts';
import { timeIsUp } from '../../lib/async/deadline.ts';
import { LEASE_MARGIN_MS } from '../../lib/async/limits.ts';
import { ServiceFault } from '../../lib/faults.ts';
import type { Claimed, LedgerAnswer } from '../../lib/ledger/ledger.ts';
import type { Rules } from './rules.ts';
import { call, type Happened } from './table.ts';
import { begin, die, finish, finishUntold, record } from './truth.ts';
import { toId, type Bounds, type End, type Process, type Run, type Task, type World } from './world.ts';

export interface Model {
  readonly bounds: Bounds;
  readonly rules: Rules;
}

/** One thing that may happen next. */
export interface Action {
  readonly name: string;
  /** @throws Violation */
  readonly to: () => World;
}

interface Place {
  readonly process: Process;
  readonly task: Task;
  readonly run: Run;
}

/** Everything that any run in this process may do next. */
export function listRunActions(world: World, process: Process, model: Model): readonly Action[] {
  return process.tasks
    .flatMap((task) => task.runs.map((run) => ({ process, task, run })))
    .filter(({ task, run }) => run.at !== 'end' && isItsTurn(process, task, run))
    .flatMap((place) => listActions(world, place, model));
}

function isItsTurn({ tasks }: Process, task: Task, run: Run): boolean {
  if (task.phase === 'side by side') return true;
  const first = tasks.find(({ phase, verdict }) => phase === 'alone' && verdict === undefined);
  return task === first && run === task.runs.find(({ at }) => at !== 'end');
}

function listActions(world: World, place: Place, model: Model): readonly Action[] {
  const { process, task, run } = place;
  const name = `${process.number}: ${toId(task.delivery, run.handler)}`;
  if (run.at === 'begin') return [{ name: `${name} claims`, to: () => claim(world, place, model) }];
  if (run.at === 'run') {
    const ends = model.bounds.deliveries[task.delivery]?.[run.handler] ?? [];
    return ends
      .filter((end) => end !== 'die' && (end !== 'wait' || world.left.waits > 0))
      .map((end) => ({ name: `${name}: ${end}`, to: () => endRun(world, place, end, model) }));
  }
  if (run.at === 'mint') {
    const mints: Action = { name: `${name} mints`, to: () => callHandler(world, place, model) };
    const spent = spend(world, 'mints');
    const fail = (of: World): World => failUncalled(of, place, MINT_FAILED, model);
    return spent ? [mints, { name: `${name} mints in vain`, to: () => fail(spent) }] : [mints];
  }
  const { step } = run;
  if (step === undefined) return [];
  const untaken = run.at === 'settle' && !run.trail.includes('|') && spend(world, 'settlements');
  const id = toId(task.delivery, run.handler);
  const table = {
    record: world.records[id],
    sweepAskedAtMs: world.logged[task.delivery]?.askedAtMs ?? null,
    mayLose: world.left.lost > 0,
  };
  const calls = call(step, table).map((happened) => ({
    name: `${name} ${run.at}: ${step.call} ${happened.answer.slice(0, 60)}`,
    to: () => hear(world, place, happened, model),
  }));
  if (!untaken) return calls;
  const end = (): World => conclude(untaken, place, 'unknown', model, place);
  return [...calls, { name: `${name} ${run.at}: the table takes none`, to: end }];
}

/** What the world may do once less; undefined where it may not. */
function spend(world: World, what: keyof World['left']): World | undefined {
  const left = world.left[what];
  return left > 0 ? { ...world, left: { ...world.left, [what]: left - 1 } } : undefined;
}

/** As `dispatch/claim.ts` and `queue/handle-message.ts` ask. */
function claim(world: World, { process, task, run }: Place, { rules, bounds }: Model): World {
  const { message, delivery } = task;
  const queued =
    message &&
    rules.toCarrier(
      { ...message, envelope: { receivedAt: new Date(message.receivedAtMs) } },
      { messageId: message.id, sentAt: new Date(message.sentAtMs) },
    );
  const carrier = queued
    ? { ...queued, maxAttempts: bounds.maxAttempts, alone: task.alone }
    : inline(new Date(task.askedAtMs));
  const key = { host: 'host', appId: '1', hookId: '1', deliveryId: `${delivery}`, handler: `${run.handler}` };
  const leaseUntil = new Date(process.deadlineMs + LEASE_MARGIN_MS);
  const time = { nowMs: world.nowMs + process.skewMs, nonce: `claim ${world.names}` };
  const step = rules.claimSteps({ ...carrier, key, leaseUntil }, time, rules.decideClaim);
  const begun = { ...run, at: 'claim', step, trail: time.nonce } as const;
  return withRun({ ...world, names: world.names + 1 }, { process, task, run }, begun, rules);
}

/** An answer of the table, or its loss. */
function hear(world: World, place: Place, happened: Happened<LedgerAnswer | boolean>, model: Model): World {
  const { process, task, run } = place;
  const id = toId(task.delivery, run.handler);
  const { next, lost, applied, answer } = happened;
  let after: World = {
    ...world,
    // Two instants are never the same where one must be told to be before the other.
    nowMs: world.nowMs + (applied ? 1 : 0),
    records: { ...world.records, [id]: happened.record },
    left: { ...world.left, lost: world.left.lost - (lost ? 1 : 0) },
  };
  const held = run.at === 'claim' && applied ? happened.record?.state === 'claimed' : run.held;
  if (run.at === 'settle' && applied && run.outcome !== undefined)
    after = record(after, id, model.rules.toSettlement(run.outcome), model.bounds);
  const heard = { ...run, step: next, held, trail: `${run.trail}|${answer}` };
  if (next.call !== 'none') return withRun(after, place, heard, model.rules);
  return conclude(after, { process, task, run: heard }, next.result, model, place);
}

/** A claim or a settlement has come to its end. */
function conclude(
  world: World,
  { process, task, run }: Place,
  result: LedgerAnswer | boolean | 'unknown',
  model: Model,
  place: Place,
): World {
  const { rules } = model;
  const { step: _, ...rest } = run;
  const set = (changes: Partial<Run>, of: World = world): World =>
    withRun(of, place, { ...rest, trail: '', ...changes }, rules);
  const id = toId(task.delivery, run.handler);
  if (run.at === 'settle') {
    const isOpen =
      world.records[id]?.state === 'claimed' && world.records[id].fence === run.claim?.record.fence;
    // Nobody else knows that it was no attempt, or how it ended: who claims next counts a death.
    const isLost = result === 'unknown' && isOpen && run.end !== 'fail' && !process.thawed;
    return set({ at: 'end' }, isLost ? finishUntold(world, id, run.end, task.alone) : world);
  }
  if (result === 'unknown') {
    const outcome = judge(new ServiceFault('ledger_unavailable', 'lost'), run, model);
    // A claim that was not heard of counts as a death only where it could not be given back either.
    const unheard = run.trail.split('|').filter((answer) => answer === 'unknown' || answer === 'unread');
    const counts = run.held && unheard.length >= 3;
    return set({ at: 'end', outcome }, counts ? die(world, id, task.alone) : world);
  }
  if (typeof result === 'boolean') return world;
  if (result.state !== 'claimed')
    return set({ at: 'end', outcome: tell(result, run, world.nowMs + process.skewMs, model) });
  if (model.bounds.mints) return set({ at: 'mint', claim: result });
  const claimed: Run = { ...rest, trail: '', claim: result };
  const at = { process, task, run: claimed };
  return callHandler(world, at, model, place);
}

const NEVER = new AbortController().signal;
const MINT_FAILED = new ServiceFault('jwt_refused', 'made for this model');

/** Nothing is left to come before the handler. As `dispatch/run-handler.ts` does it. @param place Where the run stands, if that is another. */
function callHandler(world: World, { process, task, run }: Place, model: Model, place?: Place): World {
  const { rules, bounds } = model;
  const where = place ?? { process, task, run };
  if (rules.isTimeUp({ atMs: process.deadlineMs, signal: NEVER }, world.nowMs + process.skewMs))
    return failUncalled(world, { process, task, run }, timeIsUp(), model, where);
  const begun = begin(world, toId(task.delivery, run.handler), bounds, process.thawed);
  return withRun(begun, where, { ...run, at: 'run' }, rules);
}

/** An attempt that ends before its handler is called. */
function failUncalled(
  world: World,
  { process, task, run }: Place,
  fault: ServiceFault,
  model: Model,
  place?: Place,
): World {
  const after = finish(world, toId(task.delivery, run.handler), 'fail', process.thawed);
  const at = { process, task, run: { ...run, end: 'fail' as const } };
  return settle(after, at, judge(fault, run, model, true), model, place ?? { process, task, run });
}

/** The owner has the ledger learn how its work ended. */
function settle(
  world: World,
  { process, task, run }: Place,
  outcome: HandlerOutcome,
  { rules }: Model,
  place: Place = { process, task, run },
): World {
  if (run.claim === undefined) return world;
  const next = rules.toSettled(run.claim, rules.toSettlement(outcome), world.nowMs + process.skewMs);
  const step = rules.settleSteps(run.claim, next);
  return withRun(world, place, { ...run, at: 'settle', outcome, step, trail: JSON.stringify(next) }, rules);
}

function tell(answer: Exclude<LedgerAnswer, Claimed>, run: Run, nowMs: number, model: Model): HandlerOutcome {
  try {
    return model.rules.tellClaim(`${run.handler}`, answer, nowMs);
  } catch (fault) {
    return judge(fault, run, model);
  }
}

/** @param claimed Whether its work was claimed, so that its attempt counts. */
function judge(
  thrown: unknown,
  { handler, claim: owned }: Run,
  { bounds }: Model,
  claimed = false,
): HandlerOutcome {
  const attempt = claimed && owned ? { number: owned.attempt, most: bounds.maxAttempts } : undefined;
  return toHandlerOutcome(thrown, { name: `${handler}`, nowMs: 0, secrets: [], attempt });
}

const THROWN = {
  fail: new Error('failed'),
  wait: new HandlerEnding('retry', 'later', 60),
  skip: new HandlerEnding('skip', 'nothing to do'),
  give_up: new HandlerEnding('give_up', 'of no use'),
} as const;

function endRun(world: World, place: Place, end: End, model: Model): World {
  const { process, task, run } = place;
  if (run.claim === undefined || end === 'die') return world;
  const id = toId(task.delivery, run.handler);
  const outcome: HandlerOutcome =
    end === 'succeed' ? { name: `${run.handler}`, outcome: 'handled' } : judge(THROWN[end], run, model, true);
  const after = finish(world, id, end, process.thawed);
  const spent = (end === 'wait' && spend(after, 'waits')) || after;
  return settle(spent, { process, task, run: { ...run, end } }, outcome, model, place);
}

/** The world with this run in place of the one that was; where it was the last of its task, with a verdict. */
function withRun(world: World, { process, task, run }: Place, next: Run, rules: Rules): World {
  const runs = task.runs.map((each) => (each === run ? next : each));
  const judged = withVerdict({ ...task, runs }, world, rules);
  const tasks = process.tasks.map((each) => (each === task ? judged : each));
  return withProcess(world, process, { ...process, tasks: toAlone(tasks, rules) });
}

export function withProcess(world: World, process: Process, next: Process | undefined): World {
  const processes = world.processes.flatMap((each) => (each === process ? (next ?? []) : each));
  return { ...world, processes };
}

function withVerdict(task: Task, { nowMs }: World, rules: Rules): Task {
  const outcomes = task.runs.flatMap(({ at, outcome }) => (at === 'end' && outcome ? [outcome] : []));
  if (outcomes.length < task.runs.length) return task;
  const suspects = outcomes.filter((each) => each.outcome === 'failed' && each.fault.code === 'to_run_alone');
  if (suspects.length > 0) return { ...task, verdict: { kind: 'alone', rank: suspects.length } };
  const { message } = task;
  const verdict = rules.decideVerdict(outcomes, message?.receives ?? 1, 0);
  return { ...task, verdict: message ? rules.expire(verdict, new Date(message.sentAtMs), nowMs) : verdict };
}

/** When the others have ended, what must be alone begins anew, once; after that it goes back. */
function toAlone(tasks: readonly Task[], rules: Rules): readonly Task[] {
  if (tasks.some(({ phase, verdict }) => phase === 'side by side' && verdict === undefined)) return tasks;
  return tasks.map((task) => {
    if (task.verdict?.kind !== 'alone') return task;
    if (task.phase === 'alone') return { ...task, verdict: AT_ONCE };
    const { verdict: _, ...rest } = task;
    const { alone } = rules.toKeeping('not even its own', task.runs.length, false);
    return { ...rest, phase: 'alone', alone, runs: task.runs.map(({ handler }) => toRun(handler)) };
  });
}

const AT_ONCE = { kind: 'again', delaySeconds: 0, reason: 'to_run_alone' } as const;

export function toRun(handler: number): Run {
  return { handler, at: 'begin', trail: '', held: false };
}
