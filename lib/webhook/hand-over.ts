/** Hands a delivery to where it is handled: its handlers, at once, or the queue. */
import type { Deadline } from '../async/deadline.ts';
import type { Delivery, Envelope } from '../delivery/delivery.ts';
import type { BodyFormat, Payload, RawBody } from '../delivery/payload.ts';
import type { Dispatch } from '../dispatch/dispatch.ts';
import { inline, toJob } from '../dispatch/job.ts';
import type { HandlerOutcome } from '../dispatch/outcome.ts';
import type { Router } from '../dispatch/route.ts';
import type { BoundLog } from '../log/log.ts';
import type { Enqueue } from '../queue/enqueue.ts';

/** Where a delivery goes that a handler claims. */
export type Destination =
  | { readonly kind: 'handlers'; readonly dispatch: Dispatch }
  | { readonly kind: 'queue'; readonly enqueue: Enqueue };

/** A verified delivery of an event that some handler claims. */
export interface Arrival {
  readonly envelope: Envelope;
  readonly delivery: Delivery;
  readonly body: RawBody;
  readonly format: BodyFormat;
  readonly payload: Payload;
}

interface HandOverDeps {
  readonly router: Router;
  readonly destination: Destination;
  readonly deadline: Deadline;
  readonly log: BoundLog;
}

/** `'queued'`, or what became of each handler: none where no handler claims the delivery's action. */
export type HandedOver = 'queued' | readonly HandlerOutcome[];

/** @throws ServiceFault What `Enqueue` throws. */
export async function handOver(arrival: Arrival, deps: HandOverDeps): Promise<HandedOver> {
  const { router, destination, deadline, log } = deps;
  const { envelope, delivery, payload } = arrival;
  const routes = router.match(delivery.event, delivery.action);
  if (destination.kind === 'handlers') {
    const carrier = inline(envelope.receivedAt);
    return destination.dispatch(routes, toJob(envelope, payload, { deadline, log, carrier }));
  }
  if (routes.length === 0) return [];
  await enqueue(arrival, destination.enqueue, deadline.upstream);
  return 'queued';
}

async function enqueue(
  { envelope, delivery, body, format }: Arrival,
  send: Enqueue,
  signal: AbortSignal,
): Promise<void> {
  const content = { kind: 'body', format, body: Buffer.from(body) } as const;
  await send({ envelope, content, replay: false }, delivery.installationId, signal);
}
