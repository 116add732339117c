/** What comes from outside: deliveries, persons, the sweep, and time. Pure. */
import type { Schedule } from '../../lib/sweep/store.ts';
import { answer, beginRequest, listProcessActions, listTakings } from './processes.ts';
import { isOver, truthOf, withTruth } from './truth.ts';
import type { Action, Model } from './worker.ts';
import { toId, Violation, type Logged, type Message, type World } from './world.ts';

/** Everything that may happen next. */
export function listAllActions(world: World, model: Model): readonly Action[] {
  const outside = world.logged.flatMap((logged, delivery) => [
    ...listArrivals(world, delivery, logged, model),
    ...listSweepSteps(world, delivery, logged, model),
    ...listPersons(world, delivery, model),
  ]);
  const now = [
    ...listProcessActions(world, model),
    ...listTakings(world, model),
    ...outside,
    ...listTwice(world),
  ];
  return [...now, ...listTimes(world)];
}

/** A request of GitHub's: into the queue, or handled at once. GitHub may see no answer all the same. */
function arrive(world: World, delivery: number, model: Model, how: 'well' | 'unanswered' | 'copied'): World {
  // No two instants are the same where it matters which came first.
  const nowMs = world.nowMs + 1;
  if (model.bounds.inline) return beginRequest({ ...world, nowMs }, delivery, model);
  const now = { ...world, nowMs };
  const numbers = how === 'copied' ? [0, 1] : [0];
  const queued = send(
    now,
    numbers.map((number) => toMessage(now, delivery, number)),
  );
  return answer(queued, delivery, how === 'unanswered' ? 0 : 202, model);
}

/** What the sweep asked for arrives, within minutes. */
function listArrivals(world: World, delivery: number, logged: Logged, model: Model): readonly Action[] {
  if (logged.onItsWaySinceMs === undefined) return [];
  const here = set(world, delivery, { onItsWaySinceMs: undefined });
  return listWays(here, delivery, model, `sweep's ask for ${delivery} arrives`);
}

/** The ways of one request. */
export function listWays(world: World, delivery: number, model: Model, name: string): readonly Action[] {
  const { left } = world;
  const ways: Action[] = [{ name, to: () => arrive(world, delivery, model, 'well') }];
  if (model.bounds.inline) return ways;
  if (left.timeouts > 0) {
    const spent = { ...world, left: { ...left, timeouts: left.timeouts - 1 } };
    ways.push({ name: `${name}, unanswered`, to: () => arrive(spent, delivery, model, 'unanswered') });
  }
  if (left.copies > 0) {
    const spent = { ...world, left: { ...left, copies: left.copies - 1 } };
    ways.push({ name: `${name}, copied`, to: () => arrive(spent, delivery, model, 'copied') });
  }
  return ways;
}

/** GitHub's first request, refused before our code sees it. */
export function listRefusals(world: World, delivery: number, model: Model): readonly Action[] {
  const { left } = world;
  if (left.refusals === 0) return [];
  const spent = { ...world, left: { ...left, refusals: left.refusals - 1 } };
  return [{ name: `GitHub delivers ${delivery}, refused`, to: () => answer(spent, delivery, 429, model) }];
}

/** The sweep and a person ask so far apart: more than clocks may differ. */
const APART_MS = 6_000;

/** More asks than the schedule has. */
const MOST_ASKS = 6;

function listSweepSteps(world: World, delivery: number, logged: Logged, model: Model): readonly Action[] {
  const { rules } = model;
  const { failure, closed, onItsWaySinceMs } = logged;
  if (failure === undefined || closed !== 'no' || onItsWaySinceMs !== undefined) return [];
  const nowMs = world.nowMs + APART_MS;
  if (listDeadlines(world).some((deadlineMs) => nowMs > deadlineMs)) return [];
  const step = rules.decideStep(failure, { nowMs, claimed: true, scanFinished: true });
  if (step === 'give_up') {
    return [{ name: `sweep gives ${delivery} up`, to: () => set(world, delivery, { closed: 'gave_up' }) }];
  }
  if (step !== 'ask') return [];
  const note = (next: Schedule): Partial<Logged> => ({
    failure: { ...failure, ...next },
    askedAtMs: next.askedAtMs ?? null,
  });
  const ask = (): World => {
    if (logged.asks === MOST_ASKS) throw new Violation(`the sweep asks for ${delivery} without end`);
    const asked = { asks: logged.asks + 1, onItsWaySinceMs: nowMs };
    return set({ ...world, nowMs }, delivery, { ...note(rules.planAsk(failure, nowMs)), ...asked });
  };
  return [
    { name: `sweep asks for ${delivery}`, to: ask },
    ...listPulls({ ...world, nowMs }, delivery, () => note(rules.planPull(failure, nowMs)), model),
  ];
}

/** One of many is taken to the queue, and GitHub sends nothing; the sweep may die before it has written that down. */
function listPulls(
  world: World,
  delivery: number,
  note: () => Partial<Logged>,
  { bounds }: Model,
): readonly Action[] {
  const { left } = world;
  if (bounds.inline || left.pulls === 0) return [];
  const spent = { ...world, left: { ...left, pulls: left.pulls - 1 } };
  const pull = (more: Partial<Logged>): World =>
    send(set(spent, delivery, { ...note(), ...more }), [{ ...toMessage(spent, delivery), swept: true }]);
  return [
    { name: `sweep pulls ${delivery}`, to: () => pull({ closed: 'pulled' }) },
    { name: `sweep pulls ${delivery}, and dies`, to: () => pull({}) },
  ];
}

