/** Hands a delivery to the queue. */
import { encodeMessage, type NewMessage } from './message.ts';
import type { QueueWriter } from './queue.ts';

/** When it resolves, the queue has the delivery. @throws ServiceFault What `QueueWriter.send` throws. */
export type Enqueue = (
  delivery: NewMessage,
  installationId: number | null,
  signal: AbortSignal,
) => Promise<void>;

/** @param host The API's host: installations of two hosts may share a number. */
export function createEnqueue(queue: QueueWriter, host: string): Enqueue {
  return (delivery, installationId, signal) =>
    queue.send(encodeMessage(delivery), `${host}/${installationId ?? 'none'}`, signal);
}
