/** What GitHub says of the App's webhook, and which secret signed what it delivered last. */
import { ServiceFault } from '../../lib/faults.ts';
import type { CallAsApp } from '../../lib/github/app-calls.ts';
import type { LoggedDelivery } from '../../lib/github/logged-delivery.ts';
import { isObject, readField, readText } from '../../lib/json/json.ts';
import { findSigner } from '../../lib/rotation/prove-secret.ts';
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
    const signer = await findSigner(id, secrets, call, signal);
    signed.push(signer === undefined ? 'unknown' : 'by one that is held');
  }
  return signed;
}
