/** How full the queue is, as far as SQS knows. */
import { ServiceFault } from '../faults.ts';
import { heldTo } from './rights.ts';
import type { SqsCall, SqsOperations } from './sqs.ts';

interface DepthDeps {
  readonly queueUrl: string;
  readonly call: SqsCall;
}

/** @returns Says whether no message waits or is at work. It throws ServiceFault `queue_unavailable`. */
export function createQueueDepth({
  queueUrl: QueueUrl,
  call: anyCall,
}: DepthDeps): (signal: AbortSignal) => Promise<boolean> {
  const call = heldTo<SqsOperations>('queueDepth', anyCall);
  return async (signal) => {
    try {
      const { Attributes: attributes } = await call(
        'GetQueueAttributes',
        {
          QueueUrl,
          AttributeNames: [
            'ApproximateNumberOfMessages',
            'ApproximateNumberOfMessagesNotVisible',
            'ApproximateNumberOfMessagesDelayed',
          ],
        },
        signal,
      );
      return Object.values(attributes ?? {}).every((count) => Number(count) === 0);
    } catch (cause) {
      throw new ServiceFault('queue_unavailable', 'SQS did not say how full the queue is.', { cause });
    }
  };
}
