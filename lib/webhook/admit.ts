/** Verifies a request: nothing of it is believed, and its body not parsed, before GitHub is known to have signed it. */
import { toEnvelope, type Envelope } from '../delivery/delivery.ts';
import { toBodyFormat, type BodyFormat } from '../delivery/payload.ts';
import type { Rejection } from './answer.ts';
import type { WebhookRequest } from './receive.ts';
import type { VersionName } from '../secrets/secret-cache.ts';
import type { WebhookSecrets } from '../secrets/webhook-secrets.ts';
import { findLiveSigner } from './find-live-signer.ts';
import { parseSignature } from './verify.ts';

/** A request of GitHub's. */
export interface Admitted {
  readonly envelope: Envelope;
  readonly format: BodyFormat;
  /** Which version of the webhook secret signed it. */
  readonly signedWith: VersionName;
}

interface Refused {
  readonly rejection: Rejection;
}

interface AdmitDeps {
  readonly secrets: WebhookSecrets;
  readonly signal: AbortSignal;
}

/**
 * Checks, in this order: method, content type, signature, the headers that name event and delivery.
 *
 * @throws ServiceFault What `WebhookSecrets` throws.
 */
export async function admit(
  request: WebhookRequest,
  receivedAt: Date,
  { secrets, signal }: AdmitDeps,
): Promise<Admitted | Refused> {
  if (request.method !== 'POST') return { rejection: 'method_not_allowed' };
  const format = toBodyFormat(request.header('content-type'));
  if (format === undefined) return { rejection: 'content_type_unsupported' };
  const signature = parseSignature(request.header('x-hub-signature-256'));
  if (signature === undefined) return { rejection: 'signature_missing' };
  const signer = await findLiveSigner(request.body, signature, secrets, signal);
  if (signer === undefined) return { rejection: 'signature_mismatch' };
  const envelope = toEnvelope(request, receivedAt);
  if (envelope === undefined) return { rejection: 'headers_missing' };
  return { envelope, format, signedWith: secrets.versionOf(signer) };
}
