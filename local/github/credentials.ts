/** What a request brought in `Authorization`, told apart by form alone. Nothing is believed here. */
import { createHash } from 'node:crypto';

export type PresentedCredential =
  | { readonly kind: 'none' }
  | { readonly kind: 'jwt'; readonly text: string; readonly scheme: string }
  | { readonly kind: 'token'; readonly text: string; readonly scheme: string };

/** A JWT is three dotted parts of which the first is a JSON object; a stateless token has dots too, but a prefix. */
const JWT = /^eyJ[\w-]*\.[\w-]*\.[\w-]*$/;

export function readCredential(authorization: string | undefined): PresentedCredential {
  const match = /^(\S+)\s+(\S+)$/.exec(authorization?.trim() ?? '');
  const scheme = match?.[1]?.toLowerCase();
  const text = match?.[2];
  if (scheme === undefined || text === undefined) return { kind: 'none' };
  return { kind: JWT.test(text) ? 'jwt' : 'token', text, scheme };
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
