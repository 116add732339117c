/** Tries everything that may happen, in every order, to the end. */
import { hash } from 'node:crypto';
import { listAllActions, listRefusals, listWays } from './outside.ts';
import { checkEnd } from './processes.ts';
import type { Rules } from './rules.ts';
import type { Action, Model } from './worker.ts';
import { START_MS, Violation, type Bounds, type Logged, type World } from './world.ts';

export interface Found {
  /** Different worlds that were seen. */
  readonly states: number;
  /** Worlds in which nothing happens any more. */
  readonly ends: number;
  /** Whether there was nothing more to see. */
  readonly finished: boolean;
  /** The first thing that must not happen, and how it came to it. */
  readonly violation: { readonly what: string; readonly trace: readonly string[] } | undefined;
}

interface Entry {
  readonly world: World;
  readonly trace: Trace | undefined;
}

interface Trace {
  readonly name: string;
  readonly before: Trace | undefined;
}

/** @param most Different worlds after which the search ends unfinished. */
export function search(bounds: Bounds, rules: Rules, most = Infinity): Found {
  const model: Model = { bounds, rules };
  const seen = new Set<string>();
  const stack: Entry[] = [{ world: begin(bounds), trace: undefined }];
  let ends = 0;
  for (let entry = stack.pop(); entry !== undefined; entry = stack.pop()) {
    const { world, trace } = entry;
    if (seen.size >= most) return { states: seen.size, ends, finished: false, violation: undefined };
    let at: Trace | undefined = trace;
    try {
      const actions = listNext(world, model);
      if (actions.length === 0) {
        ends += 1;
        checkEnd(world, model);
      }
      for (const action of actions) {
        at = { name: action.name, before: trace };
        const next = action.to();
        const key = toKey(next);
        if (seen.has(key)) continue;
        seen.add(key);
        stack.push({ world: next, trace: at });
      }
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      return {
        states: seen.size,
        ends,
        finished: false,
        violation: { what: error.message, trace: tell(at) },
      };
    }
  }
  return { states: seen.size, ends, finished: true, violation: undefined };
}

/** Deliveries arrive one after the other, each in its ways; then everything else. */
function listNext(world: World, model: Model): readonly Action[] {
  const next = world.arrived;
  if (next < model.bounds.deliveries.length) return listFirst({ ...world, arrived: next + 1 }, next, model);
  return listAllActions(world, model);
}

function listFirst(world: World, delivery: number, model: Model): readonly Action[] {
  return [
    ...listWays(world, delivery, model, `GitHub delivers ${delivery}`),
    ...listRefusals(world, delivery, model),
  ];
}

const UNKNOWN: Logged = {
  failure: undefined,
  closed: 'no',
  onItsWaySinceMs: undefined,
  askedAtMs: null,
  asks: 0,
};

function begin({ deliveries, budget }: Bounds): World {
  return {
    nowMs: START_MS,
    records: {},
    messages: [],
    deadLetters: [],
    processes: [],
    logged: deliveries.map(() => UNKNOWN),
    truth: {},
    left: budget,
    names: 0,
    arrived: 0,
  };
}

/**
 * Two worlds are one where all that can come of them is the same: what is decided hangs on how far instants lie
 * apart, and on which names are the same, not on when it is or what a name is.
 */
function toKey(world: World): string {
  const names = new Map<string, number>();
  const text = JSON.stringify(toTold(world))
    .replaceAll(/\b\d{13}\b/g, (instant) => `${Number(instant) - world.nowMs}`)
    .replaceAll(/(?:claim|message) \d+/g, (name) => {
      if (!names.has(name)) names.set(name, names.size);
      return `#${names.get(name)}`;
    });
  return hash('md5', text, 'base64');
}

/** Without what only gives names, and without the steps of runs: a run's trail tells its step from others. */
function toTold(world: World): object {
  const processes = world.processes.map((process) => ({
    ...process,
    number: undefined,
    tasks: process.tasks.map((task) => ({
      ...task,
      runs: task.runs.map((run) => ({ ...run, step: undefined })),
    })),
  }));
  return { ...world, names: undefined, processes };
}

function tell(trace: Trace | undefined): readonly string[] {
  const names: string[] = [];
  for (let at = trace; at !== undefined; at = at.before) names.push(at.name);
  return names.toReversed();
}
