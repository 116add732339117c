/** Sends a delivery to the front door once more, under an id of its own and signed anew. */
import { randomUUID } from 'node:crypto';
import { signBody } from '../fixtures/sign.ts';
import type { LedgerTable } from '../aws/ledger-table.ts';
import type { Entry, Journal } from './journal.ts';

export interface SendAgainOptions {
  /** The only handler that is to run. Default: all that claim it. */
  readonly handler?: string;
  /** In the place of the payload that came: JSON. */
  readonly payload?: string;
  /** In the place of the event that came. */
  readonly event?: string;
}

/** @returns The id of the new delivery, as soon as it was answered. */
export type SendAgain = (entry: Entry, options?: SendAgainOptions) => Promise<string>;

interface SendAgainDeps {
  /** Of the front door. */
  readonly url: string;
  readonly secret: () => string;
  readonly journal: Pick<Journal, 'expect'>;
  readonly ledger: LedgerTable | undefined;
  readonly ledgerScope: { readonly host: string; readonly appId: string };
  /** Names of all handlers, as they are now. */
  readonly handlers: () => readonly string[];
}

/** Of the request itself: whoever sends it again makes them anew. */
const HOP_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'x-hub-signature',
]);

export function createSendAgain({
  url,
  secret,
  journal,
  ledger,
  ledgerScope,
  handlers,
}: SendAgainDeps): SendAgain {
  return async (entry, { handler, payload, event } = {}) => {
    const id = randomUUID();
    const headers = new Headers(
      Object.entries(entry.request.headers).flatMap(([name, value]) =>
        value === undefined || HOP_HEADERS.has(name) ? [] : [[name, value] as [string, string]],
      ),
    );
    const body = payload === undefined ? toBytes(entry) : Buffer.from(payload);
    if (payload !== undefined) headers.set('content-type', 'application/json');
    if (event !== undefined) headers.set('x-github-event', event);
    headers.set('x-github-delivery', id);
    headers.set('x-hub-signature-256', signBody(body, secret()));
    // What the ledger has as done is not run: so the handlers that were not asked for are left out.
    const others = handler === undefined ? [] : handlers().filter((name) => name !== handler);
    const hookId = headers.get('x-github-hook-id');
    await Promise.all(
      others.map(async (name) => ledger?.markDone({ ...ledgerScope, hookId, deliveryId: id, handler: name })),
    );
    journal.expect(id, {
      replayOf: entry.key,
      ...(handler !== undefined && { handler }),
      ...(payload !== undefined && { edited: true }),
    });
    const response = await fetch(url, { method: 'POST', headers, body: new Uint8Array(body) });
    await response.arrayBuffer();
    return id;
  };
}

/** The body as it came. */
export function toBytes({ request: { body = '', isBase64Encoded } }: Pick<Entry, 'request'>): Buffer {
  return Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
}
