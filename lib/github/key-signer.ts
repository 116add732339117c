/** Signs the App's JWT with a private key in this process. */
import type { KeyObject } from 'node:crypto';
import { CompactSign } from 'jose/jws/compact/sign';
import { APP_JWT_HEADER, type SignAppJwt } from './app-jwt.ts';

/** RS256. Source: RFC 7518, section 3.3. */
const ALGORITHM = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };

const encoder = new TextEncoder();

/**
 * The key is imported here, once. `CompactSign` and not `SignJWT`: the claims are ours, whole, and an issuer may be
 * a number, which `SignJWT` does not take.
 */
export function createKeySigner(privateKey: KeyObject): SignAppJwt {
  const key = privateKey.toCryptoKey(ALGORITHM, false, ['sign']);
  return (claims) =>
    new CompactSign(encoder.encode(JSON.stringify(claims))).setProtectedHeader(APP_JWT_HEADER).sign(key);
}
