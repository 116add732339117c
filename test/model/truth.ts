/** What is true of each handler, and what must never be. Pure. */
import type { Settlement } from '../../lib/ledger/ledger.ts';
import { toId, Violation, type Bounds, type End, type Truth, type World } from './world.ts';

const UNTOUCHED: Truth = {
  runs: 0,
  attempts: 0,
  ended: 'no',
  licences: 0,
  replays: 0,
  running: 0,
  wellButLate: false,
  disputed: false,
};

export function truthOf(world: World, id: string): Truth {
  return world.truth[id] ?? UNTOUCHED;
}

export function withTruth(world: World, id: string, changes: Partial<Truth>): World {
  return { ...world, truth: { ...world.truth, [id]: { ...truthOf(world, id), ...changes } } };
}

/** A run begins. @param late Its lease is over. */
export function begin(world: World, id: string, { maxAttempts }: Bounds, late: boolean): World {
  if (late) throw new Violation(`${id} starts although its lease is over`);
  const truth = truthOf(world, id);
  if (truth.running > 0) throw new Violation(`${id} runs twice at once`);
  const running = 1;
  const runs = truth.runs + 1;
  const mayRun = truth.ended === 'no' && truth.attempts < maxAttempts;
  if (mayRun) return withTruth(world, id, { runs, running });
  if (truth.ended === 'done') {
    if (truth.replays === 0) throw new Violation(`${id} runs although it has succeeded`);
    return withTruth(world, id, { runs, running, ended: 'no', attempts: 0, replays: truth.replays - 1 });
  }
  const what = truth.ended === 'no' ? `failed ${truth.attempts} times` : truth.ended;
  if (truth.licences === 0) throw new Violation(`${id} runs although it ${what}, and no person asked`);
  return withTruth(world, id, { runs, running, ended: 'no', attempts: 0, licences: truth.licences - 1 });
}

/** A run ends by itself. @param late Its lease was over: it counted as a death. */
export function finish(world: World, id: string, end: End, late: boolean): World {
  if (late) return withTruth(world, id, { wellButLate: end === 'succeed' || end === 'skip' });
  const { attempts } = truthOf(world, id);
  return withTruth(world, id, { running: 0, attempts: attempts + (end === 'fail' ? 1 : 0) });
}

/** An end that the ledger never learns: who claims next takes it for a death. */
export function finishUntold(world: World, id: string, end: End | undefined, counts: boolean): World {
  const isWell = end === 'succeed' || end === 'skip';
  return withTruth(die(world, id, counts), id, { wellButLate: isWell, disputed: end === 'give_up' });
}

/** The process died. @param counts Whether it may be this handler that it died at. */
export function die(world: World, id: string, counts: boolean): World {
  const { attempts } = truthOf(world, id);
  return withTruth(world, id, { running: 0, attempts: attempts + (counts ? 1 : 0) });
}

/** The ledger has taken how a run ended. Who asked before that asked for nothing new. */
export function record(world: World, id: string, settlement: Settlement, { maxAttempts }: Bounds): World {
  const { runs, attempts, licences } = truthOf(world, id);
  if (settlement.state === 'failed') return world;
  if (settlement.state === 'given_up' && runs === 0 && attempts < maxAttempts)
    throw new Violation(`${id} is given up without a run`);
  if (
    settlement.state === 'given_up' &&
    settlement.reason.startsWith('handler_error') &&
    attempts < maxAttempts
  )
    throw new Violation(`${id} is given up after ${attempts} attempts`);
  // Whom the ledger took for the sweep is owed the run that the sweep's own delivery then gets.
  const kept = world.logged.some(({ asks }) => asks > 0) ? licences : 0;
  return withTruth(world, id, { ended: settlement.state, licences: kept, replays: 0 });
}

/** A message is taken off the queue, or a request answered, as though nothing were left to do. */
export function checkRemoved(world: World, delivery: number, bounds: Bounds, dead: boolean): void {
  const ids = (bounds.deliveries[delivery] ?? []).map((_, handler) => toId(delivery, handler));
  const isClosed = (truth: Truth): boolean => isOver(truth, bounds) || (dead && truth.disputed);
  const open = ids.filter((id) => !isClosed(truthOf(world, id)));
  if (open.length > 0) throw new Violation(`${open.join()} is lost: nothing brings it again`);
  const failed = ids.some((id) => hasFailed(truthOf(world, id)));
  const isLate = ids.some((id) => truthOf(world, id).wellButLate || truthOf(world, id).disputed);
  if (dead && !failed && !isLate) throw new Violation(`a dead letter, although ${ids.join()} ended well`);
  if (!dead && failed && !world.deadLetters.includes(delivery))
    throw new Violation(`no dead letter, although one of ${ids.join()} failed`);
}

function hasFailed({ ended, wellButLate }: Truth): boolean {
  return !wellButLate && (ended === 'no' || ended === 'given_up');
}

/** Also where it was never settled, since its process died so often. */
export function isOver({ ended, attempts, wellButLate }: Truth, { maxAttempts }: Bounds): boolean {
  return ended !== 'no' || attempts >= maxAttempts || wellButLate;
}
