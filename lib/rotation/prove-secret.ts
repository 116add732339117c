/** Whether GitHub signs with a secret, by what its log of deliveries shows. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { sleep, type Clock } from '../async/clock.ts';
import type { CallAsApp } from '../github/app-calls.ts';
import { createDeliveryLog, toCallTime } from '../github/delivery-log.ts';
import type { LoggedDelivery } from '../github/logged-delivery.ts';
import { stringifyExactJson } from '../json/exact-json.ts';
import { isObject, readField, readText } from '../json/json.ts';

/**
 * `signed with it`: seen. `accepted`: a delivery that came since was answered well, and the bytes that were signed
 * cannot be brought back. `nothing delivered`: there is no delivery to tell it by. `refused`: the newest was refused
 * for its signature. `signed with another`: one that came long after the change was not signed with it, which is seen.
 */
export type SignatureProof = (typeof PROOFS)[number];

const PROOFS = ['signed with it', 'accepted', 'nothing delivered', 'refused', 'signed with another'] as const;

export function isSignatureProof(text: unknown): text is SignatureProof {
  return PROOFS.some((each) => each === text);
}

interface ProveDeps {
  readonly call: CallAsApp;
  readonly clock: Clock;
  /** Those that may sign beside the new one, to tell `signed with another`. */
  readonly others: readonly string[];
}

const CALL_MS = 12_000;

/** How often, and how long, is waited for a redelivery to show up in the log. */
const LOOK_EVERY_MS = 2_500;
const LOOKS = 12;

/** Asks for a delivery that was answered well once more, which runs no handler, and looks at its signature. */
export async function proveSecret(
  secret: string,
  deps: ProveDeps,
  signal: AbortSignal,
): Promise<SignatureProof> {
  const { call, clock } = deps;
  const log = createDeliveryLog(call);
  const time = () => toCallTime(signal, CALL_MS);
  const [before] = await readNewest(log, time);
  if (before === undefined) return 'nothing delivered';
  const asked = before.find(isPing) ?? before.find(isWell);
  if (asked === undefined) return judge(secret, before, deps, signal);
  await log.redeliver(asked.id, time());
  const known = new Set(before.map(({ id }) => id));
  for (let look = 0; look < LOOKS; look += 1) {
    await sleep(clock, LOOK_EVERY_MS, signal);
    const [page = []] = await readNewest(log, time);
    const fresh = page.filter(({ id }) => !known.has(id));
    if (fresh.length > 0) return judge(secret, fresh, deps, signal);
  }
  return 'nothing delivered';
}

type Log = ReturnType<typeof createDeliveryLog>;

async function readNewest(
  log: Log,
  time: () => ReturnType<typeof toCallTime>,
): Promise<readonly (readonly LoggedDelivery[])[]> {
  for await (const { deliveries } of log.pages(undefined, time))
    return deliveries.length === 0 ? [] : [deliveries];
  return [];
}

async function judge(
  secret: string,
  entries: readonly LoggedDelivery[],
  { call, others }: ProveDeps,
  signal: AbortSignal,
): Promise<SignatureProof> {
  for (const entry of entries.slice(0, 3)) {
    const signer = await findSigner(entry.id, [secret, ...others], call, signal);
    if (signer === secret) return 'signed with it';
    // What is redelivered may be signed as it was at first.
    if (signer !== undefined && !entry.redelivery) return 'signed with another';
  }
  const [newest] = entries;
  if (newest?.statusCode === 401) return 'refused';
  return entries.some(isWell) ? 'accepted' : 'nothing delivered';
}

/** @returns The one of these secrets that signed a logged delivery; undefined where that cannot be seen. */
export async function findSigner(
  id: string,
  secrets: readonly string[],
  call: CallAsApp,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { status, body } = await call({ method: 'GET', path: `/app/hook/deliveries/${id}` }, signal);
  const request = readField(body, 'request');
  const payload = readField(request, 'payload');
  const signature = readHeader(readField(request, 'headers'), 'x-hub-signature-256');
  if (status !== 200 || !isObject(payload) || signature === undefined) return undefined;
  const bodies = toPossibleBodies(payload);
  return secrets.find((secret) => bodies.some((text) => isSame(signature, sign(secret, text))));
}

/**
 * The log has the payload as JSON, not the bytes that were signed. Where those had no blanks and no escapes of their
 * own, which is how GitHub writes most payloads, they come out again.
 */
function toPossibleBodies(payload: object): readonly string[] {
  const text = stringifyExactJson(payload);
  // As Rails escapes JSON for HTML.
  const escaped = text.replaceAll(
    /[<>&\u2028\u2029]/g,
    (found) => String.raw`\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const form = (json: string): string => `payload=${encodeURIComponent(json).replaceAll('%20', '+')}`;
  return [text, escaped].flatMap((json) => [json, form(json)]);
}

function sign(secret: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Names come in any case. */
function readHeader(headers: unknown, name: string): string | undefined {
  const found = Object.keys(isObject(headers) ? headers : {}).find((key) => key.toLowerCase() === name);
  return found === undefined ? undefined : readText(headers, found);
}

function isPing({ event, statusCode }: LoggedDelivery): boolean {
  return event === 'ping' && statusCode >= 200 && statusCode < 300;
}

function isWell({ statusCode }: LoggedDelivery): boolean {
  return statusCode >= 200 && statusCode < 300;
}
