/** Whether GitHub signs with a secret, by what its log of deliveries shows. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { sleep, type Clock } from '../async/clock.ts';
import type { CallAsApp } from '../github/app-calls.ts';
import { createDeliveryLog, toCallTime, type CallTime, type DeliveryLog } from '../github/delivery-log.ts';
import type { LoggedDelivery } from '../github/logged-delivery.ts';
import { stringifyExactJson } from '../json/exact-json.ts';
import { isObject, readField, readText } from '../json/json.ts';
import { findHarmless } from './find-harmless.ts';

/**
 * `signed with it`: seen. `accepted`: a delivery that was sent after the change was answered well, and the bytes that were
 * signed cannot be brought back. `nothing delivered`: nothing was sent after the change that would tell. `refused`: the
 * newest that was first sent after the change was refused for its signature. `signed with another`: seen, of one that was sent
 * after the change.
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

/** How often, and how long, is waited for what is delivered after the change to show up in the log. */
const LOOK_EVERY_MS = 2_500;
const LOOKS = 12;

/**
 * GitHub signs some moments before the time that its log gives, and dates its answers in whole seconds: what was sent this
 * long after the change was signed after it. A delivery has ten seconds to be answered.
 */
const MARGIN_MS = 12_000;

/** How many entries are read for their signature at once. */
const MAX_READ = 3;

/**
 * Looks how GitHub signs what it sends after the change, which has happened when this is called. An entry that was sent
 * before may be signed with either secret and may show up late: it can prove the new secret, and nothing against it.
 *
 * Asks for a delivery once more where that runs no handler.
 */
export async function proveSecret(
  secret: string,
  deps: ProveDeps,
  signal: AbortSignal,
): Promise<SignatureProof> {
  const { call, clock } = withGitHubTime(deps);
  const log = createDeliveryLog(call);
  const time = () => toCallTime(signal, CALL_MS);
  const before = await readNewest(log, time);
  const sinceMs = clock.now() + MARGIN_MS;
  if (before.length === 0) return 'nothing delivered';
  if (await isAnySignedWith(secret, before, call, signal)) return 'signed with it';
  const asked = await findHarmless(before, log, time);
  if (asked !== undefined) await log.redeliver(asked.id, time());
  const isAfter = (entry: LoggedDelivery): boolean =>
    entry.deliveredAtMs >= sinceMs || (entry.redelivery && entry.guid === asked?.guid);
  const known = new Set(before.map(({ id }) => id));
  for (let look = 0; look < LOOKS; look += 1) {
    await sleep(deps.clock, LOOK_EVERY_MS, signal);
    const fresh = (await readNewest(log, time)).filter(({ id }) => !known.has(id));
    const proof = await judge(secret, { fresh, after: fresh.filter(isAfter) }, deps, signal);
    if (proof !== undefined) return proof;
    for (const { id } of fresh) known.add(id);
  }
  return 'nothing delivered';
}

/** The log has GitHub's times, and a laptop's clock may differ: GitHub dates each of its answers. */
function withGitHubTime({ call, clock }: ProveDeps): { call: CallAsApp; clock: Pick<Clock, 'now'> } {
  let nowMs = Number.NaN;
  return {
    async call(request, signal) {
      const response = await call(request, signal);
      nowMs = Date.parse(response.headers.get('date') ?? '');
      return response;
    },
    clock: { now: () => (Number.isNaN(nowMs) ? clock.now() : nowMs) },
  };
}

async function readNewest(
  log: Pick<DeliveryLog, 'pages'>,
  time: () => CallTime,
): Promise<readonly LoggedDelivery[]> {
  for await (const { deliveries } of log.pages(undefined, time)) return deliveries;
  return [];
}

async function isAnySignedWith(
  secret: string,
  entries: readonly LoggedDelivery[],
  call: CallAsApp,
  signal: AbortSignal,
): Promise<boolean> {
  for (const { id } of entries.slice(0, MAX_READ))
    if ((await findSigner(id, [secret], call, signal)) === secret) return true;
  return false;
}

interface Entries {
  /** All that were not in the log before. */
  readonly fresh: readonly LoggedDelivery[];
  /** Those of them that were sent after the change. */
  readonly after: readonly LoggedDelivery[];
}

/** @returns undefined where these entries tell nothing. */
async function judge(
  secret: string,
  { fresh, after }: Entries,
  { call, others }: ProveDeps,
  signal: AbortSignal,
): Promise<SignatureProof | undefined> {
  if (await isAnySignedWith(secret, fresh, call, signal)) return 'signed with it';
  // What is redelivered may be signed as it was at first, perhaps with a secret that has ended since.
  const first = after.filter(({ redelivery }) => !redelivery);
  for (const { id } of first.slice(0, MAX_READ))
    if ((await findSigner(id, others, call, signal)) !== undefined) return 'signed with another';
  if (first[0]?.statusCode === 401) return 'refused';
  return after.some(isWell) ? 'accepted' : undefined;
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

function isWell({ statusCode }: LoggedDelivery): boolean {
  return statusCode >= 200 && statusCode < 300;
}
