/**
 * What GitHub asks of an App JWT, and the words it refuses one with. No I/O, no clock.
 *
 * Source: GitHub docs, "Generating a JSON Web Token (JWT) for a GitHub App"; the messages as clients report them.
 */
import { type KeyObject, verify } from 'node:crypto';
import { type JsonObject, parseJson, toObject } from '../../lib/json/json.ts';
import { type Reply, refuse } from './replies.ts';

/** How far ahead `exp` may be, by GitHub's clock. */
const MAX_LIFETIME_SECONDS = 600;

const UNDECODABLE = 'A JSON web token could not be decoded';

export interface RegisteredApp {
  readonly id: number;
  readonly clientId: string;
  readonly publicKeys: readonly KeyObject[];
}

/**
 * Checked in this order: form, issuer, registered keys, signature, times.
 *
 * @returns The refusal, or `undefined` where GitHub would let it pass.
 */
export function checkAppJwt(jwt: string, app: RegisteredApp, nowSeconds: number): Reply | undefined {
  const [header = '', payload = '', signature = ''] = jwt.split('.');
  const claims = toObject(decode(payload));
  if (toObject(decode(header))['alg'] !== 'RS256') return refuse(401, UNDECODABLE);
  return (
    checkIssuer(claims, app) ??
    checkSignature(`${header}.${payload}`, signature, app.publicKeys) ??
    checkTimes(claims, nowSeconds)
  );
}

/** No JWT at all, or another credential in its place. */
export function missingAppJwt(): Reply {
  return refuse(401, UNDECODABLE);
}

function checkIssuer({ iss }: JsonObject, app: RegisteredApp): Reply | undefined {
  const isClientId = typeof iss === 'string' && !/^\d+$/.test(iss);
  if (!isClientId && !Number.isInteger(iss)) return refuse(401, "'Issuer' claim ('iss') must be an Integer");
  return iss === app.id || iss === app.clientId ? undefined : refuse(404, 'Integration not found');
}

function checkSignature(signed: string, signature: string, keys: readonly KeyObject[]): Reply | undefined {
  if (keys.length === 0) return refuse(401, 'Integration must generate a public key');
  const bytes = Buffer.from(signature, 'base64url');
  const matches = keys.some((key) => verify('sha256', Buffer.from(signed), key, bytes));
  return matches ? undefined : refuse(401, UNDECODABLE);
}

function checkTimes({ iat, exp }: JsonObject, nowSeconds: number): Reply | undefined {
  if (typeof iat !== 'number' || !Number.isInteger(iat) || iat > nowSeconds) {
    return refuse(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  }
  if (typeof exp !== 'number' || exp <= nowSeconds) {
    return refuse(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  }
  if (exp > nowSeconds + MAX_LIFETIME_SECONDS) {
    return refuse(401, "'Expiration time' claim ('exp') is too far in the future");
  }
  return undefined;
}

function decode(part: string): unknown {
  return parseJson(Buffer.from(part, 'base64url').toString('utf8'));
}
