/** Hands a delivery to where it is handled: its handlers, at once, or the queue. */
import type { Envelope } from '../delivery/delivery.ts';
import type { BodyFormat, RawBody } from '../delivery/payload.ts';
import type { Dispatch } from '../dispatch/dispatch.ts';
import type { Job } from '../dispatch/job.ts';
import type { HandlerOutcome } from '../dispatch/outcome.ts';
import type { Router } from '../dispatch/route.ts';
import type { Enqueue } from '../queue/enqueue.ts';

/** Where a delivery goes that a handler claims. */
export type Destination =
  | { readonly kind: 'handlers'; readonly dispatch: Dispatch }
  | { readonly kind: 'queue'; readonly enqueue: Enqueue };

/** A verified delivery of an event that some handler claims. */
export interface Arrival {
  readonly envelope: Envelope;
  readonly body: RawBody;
  readonly format: BodyFormat;
  readonly job: Job;
}

interface HandOverDeps {
  readonly router: Router;
  readonly destination: Destination;
}

/** `'queued'`, or what became of each handler: none where no handler claims the delivery's action. */
export type HandedOver = 'queued' | readonly HandlerOutcome[];

/** @throws ServiceFault What `Enqueue` throws. */
export async function handOver(arrival: Arrival, { router, destination }: HandOverDeps): Promise<HandedOver> {
  const { envelope, body, format, job } = arrival;
  const { delivery, deadline } = job;
  const routes = router.match(delivery.event, delivery.action);
  if (destination.kind === 'handlers') return destination.dispatch(routes, job);
  if (routes.length === 0) return [];
  const content = { kind: 'body', format, body: Buffer.from(body) } as const;
  const message = { envelope, content, replay: false };
  await destination.enqueue(message, delivery.installationId, deadline.upstream);
  return 'queued';
}
