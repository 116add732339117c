/** Hands a delivery to the queue. */
import { encodeMessage, type QueuedDelivery } from './message.ts';
import type { QueueWriter } from './queue.ts';

/** @throws ServiceFault What `QueueWriter.send` throws: nothing is taken before the queue has it. */
export type Enqueue = (
  delivery: QueuedDelivery,
  installationId: number | null,
  signal: AbortSignal,
) => Promise<void>;

/** @param host Of the API: installations of two hosts may share a number. */
export function createEnqueue(queue: QueueWriter, host: string): Enqueue {
  return (delivery, installationId, signal) =>
    queue.send(encodeMessage(delivery), `${host}/${installationId ?? 'none'}`, signal);
}
