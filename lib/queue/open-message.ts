/** From a message to what its handlers need: its own body, or what GitHub's log has of it. */
import type { Deadline } from '../async/deadline.ts';
import type { Envelope } from '../delivery/delivery.ts';
import type { Carrier } from '../dispatch/job.ts';
import { toLoggedEnvelope } from '../delivery/logged-envelope.ts';
import { parsePayload, type Payload } from '../delivery/payload.ts';
import type { QueuedDelivery } from './message.ts';
import type { QueueRecord } from './queue.ts';
import type { ReadBack } from './read-back.ts';

/** The webhook has given up by then: who puts a message into the queue later redrives it, with SQS's own means. */
const FIRST_HAND_MS = 60_000;

/** A message of which the payload is there, wherever it was. */
export interface Opened {
  readonly envelope: Envelope;
  readonly payload: Payload;
  readonly carrier: Pick<Carrier, 'messageId' | 'askedAt' | 'byPerson' | 'replay'>;
  /** Whether the payload comes from GitHub's log: it was too large for a message. */
  readonly isReadBack: boolean;
}

/**
 * @returns The reason where there is no payload to be had (any more).
 * @throws What `readBack` throws.
 */
export async function openMessage(
  delivery: QueuedDelivery,
  record: QueueRecord,
  deadline: Deadline,
  { readBack }: { readonly readBack: ReadBack },
): Promise<Opened | 'payload_malformed' | 'payload_lost' | 'payload_deadly'> {
  const { envelope, content } = delivery;
  const carrier = toCarrier(delivery, record);
  if (content.kind === 'body') {
    const payload = parsePayload(content.body, content.format);
    return payload === undefined ? 'payload_malformed' : { envelope, payload, carrier, isReadBack: false };
  }
  const { id: guid } = envelope;
  const read = await readBack({ logId: content.logId, guid, carrier, deadline });
  if (read === 'deadly') return 'payload_deadly';
  if (read?.payload === undefined) return 'payload_lost';
  return { envelope: toWhole(envelope, read.headers), payload: read.payload, carrier, isReadBack: true };
}

/** Older than whatever has ended. */
const NEVER = new Date(0);

/**
 * Who asked for the delivery, and when. Two messages of one request, as SQS makes them when its answer is lost, ask at one time.
 * What the sweep took from GitHub's log asks for nothing: it may have waited while the sweep asked again.
 */
export function toCarrier(
  { envelope, replay, redriven, swept = false }: Asked,
  { messageId, sentAt }: Pick<QueueRecord, 'messageId' | 'sentAt'>,
) {
  const { receivedAt } = envelope;
  const isFirstHand = !redriven && Math.abs(sentAt.getTime() - receivedAt.getTime()) < FIRST_HAND_MS;
  const firstHand = swept ? NEVER : receivedAt;
  return { messageId, askedAt: isFirstHand ? firstHand : sentAt, byPerson: redriven, replay };
}

interface Asked extends Pick<QueuedDelivery, 'replay' | 'redriven' | 'swept'> {
  readonly envelope: Pick<Envelope, 'receivedAt'>;
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
