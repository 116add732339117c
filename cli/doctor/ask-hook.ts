/** What GitHub says of the App's webhook, and which secret signed what it delivered last. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { ServiceFault } from '../../lib/faults.ts';
import type { CallAsApp } from '../../lib/github/app-calls.ts';
import type { LoggedDelivery } from '../../lib/github/logged-delivery.ts';
import { stringifyExactJson } from '../../lib/json/exact-json.ts';
import { isObject, readField, readText } from '../../lib/json/json.ts';
import type { HookFacts, Signed } from './judge-hook.ts';

/** Deliveries whose signature is looked at. */
const LOOKED_AT = 3;

/** @throws ServiceFault */
export async function askHook(call: CallAsApp, signal: AbortSignal): Promise<HookFacts> {
  const { status, body } = await call({ method: 'GET', path: '/app/hook/config' }, signal);
  if (status !== 200 || !isObject(body)) {
    throw new ServiceFault('github_unexpected', "GitHub did not show the App's webhook.", {
      detail: `GET /app/hook/config: ${status}`,
    });
  }
  return {
    url: readText(body, 'url') ?? '',
    contentType: readText(body, 'content_type') ?? 'form', // what GitHub takes where none is set
    insecureSsl: String(readText(body, 'insecure_ssl') ?? readField(body, 'insecure_ssl')) === '1',
  };
}

/** @param secrets Those that are held. None of them, nor a payload, goes anywhere. */
export async function askSignatures(
  call: CallAsApp,
  log: readonly LoggedDelivery[],
  secrets: readonly string[],
  signal: AbortSignal,
): Promise<readonly Signed[]> {
  const signed: Signed[] = [];
  for (const { id } of log.slice(0, LOOKED_AT)) {
    const { status, body } = await call({ method: 'GET', path: `/app/hook/deliveries/${id}` }, signal);
    const request = readField(body, 'request');
    const payload = readField(request, 'payload');
    const signature = readHeader(readField(request, 'headers'), 'x-hub-signature-256');
    if (status !== 200 || !isObject(payload) || signature === undefined) continue;
    signed.push(isSignedBy(secrets, payload, signature) ? 'by one that is held' : 'unknown');
  }
  return signed;
}

/**
 * The log has the payload as JSON, not the bytes that were signed. Where those had no blanks and no escapes of their
 * own, which is how GitHub writes most payloads, they come out again.
 */
function isSignedBy(secrets: readonly string[], payload: object, signature: string): boolean {
  const text = stringifyExactJson(payload);
  // As Rails escapes JSON for HTML.
  const escaped = text.replaceAll(
    /[<>&\u2028\u2029]/g,
    (found) => String.raw`\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const form = (json: string): string => `payload=${encodeURIComponent(json).replaceAll('%20', '+')}`;
  const bodies = [text, escaped].flatMap((json) => [json, form(json)]);
  return secrets.some((secret) => bodies.some((body) => isSame(signature, sign(secret, body))));
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
  const [, value] =
    Object.entries(isObject(headers) ? headers : {}).find(([key]) => key.toLowerCase() === name) ?? [];
  return typeof value === 'string' ? value : undefined;
}
