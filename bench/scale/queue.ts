/** SQS as it stands for the worker: visibility, redrive, fair queues. A standard queue, without the copies it may make. */
import type { Clock } from './clock.ts';

export interface Message {
  readonly id: string;
  readonly body: string;
  readonly group: string;
  readonly sentMs: number;
  receiveCount: number;
  /** Names the current hiding; what was meant for an earlier one changes nothing. */
  hiding: number;
}

export interface Queue {
  send(body: string, group: string): Message;
  /** Up to so many, hidden from now on. */
  receive(most: number): readonly Message[];
  remove(message: Message): void;
  hide(message: Message, ms: number): void;
  visible(): number;
  /** Received and not removed, those that wait for a later time included. */
  inFlight(): number;
  /** Seconds since the oldest that is not done was sent. */
  oldestAgeSeconds(): number;
  /** What SQS itself took for dead. */
  readonly dead: readonly Message[];
}

interface QueueDeps {
  readonly clock: Clock;
  readonly visibilityMs: number;
  readonly maxReceiveCount: number;
  /** There is something to receive. */
  readonly onVisible: () => void;
}

/**
 * Fair queues: a group with more than its share in flight is served after the others. AWS does not say
 * what share; a tenth, and ten messages, is ours. Source: SQS, "How Amazon SQS fair queues work".
 */
const NOISY_SHARE = 0.1;
const NOISY_LEAST = 10;

export function createQueue({ clock, visibilityMs, maxReceiveCount, onVisible }: QueueDeps): Queue {
  const quiet: Lane = { messages: [], at: 0 };
  const noisy: Lane = { messages: [], at: 0 };
  const open = new Map<string, Message>();
  const flying = new Map<string, number>();
  const dead: Message[] = [];
  let inFlight = 0;
  let sent = 0;

  const fly = (group: string, change: 1 | -1): void => {
    inFlight += change;
    const left = (flying.get(group) ?? 0) + change;
    if (left === 0) flying.delete(group);
    else flying.set(group, left);
  };

  const isNoisy = ({ group }: Message): boolean =>
    (flying.get(group) ?? 0) > Math.max(NOISY_LEAST, inFlight * NOISY_SHARE);

  const take = (): Message | undefined => {
    const waiting = peek(noisy);
    if (waiting !== undefined && !isNoisy(waiting)) return shift(noisy);
    for (let next = shift(quiet); next !== undefined; next = shift(quiet)) {
      if (!isNoisy(next)) return next;
      noisy.messages.push(next);
    }
    return shift(noisy);
  };

  const show = (message: Message): void => {
    quiet.messages.push(message);
    onVisible();
  };

  const hide = (message: Message, ms: number): void => {
    message.hiding += 1;
    const { hiding } = message;
    clock.after(ms, () => {
      if (message.hiding !== hiding || !open.has(message.id)) return;
      fly(message.group, -1);
      show(message);
    });
  };

  return {
    dead,
    send(body, group) {
      sent += 1;
      const message: Message = {
        id: `message-${sent}`,
        body,
        group,
        sentMs: clock.now(),
        receiveCount: 0,
        hiding: 0,
      };
      open.set(message.id, message);
      show(message);
      return message;
    },
    receive(most) {
      const batch: Message[] = [];
      for (let next = take(); next !== undefined; next = batch.length < most ? take() : undefined) {
        if (next.receiveCount === maxReceiveCount) {
          open.delete(next.id);
          dead.push(next);
          continue;
        }
        next.receiveCount += 1;
        fly(next.group, 1);
        hide(next, visibilityMs);
        batch.push(next);
      }
      return batch;
    },
    remove(message) {
      if (open.delete(message.id)) fly(message.group, -1);
    },
    hide,
    visible: () => size(quiet) + size(noisy),
    inFlight: () => inFlight,
    oldestAgeSeconds() {
      const [oldest] = open.values();
      return oldest === undefined ? 0 : (clock.now() - oldest.sentMs) / 1000;
    },
  };
}

/** First in, first out; what was taken is dropped now and then. */
interface Lane {
  messages: Message[];
  at: number;
}

function peek({ messages, at }: Lane): Message | undefined {
  return messages[at];
}

function shift(lane: Lane): Message | undefined {
  const message = lane.messages[lane.at];
  if (message === undefined) return undefined;
  lane.at += 1;
  if (lane.at > 1_000 && lane.at * 2 > lane.messages.length) {
    lane.messages = lane.messages.slice(lane.at);
    lane.at = 0;
  }
  return message;
}

function size({ messages, at }: Lane): number {
  return messages.length - at;
}
