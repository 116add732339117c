/** The webhook function where a worker runs the handlers. Loaded only then. */
import { createQueueWriter } from '../../lib/aws/queue.ts';
import type { QueuedWebhookConfig } from '../../lib/config.ts';
import { createConnections } from '../../lib/http/connections.ts';
import type { Destination } from '../../lib/intake.ts';
import type { Log } from '../../lib/log.ts';
import { createEnqueue } from '../../lib/queue/enqueue.ts';
import { containStrayErrors } from '../../lib/stray-errors.ts';
import type { WarmUp } from '../../lib/warm-up.ts';

interface Parts {
  readonly config: QueuedWebhookConfig;
  readonly warmUp: WarmUp;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
}

export function createDestination({ config, warmUp, now, log }: Parts): Destination {
  const { queueUrl, host } = config;
  containStrayErrors(process, log);
  const connections = createConnections(now);
  warmUp.begin((signal) => connections.warm(new URL(queueUrl), signal));
  const queue = createQueueWriter({ queueUrl, agents: connections.agents });
  return { kind: 'queue', enqueue: createEnqueue(queue, host) };
}
