/** Signs as GitHub does: over the exact bytes of the body, and nothing else. Pure. */
import { createHmac } from 'node:crypto';

/**
 * @returns `X-Hub-Signature-256` of a body.
 * @see GitHub docs, "Validating webhook deliveries"
 */
export function signBody(body: Buffer | string, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}
