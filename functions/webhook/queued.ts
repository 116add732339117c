/** The webhook function where a worker runs the handlers. Loaded only then. */
import { createQueueWriter } from '../../lib/aws/queue.ts';
import type { QueuedWebhookConfig } from '../../lib/config.ts';
import type { Destination } from '../../lib/intake.ts';
import type { Log } from '../../lib/log.ts';
import { createEnqueue } from '../../lib/queue/enqueue.ts';
import { containStrayErrors } from '../../lib/stray-errors.ts';

export function createDestination({ queueUrl, host }: QueuedWebhookConfig, log: Log): Destination {
  containStrayErrors(process, log);
  return { kind: 'queue', enqueue: createEnqueue(createQueueWriter({ queueUrl }), host) };
}
