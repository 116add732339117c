/** Processes begin, end, die, stand still, and say what becomes of their messages. Pure. */
import { isGoodAnswer } from '../../lib/sweep/good-answer.ts';
import { toFirstAskMs } from '../../lib/sweep/schedule.ts';
import { toFailure, withNewest } from '../../lib/sweep/store.ts';
import type { LedgerRecord } from '../../lib/ledger/ledger.ts';
import { checkRemoved, die, isOver, truthOf } from './truth.ts';
import { listRunActions, toRun, withProcess, type Action, type Model } from './worker.ts';
import {
  toId,
  Violation,
  VISIBILITY_MS,
  WORK_MS,
  type Logged,
  type Message,
  type Process,
  type Run,
  type Task,
  type World,
} from './world.ts';

export function listProcessActions(world: World, model: Model): readonly Action[] {
  return world.processes.flatMap((process) => [
    ...(process.frozen ? [] : listRunActions(world, process, model)),
    ...listEndings(world, process, model),
  ]);
}

function listEndings(world: World, process: Process, model: Model): readonly Action[] {
  const { left } = world;
  const name = `${process.number}`;
  if (process.frozen) {
    if (world.nowMs <= process.deadlineMs + VISIBILITY_MS) return [];
    const thaw = (): World => withProcess(world, process, { ...process, frozen: false, thawed: true });
    return [{ name: `${name} goes on`, to: thaw }];
  }
  const isRunning = process.tasks.some(({ runs }) => runs.some(({ at }) => at === 'run' || at === 'mint'));
  const deadly = process.tasks.some((task) =>
    task.runs.some(
      ({ at, handler }) =>
        at === 'run' && model.bounds.deliveries[task.delivery]?.[handler]?.includes('die') === true,
    ),
  );
  const actions: Action[] = [];
  const crash = (from: World): World => kill(from, process, model);
  if (deadly) actions.push({ name: `${name} dies of its handler`, to: () => crash(world) });
  if (left.crashes > 0) {
    const spent = { ...world, left: { ...left, crashes: left.crashes - 1 } };
    actions.push({ name: `${name} dies`, to: () => crash(spent) });
  }
  if (left.freezes > 0 && isRunning && !process.thawed) {
    const spent = { ...world, left: { ...left, freezes: left.freezes - 1 } };
    actions.push({ name: `${name} stands still`, to: () => freeze(spent, process) });
  }
  if (process.tasks.every(({ verdict }) => verdict !== undefined))
    actions.push({ name: `${name} returns`, to: () => giveBack(world, process, model) });
  return actions;
}

/** Its handlers still run, for all that anybody knows: whoever runs them meanwhile is excused. */
function freeze(world: World, process: Process): World {
  let after = world;
  for (const { task, run } of listRuns(process))
    if (run.at === 'run' || run.at === 'mint')
      after = die(after, toId(task.delivery, run.handler), isAlone(process));
  return withProcess(after, process, { ...process, frozen: true });
}

/** In truth: whether what runs in it has nothing beside it. */
function isAlone({ tasks }: Process): boolean {
  const [first] = tasks;
  if (tasks.length === 1 && first?.runs.length === 1) return true;
  return tasks.every(({ phase, verdict }) => phase === 'alone' || verdict !== undefined);
}

function listRuns({ tasks }: Process) {
  return tasks.flatMap((task) => task.runs.map((run) => ({ task, run })));
}

function kill(world: World, process: Process, model: Model): World {
  const atWork = listRuns(process).filter(({ run }) => run.held && run.at !== 'end');
  let after = withProcess(world, process, undefined);
  for (const { task, run } of atWork) {
    const id = toId(task.delivery, run.handler);
    // What had ended, and was not recorded, counts as a death where it was none of its own. What was recorded, though the
    // process never heard of it, is no death.
    const counted = run.end === 'fail' || isRecorded(world.records[id], run);
    after = die(after, id, isAlone(process) && !counted && !process.thawed);
  }
  for (const task of process.tasks)
    if (task.message === undefined) after = answer(after, task.delivery, 0, model);
  return after;
}

/** Whether the table has it how the run ended. */
function isRecorded(record: LedgerRecord | undefined, { claim }: Run): boolean {
  return record !== undefined && record.state !== 'claimed' && record.fence === claim?.record.fence;
}

function giveBack(world: World, process: Process, model: Model): World {
  let after = withProcess(world, process, undefined);
  for (const task of process.tasks) after = endTask(after, task, model);
  return after;
}

function endTask(world: World, { message, delivery, runs, verdict }: Task, model: Model): World {
  if (message === undefined) {
    const failed = runs.some(({ outcome }) => outcome?.outcome === 'failed');
    return answer(world, delivery, failed ? 500 : 200, model);
  }
  const others = world.messages.filter(({ id }) => id !== message.id);
  if (verdict?.kind === 'again') {
    const visibleAtMs = world.nowMs + Math.max(1, verdict.delaySeconds * 1000);
    return { ...world, messages: [...others, { ...message, visibleAtMs }] };
  }
  const isDead = verdict?.kind === 'dead';
  const isLast = others.every((each) => each.delivery !== delivery);
  if (isLast && !(isDead && verdict.reason.startsWith('too_old')))
    checkRemoved(world, delivery, model.bounds, isDead);
  const deadLetters = isDead ? [...world.deadLetters, delivery] : world.deadLetters;
  return { ...world, messages: others, deadLetters };
}

