/**
 * Installation tokens: made here, opaque to everybody, known afterwards by their SHA-256 alone.
 * Owns expiry, revocation and the lag of fresh tokens; what a grant allows is judged elsewhere.
 */
import { randomBytes } from 'node:crypto';
import { sha256 } from './credentials.ts';
import type { Grant, IssuedToken, Lag, TokenStyle } from './types.ts';

interface TokenRecord {
  readonly sha256: string;
  readonly grant: Grant;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  revoked: boolean;
  lag: Lag | undefined;
  refusals: number;
}

export interface Tokens {
  readonly issued: readonly IssuedToken[];
  /** @returns The token's text, which is kept nowhere, and its record. */
  issue(grant: Grant, style: TokenStyle): { readonly text: string; readonly token: IssuedToken };
  /** The live token with this text; `undefined` where it is unknown, expired or revoked. */
  find(text: string): IssuedToken | undefined;
  /** The status that this call is refused with, as a replica does that has not heard of the token yet. */
  takeRefusal(token: IssuedToken): Lag['status'] | undefined;
  revoke(text: string): void;
  revokeInstallation(id: number): void;
  lag(lag: Lag | undefined): void;
  /** Whether a lag was ordered and not ended. */
  isLagging(): boolean;
}

export function createTokens(deps: {
  readonly appId: number;
  readonly lifetimeSeconds: number;
  readonly now: () => number;
}): Tokens {
  const records = new Map<string, TokenRecord>();
  const issued: IssuedToken[] = [];
  let lag: Lag | undefined;

  return {
    issued,
    issue(grant, style) {
      const text = style === 'classic' ? classic() : stateless(deps.appId);
      const issuedAt = new Date(deps.now());
      const token: TokenRecord = {
        sha256: sha256(text),
        grant,
        issuedAt,
        // GitHub gives whole seconds.
        expiresAt: new Date((Math.floor(deps.now() / 1000) + deps.lifetimeSeconds) * 1000),
        revoked: false,
        lag,
        refusals: 0,
      };
      records.set(token.sha256, token);
      issued.push(token);
      return { text, token };
    },
    find(text) {
      const token = records.get(sha256(text));
      return token && !token.revoked && token.expiresAt.getTime() > deps.now() ? token : undefined;
    },
    takeRefusal(token) {
      const record = records.get(token.sha256);
      if (!record?.lag) return undefined;
      const { status, calls = Infinity, ms = Infinity } = record.lag;
      if (record.refusals >= calls || deps.now() - record.issuedAt.getTime() >= ms) return undefined;
      record.refusals += 1;
      return status;
    },
    revoke(text) {
      const token = records.get(sha256(text));
      if (token) token.revoked = true;
    },
    revokeInstallation(id) {
      for (const token of records.values()) if (token.grant.installationId === id) token.revoked = true;
    },
    isLagging: () => lag !== undefined,
    lag(next) {
      lag = next;
      if (!next) for (const token of records.values()) token.lag = undefined;
    },
  };
}

/** 40 characters. */
function classic(): string {
  const letters = randomBytes(64)
    .toString('base64')
    .replaceAll(/[^A-Za-z0-9]/g, '');
  return letters.length < 36 ? classic() : `ghs_${letters.slice(0, 36)}`;
}

/** About 520 characters, with two dots, and any of base64url's. What is in it is nobody's business. */
function stateless(appId: number): string {
  const header = Buffer.from('{"alg":"ES256","typ":"JWT"}').toString('base64url');
  return `ghs_${appId}_${header}.${randomBytes(288).toString('base64url')}.${randomBytes(64).toString('base64url')}`;
}
