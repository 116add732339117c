/** A delivery as everybody sees it, and what the headers of its request say. No header is signed. */
import { isId, readField } from '../json/json.ts';
import type { Payload } from './payload.ts';

/** One HTTP request from GitHub, verified. */
export interface Delivery {
  /** `X-GitHub-Delivery`: a GUID that redeliveries, and other hooks of the same event, share. */
  readonly id: string;
  /** `X-GitHub-Event`: the event's name, without an action. */
  readonly event: string;
  /** The payload's `action`; null where it has none or was not read. */
  readonly action: string | null;
  /** `X-GitHub-Hook-ID`; null where the header is missing. */
  readonly hookId: string | null;
  /** The payload's `installation.id`; null where it has none. */
  readonly installationId: number | null;
  readonly receivedAt: Date;
  /** 1 for the first time that this delivery is tried. */
  readonly attempt: number;
}

/** Where the headers come from: a request, or GitHub's log of it. */
interface Headers {
  /** Any case. */
  header(name: string): string | undefined;
}

/** What is known before the payload is parsed. */
export interface Envelope {
  readonly id: string;
  readonly event: string;
  readonly hookId: string | null;
  /** The id of the App that GitHub meant. Unsigned: fit to notice a mistake, not to decide by. */
  readonly targetAppId: string | null;
  readonly receivedAt: Date;
}

/** The delivery of an envelope, and of its payload once that is parsed. */
export function toDelivery({ id, event, hookId, receivedAt }: Envelope, payload?: Payload): Delivery {
  const action = payload?.['action'];
  const installationId = readField(payload?.['installation'], 'id');
  return {
    id,
    event,
    action: typeof action === 'string' ? action : null,
    hookId,
    installationId: isId(installationId) ? installationId : null,
    receivedAt,
    attempt: 1,
  };
}

/** Keys of the log lines; docs/logs.md lists them. */
export function toLogFields(delivery: Delivery) {
  return {
    delivery: delivery.id,
    event: delivery.event,
    action: delivery.action,
    installation: delivery.installationId,
    hook: delivery.hookId,
  };
}

/** Visible ASCII: what GitHub sends, and nothing that could forge a log line or a ledger key. */
const IDENTIFIER = /^[\x21-\x7e]{1,200}$/;

/** @returns undefined where the event's name or the delivery's id is missing or malformed. */
export function toEnvelope(request: Headers, receivedAt: Date): Envelope | undefined {
  const event = readIdentifier(request, 'x-github-event');
  const id = readIdentifier(request, 'x-github-delivery');
  if (event === null || id === null) return undefined;
  const targetType = request.header('x-github-hook-installation-target-type');
  return {
    id,
    event,
    hookId: readIdentifier(request, 'x-github-hook-id'),
    targetAppId:
      targetType === 'integration' ? readIdentifier(request, 'x-github-hook-installation-target-id') : null,
    receivedAt,
  };
}

function readIdentifier(request: Headers, name: string): string | null {
  const value = request.header(name)?.trim();
  return value !== undefined && IDENTIFIER.test(value) ? value : null;
}