/** GitHub's log has what the request was answered; 0: it saw no answer. */
export function answer(world: World, delivery: number, statusCode: number, { bounds }: Model): World {
  const logged = world.logged[delivery];
  if (logged === undefined) return world;
  const status = statusCode === 0 ? 'timed out' : statusCode < 300 ? 'OK' : 'Internal Server Error';
  const isGood = isGoodAnswer({ status, statusCode });
  if (isGood && bounds.inline) checkAnswered(world, delivery, { bounds });
  const seen = toSeen(delivery, statusCode, world.nowMs);
  const failure = logged.failure === undefined ? toFailure(seen) : withNewest(logged.failure, seen);
  const next: Logged = isGood
    ? { ...logged, closed: logged.closed === 'no' ? 'recovered' : logged.closed }
    : { ...logged, failure };
  return { ...world, logged: world.logged.map((each) => (each === logged ? next : each)) };
}

function checkAnswered(world: World, delivery: number, { bounds }: Pick<Model, 'bounds'>): void {
  const ids = (bounds.deliveries[delivery] ?? []).map((_, handler) => toId(delivery, handler));
  const open = ids.filter((id) => !['done', 'skipped'].includes(truthOf(world, id).ended));
  if (open.length > 0) throw new Violation(`${open.join()} is answered well, and nothing brings it again`);
}

function toSeen(delivery: number, statusCode: number, nowMs: number) {
  return {
    guid: `${delivery}`,
    logId: '1',
    event: 'issues',
    action: null,
    statusCode,
    deliveredAtMs: nowMs,
    latestAtMs: nowMs,
    nextAtMs: toFirstAskMs(nowMs),
    installationId: null,
    repositoryId: null,
  };
}

/** A batch is taken: the messages that are visible, as many as fit. */
export function listTakings(world: World, model: Model): readonly Action[] {
  const { bounds } = model;
  const free = world.processes.length < bounds.processes;
  const visible = world.messages.filter(({ visibleAtMs }) => visibleAtMs <= world.nowMs);
  if (!free || visible.length === 0) return [];
  const batches = bounds.batch > 1 && visible.length > 1 ? [visible.slice(0, bounds.batch)] : [];
  return [...visible.map((message) => [message]), ...batches].map((batch) => ({
    name: `takes ${batch.map(({ id }) => id).join()}`,
    to: () => take(world, batch, model),
  }));
}

/** Received more often, a message goes round in circles. */
const MOST_RECEIVES = 30;

function take(world: World, batch: readonly Message[], { bounds, rules }: Model): World {
  const visibleAtMs = world.nowMs + VISIBILITY_MS;
  const taken = batch.map((message) => ({ ...message, visibleAtMs, receives: message.receives + 1 }));
  for (const { id, receives } of taken)
    if (receives > MOST_RECEIVES) throw new Violation(`${id} goes round in circles`);
  const company = rules.toCompany(batch.length);
  const tasks = taken.map((message): Task => {
    const handlers = bounds.deliveries[message.delivery]?.length ?? 0;
    const { alone } = rules.toKeeping(company, handlers, false);
    return { ...toTask(message.delivery, message, world.nowMs, handlers), alone };
  });
  const rest = world.messages.filter((message) => !batch.includes(message));
  return begin({ ...world, messages: [...rest, ...taken] }, tasks, bounds.skewMs);
}

function toTask(delivery: number, message: Message | undefined, askedAtMs: number, handlers: number): Task {
  const runs = Array.from({ length: handlers }, (_, handler) => toRun(handler));
  return { message, delivery, askedAtMs, runs, phase: 'side by side', alone: true };
}

function begin(world: World, tasks: readonly Task[], skewMs: number): World {
  const number = world.names;
  const process: Process = {
    number,
    deadlineMs: world.nowMs + WORK_MS + (number % 2) * skewMs,
    skewMs: (number % 2) * skewMs,
    frozen: false,
    thawed: false,
    tasks,
  };
  return { ...world, names: number + 1, processes: [...world.processes, process] };
}

/** A request runs the handlers itself. */
export function beginRequest(world: World, delivery: number, { bounds }: Model): World {
  const handlers = bounds.deliveries[delivery]?.length ?? 0;
  return begin(world, [toTask(delivery, undefined, world.nowMs, handlers)], bounds.skewMs);
}

/** All is quiet, and nothing will happen any more. */
export function checkEnd(world: World, { bounds }: Model): void {
  for (const [delivery, handlers] of bounds.deliveries.entries()) {
    const ids = handlers.map((_, handler) => toId(delivery, handler));
    const truths = ids.map((id) => truthOf(world, id));
    const gaveUp = world.logged[delivery]?.closed === 'gave_up';
    if (!gaveUp && !world.deadLetters.includes(delivery) && !truths.every((truth) => isOver(truth, bounds)))
      throw new Violation(`${ids.join()} never ends`);
    // Each ask of the sweep may be taken for a person's, and a person's for it.
    const asks = world.logged[delivery]?.asks ?? 0;
    if (truths.some(({ licences }) => licences > asks))
      throw new Violation(`a person asked for ${ids.join()} in vain`);
  }
}
