/**
 * Virtual time: a heap of what is due. Nothing happens between two events, so a day passes as fast as
 * the code that runs in it. One event is carried to its end before the next begins: same seed, same run.
 */

export interface Clock {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** As `Clock.after` of the product: runs something later, unless what it returns is called before; what it throws ends the simulation. */
  after(ms: number, run: () => void): () => void;
  /** Runs what is due, in order, until nothing is left or `isOver`. */
  run(isOver: () => boolean): Promise<void>;
}

interface Due {
  readonly atMs: number;
  readonly turn: number;
  readonly run: () => void;
}

export function createClock(startMs: number): Clock {
  const heap: Due[] = [];
  let nowMs = startMs;
  let turns = 0;

  const after = (ms: number, run: () => void): (() => void) => {
    let wanted = true;
    turns += 1;
    push(heap, { atMs: nowMs + Math.max(0, ms), turn: turns, run: () => wanted && run() });
    return () => {
      wanted = false;
    };
  };

  return {
    now: () => nowMs,
    sleep: (ms) => new Promise((resolve) => void after(ms, resolve)),
    after,
    async run(isOver) {
      for (let due = heap[0]; due !== undefined && !isOver(); due = heap[0]) {
        pop(heap);
        nowMs = due.atMs;
        due.run();
        await macrotask();
      }
    },
  };
}

/** By then every promise that could go on has gone on. */
function macrotask(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function isBefore(a: Due, b: Due): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.turn < b.turn);
}

function push(heap: Due[], due: Due): void {
  let at = heap.length;
  heap.push(due);
  while (at > 0) {
    const above = (at - 1) >> 1;
    const parent = heap[above];
    if (parent === undefined || !isBefore(due, parent)) break;
    heap[at] = parent;
    at = above;
  }
  heap[at] = due;
}

function pop(heap: Due[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    const left = heap[2 * at + 1];
    const right = heap[2 * at + 2];
    const isRight = left !== undefined && right !== undefined && isBefore(right, left);
    const child = isRight ? right : left;
    if (child === undefined || !isBefore(child, last)) break;
    heap[at] = child;
    at = 2 * at + (isRight ? 2 : 1);
  }
  heap[at] = last;
}
