/** What a dead letter says of itself. Pure. Of the payload no more than its action. */
import { toDelivery } from '../../lib/delivery/delivery.ts';
import { parsePayload } from '../../lib/delivery/payload.ts';
import { decodeMessage } from '../../lib/queue/message.ts';
import type { DeadLetter } from './redrive.ts';

export interface ReadLetter {
  /** null where the message cannot be read; then `unreadable` says why. */
  readonly guid: string | null;
  readonly event: string | null;
  readonly action: string | null;
  /** Why it died. */
  readonly reason: string;
  readonly deadSince: Date;
  readonly unreadable: string | null;
}

/** SQS made the dead letter by itself. */
const TOO_OFTEN = 'received too often';

export function readLetter({ body, reason = TOO_OFTEN, sentAt: deadSince }: DeadLetter): ReadLetter {
  const decoded = decodeMessage(body);
  if (decoded.kind !== 'delivery') {
    return { guid: null, event: null, action: null, reason, deadSince, unreadable: decoded.kind };
  }
  const { envelope, content } = decoded.delivery;
  const payload = content.kind === 'body' ? parsePayload(content.body, content.format) : undefined;
  const { id: guid, event, action } = toDelivery(envelope, payload);
  return { guid, event, action, reason, deadSince, unreadable: null };
}
