/** The processes: what each may do next, by the product's own decisions. Pure. */
import { HandlerEnding } from '../../lib/dispatch/endings.ts';
import { inline } from '../../lib/dispatch/job.ts';
import type { HandlerOutcome } from '../../lib/dispatch/outcome.ts';
import { toHandlerOutcome } from '../../lib/dispatch/to-handler-outcome.ts';
import { LEASE_MARGIN_MS } from '../../lib/async/limits.ts';
import { ServiceFault } from '../../lib/faults.ts';
import type { Claimed, LedgerAnswer } from '../../lib/ledger/ledger.ts';
import type { Rules } from './rules.ts';
import { call, type Happened } from './table.ts';
import { begin, die, finish, record } from './truth.ts';
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
  const { step } = run;
  if (step === undefined) return [];
  const id = toId(task.delivery, run.handler);
  const table = {
    record: world.records[id],
    sweepAskedAtMs: world.logged[task.delivery]?.askedAtMs ?? null,
    mayLose: world.left.lost > 0,
  };
  return call(step, table).map((happened) => ({
    name: `${name} ${run.at}: ${step.call} ${happened.answer.slice(0, 60)}`,
    to: () => hear(world, place, happened, model),
  }));
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
  const step = rules.claimSteps(
    { ...carrier, key, leaseUntil, starts: bounds.starts },
    time,
    rules.decideClaim,
  );
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
  const says = run.at === 'start' || (run.at === 'claim' && happened.record?.started === true);
  const started = run.started || (says && applied);
  if (run.at === 'settle' && applied && run.outcome !== undefined)
    after = record(after, id, model.rules.toSettlement(run.outcome), model.bounds);
  const heard = { ...run, step: next, started, trail: `${run.trail}|${answer}` };
  if (next.call !== 'none') return withRun(after, place, heard, model.rules);
  return conclude(after, { process, task, run: heard }, next.result, model, place);
}

/** A claim, a start or a settlement has come to its end. */
function conclude(
  world: World,
  { process, task, run }: Place,
  result: LedgerAnswer | boolean | 'unknown',
  model: Model,
  place: Place,
): World {
  const { rules, bounds } = model;
  const { step: _, ...rest } = run;
  const set = (changes: Partial<Run>, of: World = world): World =>
    withRun(of, place, { ...rest, trail: '', ...changes }, rules);
  const settle = (outcome: HandlerOutcome, claimed: Claimed | undefined): World => {
    if (claimed === undefined) return set({ at: 'end', outcome });
    const next = rules.toSettled(claimed, rules.toSettlement(outcome), world.nowMs + process.skewMs);
    const trail = `${claimed.record.nonce} ${JSON.stringify(next)}`;
    return set({ at: 'settle', outcome, claim: claimed, step: rules.keepSteps(claimed, next), trail });
  };
  if (run.at === 'settle') return set({ at: 'end' });
  const id = toId(task.delivery, run.handler);
  if (result === 'unknown') {
    const outcome = judge(new ServiceFault('ledger_unavailable', 'lost'), run, model);
    // A claim that said so, and was not heard of, counts as a death: once for each delivery.
    if (run.at === 'claim' && run.started) return set({ at: 'end', outcome }, die(world, id, task.alone));
    return settle(outcome, run.claim);
  }
  if (run.at === 'start') {
    if (result === true) return set({ at: 'run' }, begin(world, id, bounds, process.thawed));
    const gone = new ServiceFault('in_progress', 'lost', { retryAfterSeconds: 5 });
    return settle(judge(gone, run, model), run.claim);
  }
  if (typeof result === 'boolean') return world;
  if (result.state !== 'claimed') {
    return set({ at: 'end', outcome: tell(result, run, world.nowMs + process.skewMs, model) });
  }
  if (result.record.started === true)
    return set({ at: 'run', claim: result }, begin(world, id, bounds, process.thawed));
  const next = rules.toStarted(result);
  const trail = JSON.stringify(result.record);
  return set({ at: 'start', claim: result, step: rules.keepSteps(result, next), trail });
}

function tell(answer: Exclude<LedgerAnswer, Claimed>, run: Run, nowMs: number, model: Model): HandlerOutcome {
  try {
    return model.rules.tellClaim(`${run.handler}`, answer, nowMs);
  } catch (fault) {
    return judge(fault, run, model);
  }
}

/** @param ran Whether its handler had started, so that its attempt counts. */
function judge(
  thrown: unknown,
  { handler, claim: claimed }: Run,
  { bounds }: Model,
  ran = false,
): HandlerOutcome {
  const attempt = ran && claimed ? { number: claimed.attempt, most: bounds.maxAttempts } : undefined;
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
  const { rules } = model;
  if (run.claim === undefined || end === 'die') return world;
  const id = toId(task.delivery, run.handler);
  const outcome: HandlerOutcome =
    end === 'succeed' ? { name: `${run.handler}`, outcome: 'handled' } : judge(THROWN[end], run, model, true);
  const next = rules.toSettled(run.claim, rules.toSettlement(outcome), world.nowMs + process.skewMs);
  const after = finish(world, id, end, process.thawed);
  const left = { ...world.left, waits: world.left.waits - (end === 'wait' ? 1 : 0) };
  const trail = JSON.stringify(next);
  return withRun(
    { ...after, left },
    place,
    { ...run, at: 'settle', outcome, end, step: rules.keepSteps(run.claim, next), trail },
    rules,
  );
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
  return { handler, at: 'begin', trail: '', started: false };
}
