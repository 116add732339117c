/** From a message to what its handlers need: its own body, or what GitHub's log has of it. */
import type { Deadline } from '../async/deadline.ts';
import type { Envelope } from '../delivery/delivery.ts';
import { toLoggedEnvelope } from '../delivery/logged-envelope.ts';
import { parsePayload, type Payload } from '../delivery/payload.ts';
import type { QueuedDelivery } from './message.ts';
import type { QueueRecord } from './queue.ts';
import type { ReadBack } from './read-back.ts';

export interface Opened {
  readonly envelope: Envelope;
  readonly payload: Payload;
  readonly replay: boolean;
  /** Whether the payload comes from GitHub's log: it was too large for a message. */
  readonly isReadBack: boolean;
}

/**
 * @returns The reason where there is no payload to be had (any more).
 * @throws What `readBack` throws.
 */
export async function openMessage(
  { envelope, content, replay }: QueuedDelivery,
  { messageId, sentAt }: QueueRecord,
  deadline: Deadline,
  { readBack }: { readonly readBack: ReadBack },
): Promise<Opened | 'payload_malformed' | 'payload_lost' | 'payload_deadly'> {
  if (content.kind === 'body') {
    const payload = parsePayload(content.body, content.format);
    return payload === undefined ? 'payload_malformed' : { envelope, payload, replay, isReadBack: false };
  }
  const { id: guid } = envelope;
  const read = await readBack({ logId: content.logId, guid, messageId, askedAt: sentAt, deadline });
  if (read === 'deadly') return 'payload_deadly';
  if (read?.payload === undefined) return 'payload_lost';
  return { envelope: toWhole(envelope, read.headers), payload: read.payload, replay, isReadBack: true };
}

/** Who hands on a reference has not read the delivery: what its headers say comes with its payload. */
function toWhole(envelope: Envelope, headers: Readonly<Record<string, string>>): Envelope {
  const { id: guid, event, receivedAt } = envelope;
  const logged = toLoggedEnvelope({ guid, event }, headers, receivedAt);
  return {
    ...envelope,
    hookId: envelope.hookId ?? logged?.hookId ?? null,
    targetAppId: envelope.targetAppId ?? logged?.targetAppId ?? null,
  };
}
