/** A span for each handler: the delivery that it is about, and what became of it. No payload. */
import type { Attributes, Tracer } from '../tracing/tracer.ts';
import type { Job } from './job.ts';
import type { HandlerOutcome } from './outcome.ts';

/** Runs a handler within a span of its own, where somebody asked for traces. */
export function traceHandler(
  tracer: Tracer | undefined,
  { delivery }: Job,
  run: () => Promise<HandlerOutcome>,
): Promise<HandlerOutcome> {
  if (tracer === undefined) return run();
  return tracer.span(
    { name: 'handler', kind: 'internal', attributes: toAttributes(delivery) },
    async (span) => {
      const ended = await run();
      const { reason } = { reason: undefined, ...ended };
      span.set({
        'hookmint.handler': ended.name,
        'hookmint.outcome': ended.outcome,
        'hookmint.reason': reason,
      });
      if (ended.outcome === 'failed') span.fail(ended.fault.code);
      return ended;
    },
  );
}

/** Of what a delivery is about; its GUID is the same at GitHub, in the log lines and in the ledger. */
function toAttributes(delivery: Job['delivery']): Attributes {
  return {
    'github.delivery': delivery.id,
    'github.event': delivery.event,
    'github.action': delivery.action ?? undefined,
    'github.installation': delivery.installationId ?? undefined,
  };
}
