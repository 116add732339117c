/** A span for each message that is worked off, as a part of the trace that its sender began. */
import { traced, type Tracer } from '../tracing/tracer.ts';
import type { ToRunAlone } from './handle-message.ts';
import type { QueueRecord } from './queue.ts';
import type { Verdict } from './retry.ts';

/** Handles a message within a span of its own, where somebody asked for traces. */
export function traceMessage(
  tracer: Tracer | undefined,
  { messageId, receiveCount, traceparent = '' }: QueueRecord,
  handle: () => Promise<Verdict | ToRunAlone>,
): Promise<Verdict | ToRunAlone> {
  const attributes = {
    'messaging.system': 'aws_sqs',
    'messaging.message.id': messageId,
    'hookmint.receive_count': receiveCount,
  };
  // Another message's span may be under way in the same process: without a sender's, a trace of its own begins.
  return traced(
    tracer,
    { name: 'message', kind: 'consumer', attributes, parent: traceparent },
    async (span) => {
      const verdict = await handle();
      span.set({ 'hookmint.verdict': verdict.kind });
      if (verdict.kind === 'dead') span.fail(verdict.reason);
      return verdict;
    },
  );
}