/** A message that is sent now, for what was received now. */
function toMessage({ names, nowMs }: World, delivery: number, number = 0): Message {
  return {
    id: `message ${names + number}`,
    delivery,
    sentAtMs: nowMs + number * 5_000,
    receivedAtMs: nowMs,
    redriven: false,
    swept: false,
    replay: false,
    visibleAtMs: nowMs + number * 5_000,
    receives: 0,
  };
}

function send(world: World, sent: readonly Message[]): World {
  return { ...world, names: world.names + sent.length, messages: [...world.messages, ...sent] };
}

function listPersons(world: World, delivery: number, model: Model): readonly Action[] {
  const { left } = world;
  const actions: Action[] = [];
  // A person looks when nothing is under way: in between, two who ask are one.
  const isQuiet = world.processes.length === 0 && world.messages.length === 0;
  if (left.persons > 0 && isQuiet) {
    const asked = license({ ...world, left: { ...left, persons: left.persons - 1 } }, delivery, model, false);
    actions.push(...listWays(asked, delivery, model, `a person redelivers ${delivery}`));
  }
  if (left.replays > 0 && isQuiet && !model.bounds.inline) {
    const asked = license({ ...world, left: { ...left, replays: left.replays - 1 } }, delivery, model, true);
    const { nowMs } = asked;
    const message: Message = {
      id: `message ${world.names}`,
      delivery,
      sentAtMs: nowMs,
      receivedAtMs: nowMs - 3_600_000,
      redriven: true,
      swept: false,
      replay: true,
      visibleAtMs: nowMs,
      receives: 0,
    };
    const to = (): World => ({ ...asked, names: world.names + 1, messages: [...asked.messages, message] });
    actions.push({ name: `a person replays ${delivery}`, to });
  }
  return actions;
}

/**
 * What has ended may be run once more. So may what has not, while the sweep's ask is on its way: of a person's delivery and
 * the sweep's, nobody can tell which came first, and the second is the person's.
 */
function license(world: World, delivery: number, { bounds }: Model, replay: boolean): World {
  // A person is slower than clocks differ.
  let after: World = { ...world, nowMs: world.nowMs + bounds.skewMs + APART_MS };
  for (const handler of (bounds.deliveries[delivery] ?? []).keys()) {
    const id = toId(delivery, handler);
    const truth = truthOf(after, id);
    if (truth.ended === 'done' && replay) after = withTruth(after, id, { replays: 1 });
    const isAsked = world.logged[delivery]?.onItsWaySinceMs !== undefined;
    if (truth.ended !== 'done' && (isAsked || isOver(truth, bounds)))
      after = withTruth(after, id, { licences: truth.licences + 1 });
  }
  return after;
}

/** SQS gives out a message that is at work. */
function listTwice(world: World): readonly Action[] {
  const { left, nowMs } = world;
  if (left.twice === 0) return [];
  return world.messages
    .filter(({ visibleAtMs }) => visibleAtMs > nowMs)
    .map((message) => ({
      name: `${message.id} shows too early`,
      to: () => ({
        ...world,
        left: { ...left, twice: left.twice - 1 },
        messages: world.messages.map((each) => (each === message ? { ...each, visibleAtMs: nowMs } : each)),
      }),
    }));
}

/** Each write takes a millisecond: a process that does not stand still has time for all of its own. */
const SLACK_MS = 500;

/** No time passes beyond the end of a process that is at work. */
function listDeadlines({ processes }: World): readonly number[] {
  return processes.flatMap(({ frozen, deadlineMs, skewMs }) =>
    frozen ? [] : [deadlineMs - skewMs - SLACK_MS],
  );
}

/** How long what the sweep asked for may take: with the time that its process has, less than the ten minutes of its note. */
const LONGEST_WAY_MS = 8 * 60_000;

/** Time passes to the next instant at which anything may happen; not past the end of a process that is at work. */
function listTimes(world: World): readonly Action[] {
  const { nowMs } = world;
  const instants = [
    ...world.messages.map(({ visibleAtMs }) => visibleAtMs),
    ...world.processes.flatMap(({ frozen, deadlineMs, skewMs }) =>
      frozen ? [deadlineMs + 6 * 60_000 + 1] : [deadlineMs - skewMs - SLACK_MS],
    ),
    ...world.logged.flatMap(({ failure, closed, onItsWaySinceMs }) =>
      onItsWaySinceMs !== undefined
        ? [onItsWaySinceMs + LONGEST_WAY_MS]
        : failure !== undefined && closed === 'no'
          ? [failure.nextAtMs]
          : [],
    ),
  ];
  const ahead = instants.filter((instant) => instant > nowMs);
  if (ahead.length === 0) return [];
  const next = Math.min(...ahead);
  const limits = [
    ...listDeadlines(world),
    ...world.logged.flatMap(({ onItsWaySinceMs }) =>
      onItsWaySinceMs === undefined ? [] : [onItsWaySinceMs + LONGEST_WAY_MS],
    ),
  ];
  if (limits.some((limit) => next > limit)) return [];
  return [
    { name: `time passes, ${Math.round((next - nowMs) / 1000)} s`, to: () => ({ ...world, nowMs: next }) },
  ];
}

function set(world: World, delivery: number, changes: Partial<Logged>): World {
  return {
    ...world,
    logged: world.logged.map((each, index) => (index === delivery ? { ...each, ...changes } : each)),
  };
}
