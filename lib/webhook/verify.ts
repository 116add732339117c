/** Whether GitHub signed a body. Pure: bytes in, verdict out. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { RawBody } from '../delivery/payload.ts';

/** `sha256=` and 64 lower-case hex digits, nothing before or after. */
const SIGNATURE = /^sha256=([0-9a-f]{64})$/;

/**
 * The digest of an `X-Hub-Signature-256` header. Undefined for whatever GitHub never sends: no
 * header, SHA-1, another case or length, blanks, or two headers joined. No secret is needed to
 * refuse those, so they cost none.
 */
export function parseSignature(header: string | undefined): Buffer | undefined {
  const digits = header === undefined ? undefined : SIGNATURE.exec(header)?.[1];
  return digits === undefined ? undefined : Buffer.from(digits, 'hex');
}

/**
 * Finds which of the secrets made this signature over exactly these bytes.
 *
 * @param body      As received, base64-decoded, never re-serialised. Text stands for its UTF-8.
 * @param signature 32 bytes, of `parseSignature`.
 * @param secrets   Every live secret; none of them blank. All are tried, so the time taken does not
 *                  tell which one matched.
 * @returns undefined where none of them did.
 * @see GitHub docs, "Validating webhook deliveries"
 */
export function findSigner(body: RawBody, signature: Buffer, secrets: readonly string[]): string | undefined {
  let signer: string | undefined;
  for (const secret of secrets) {
    // As a text first: a Buffer that comes from a digest has memory of its own, which is slow to make and to collect.
    const expected = Buffer.from(createHmac('sha256', secret).update(body).digest('hex'), 'hex');
    if (timingSafeEqual(expected, signature)) signer ??= secret;
  }
  return signer;
}

/** Whether one of the secrets made the signature: as `findSigner`. */
export function verifySignature(body: RawBody, signature: Buffer, secrets: readonly string[]): boolean {
  return findSigner(body, signature, secrets) !== undefined;
}
