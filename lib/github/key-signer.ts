/** Signs the App's JWT with a private key in this process. */
import type { KeyObject } from 'node:crypto';
import { CompactSign } from 'jose/jws/compact/sign';
import { APP_JWT_HEADER, type SignAppJwt } from './app-jwt.ts';

const encoder = new TextEncoder();

/**
 * jose imports the key once and keeps it, on a Node 20 as well, whose keys have no `toCryptoKey`. `CompactSign` and not
 * `SignJWT`: the claims are ours, whole, and an issuer may be a number, which `SignJWT` does not take.
 */
export function createKeySigner(privateKey: KeyObject): SignAppJwt {
  return (claims) =>
    new CompactSign(encoder.encode(JSON.stringify(claims)))
      .setProtectedHeader(APP_JWT_HEADER)
      .sign(privateKey);
}
