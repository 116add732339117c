/** Puts together what belongs to one message at the worker function. Prints nothing. */
import { decodeMessage, type QueuedDelivery } from '../../lib/queue/message.ts';
import type { QueueRecord } from '../../lib/queue/queue.ts';
import { toRecords } from '../../lib/queue/records.ts';
import { toFailedIds } from '../aws/event-source.ts';
import type { Clock } from '../../lib/async/clock.ts';
import type { RecordedCall } from '../github/types.ts';
import type { JsonObject } from '../../lib/json/json.ts';
import { createTracker, type Track, type Tracker } from './track.ts';

/** What the worker did with a message that it received once. */
export interface Work extends Track {
  readonly record: QueueRecord;
  /** undefined where the message cannot be read. */
  readonly delivery: QueuedDelivery | undefined;
  /** undefined where the worker gave no answer, or its last line was enough. */
  readonly wentBack: boolean | undefined;
}

export interface WorkerWatch extends Pick<Tracker, 'take'> {
  /** Hands a batch to the worker and watches what comes of each of its messages. */
  follow(event: unknown, invoke: (event: unknown) => Promise<unknown>): Promise<unknown>;
}

interface WorkerWatchDeps {
  /** The stand-in's calls; it goes on adding to them. */
  readonly calls: readonly RecordedCall[];
  readonly onWork: (work: Work) => void;
  /** A line that belongs to no message under way. */
  readonly onStray: (line: string) => void;
  readonly clock: Clock;
}

export function createWorkerWatch({ calls, onWork, onStray, clock }: WorkerWatchDeps): WorkerWatch {
  const tracker = createTracker({ calls, isLast, onStray, clock });
  return {
    take: (line) => tracker.take(line),
    async follow(event, invoke) {
      const ends = toRecords(event, Date.now()).map((record) => watch(record));
      let back: ReadonlySet<string> | undefined;
      try {
        const result = await invoke(event);
        back = toFailedIds(result);
        return result;
      } finally {
        for (const end of ends) end(back);
      }
    },
  };

  /** A message is over with its last line: it does not wait for the others of its batch. */
  function watch(record: QueueRecord): (back?: ReadonlySet<string>) => void {
    const tracked = tracker.begin((line) => line['queueMessage'] === record.messageId);
    const decoded = decodeMessage(record.body);
    const delivery = decoded.kind === 'delivery' ? decoded.delivery : undefined;
    let isOver = false;
    const end = (back?: ReadonlySet<string>): void => {
      if (isOver) return;
      isOver = true;
      const wentBack = back?.has(record.messageId);
      onWork({ ...tracked.end(), record, delivery, wentBack });
    };
    tracked.lastLine.addEventListener('abort', () => end());
    return end;
  }
}

/** The last line that the worker writes about a message. A dead one has one more after its `delivery`. */
function isLast({ message, next }: JsonObject): boolean {
  return (
    message === 'dead letter' || message === 'record goes back' || (message === 'delivery' && next !== 'dead')
  );
}
