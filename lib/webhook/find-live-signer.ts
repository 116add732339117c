/** Which of the secrets that are live signed a body. The store of the secrets is asked again where what is known may be old. */
import type { RawBody } from '../delivery/payload.ts';
import type { WebhookSecrets } from '../secrets/webhook-secrets.ts';
import { findSigner } from './verify.ts';

/**
 * How long a process that knows the new secret may take the old one, in milliseconds, once that was ended after a leak.
 * Whoever holds the old one can make a process read the store so often, and no oftener.
 */
const ENDED_WITHIN_MS = 5_000;

/**
 * @returns undefined where none of them did.
 * @throws ServiceFault What `WebhookSecrets` throws.
 */
export async function findLiveSigner(
  body: RawBody,
  signature: Buffer,
  secrets: WebhookSecrets,
  signal: AbortSignal,
): Promise<string | undefined> {
  const known = await secrets.live(signal);
  // The secret may have been rotated a moment ago: then the refreshed ones know it.
  const signer =
    findSigner(body, signature, known) ?? findSigner(body, signature, await secrets.refreshed(signal));
  if (signer === undefined || !mayHaveEnded(signer, known, secrets)) return signer;
  return findSigner(body, signature, await secrets.refreshed(signal, ENDED_WITHIN_MS));
}

/** Whether another one is known to replace it, or to have done so. */
function mayHaveEnded(signer: string, known: readonly string[], secrets: WebhookSecrets): boolean {
  const version = secrets.versionOf(signer);
  const isReplaced = (): boolean => known.some((each) => secrets.versionOf(each) === 'pending');
  return version === 'previous' || (version === 'current' && isReplaced());
}
