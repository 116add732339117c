/** From a message to what its handlers need: its own body, or what GitHub's log has of it. */
import type { Clock } from '../async/clock.ts';
import type { Deadline } from '../async/deadline.ts';
import type { Envelope } from '../delivery/delivery.ts';
import { toLoggedEnvelope } from '../delivery/logged-envelope.ts';
import { parsePayload, type Payload } from '../delivery/payload.ts';
import { toCallTime, type DeliveryLog } from '../github/delivery-log.ts';
import type { QueuedDelivery } from './message.ts';

/** Reads a delivery back from GitHub's log. */
export type ReadBack = DeliveryLog['detail'];

export interface Opened {
  readonly envelope: Envelope;
  readonly payload: Payload;
  readonly replay: boolean;
}

/**
 * @returns The reason where there is no payload (any more).
 * @throws What `readBack` throws.
 */
export async function openMessage(
  { envelope, content, replay }: QueuedDelivery,
  { atMs, upstream }: Deadline,
  { readBack, clock }: { readonly readBack: ReadBack; readonly clock: Clock },
): Promise<Opened | 'payload_malformed' | 'payload_lost'> {
  if (content.kind === 'body') {
    const payload = parsePayload(content.body, content.format);
    return payload === undefined ? 'payload_malformed' : { envelope, payload, replay };
  }
  const logged = { id: content.logId, guid: envelope.id };
  const detail = await readBack(logged, toCallTime(upstream, atMs - clock.now()));
  if (detail?.payload === undefined) return 'payload_lost';
  // Who hands on a reference has not read the delivery: what its headers say comes with its payload.
  const { hookId = null, targetAppId = null } =
    toLoggedEnvelope({ guid: envelope.id, event: envelope.event }, detail.headers, envelope.receivedAt) ?? {};
  return {
    envelope: {
      ...envelope,
      hookId: envelope.hookId ?? hookId,
      targetAppId: envelope.targetAppId ?? targetAppId,
    },
    payload: detail.payload,
    replay,
  };
}
