/** Puts together what belongs to one delivery at the webhook function: request, track, answer. Prints nothing. */
import type { LambdaFunctionURLEvent } from 'aws-lambda';
import type { Clock } from '../../lib/async/clock.ts';
import type { RecordedCall } from '../github/types.ts';
import { type JsonObject, parseJson, toObject } from '../../lib/json/json.ts';
import { createTracker, type Track, type Tracker } from './track.ts';

/** One request, from its arrival to its answer. */
export interface Exchange extends Track {
  readonly request: LambdaFunctionURLEvent;
  /** 502 where the function did not answer. */
  readonly status: number;
  /** The body of the answer, where it is a JSON object. */
  readonly answer: JsonObject;
}

export interface Watch extends Pick<Tracker, 'take'> {
  /** Hands an event to the function and watches what comes of it, which is told before the answer goes out. */
  follow(
    request: LambdaFunctionURLEvent,
    invoke: (event: LambdaFunctionURLEvent) => Promise<unknown>,
  ): Promise<unknown>;
}

interface WatchDeps {
  /** The stand-in's calls; it goes on adding to them. */
  readonly calls: readonly RecordedCall[];
  readonly onExchange: (exchange: Exchange) => void;
  /** A line that belongs to no delivery under way. */
  readonly onStray: (line: string) => void;
  readonly clock: Clock;
}

export function createWatch({ calls, onExchange, onStray, clock }: WatchDeps): Watch {
  const tracker = createTracker({ calls, isLast, onStray, clock });
  return {
    take: (line) => tracker.take(line),
    async follow(request, invoke) {
      const id = request.headers['x-github-delivery'];
      const tracked = tracker.begin((line) => isAbout(id, line));
      let result: unknown;
      try {
        result = await invoke(request);
        return result;
      } finally {
        const { statusCode = 502, body } = toObject(result);
        const answer = toObject(parseJson(typeof body === 'string' ? body : ''));
        onExchange({ ...tracked.end(), request, status: Number(statusCode), answer });
      }
    },
  };
}

/** A refused request is not believed to be a delivery: its line names none. */
function isAbout(id: string | undefined, line: JsonObject): boolean {
  const { delivery } = line;
  return delivery === undefined ? isLast(line) : delivery === id;
}

/** The last line that the function writes about a request. */
function isLast({ message }: JsonObject): boolean {
  return message === 'delivery' || message === 'rejected';
}
