/** The App's own JWT: minutes long, for `/app…` endpoints and look-ups only. No calls; the clock is passed in. */
/** How far back `iat` is set, against clock drift. Source: GitHub docs, "Generating a JSON Web Token (JWT) for a GitHub App". */
const APP_JWT_BACKDATE_SECONDS = 60;

/** Lifetime from now; GitHub refuses over 600 s by its own clock, so a minute is left for drift. */
const APP_JWT_LIFETIME_SECONDS = 540;

/** A JWT is not used in its last minute: it must still be good when GitHub reads it. */
const REUSE_MARGIN_SECONDS = 60;

/**
 * A clock may be set to another zone, or not to the day; one that is further off is not GitHub's. A wrong `Date`
 * would make every token look dead, or for ever young.
 */
const MAX_CLOCK_OFFSET_MS = 24 * 60 * 60_000;

/** What a JWT of the App says. Times in seconds since the epoch. */
export interface AppJwtClaims {
  /** Seconds since the epoch. */
  readonly iat: number;
  readonly exp: number;
  readonly iss: string | number;
}

/** Claims in, compact JWT out: with a key in this process (`key-signer.ts`), or with one in KMS that nobody can read. */
export type SignAppJwt = (claims: AppJwtClaims) => Promise<string>;

/**
 * An issuer of digits goes as a JSON number: GitHub has refused numeric ids in quotes with `'Issuer'
 * claim ('iss') must be an Integer`. Client ids stay text.
 */
export function toAppJwtClaims(appId: string, nowSeconds: number): AppJwtClaims {
  const now = Math.floor(nowSeconds);
  return {
    iat: now - APP_JWT_BACKDATE_SECONDS,
    exp: now + APP_JWT_LIFETIME_SECONDS,
    iss: /^\d+$/.test(appId) ? Number(appId) : appId,
  };
}

/** The signers that the App has now, wherever its keys are. */
export interface AppSigners {
  /** The one to try first in front. Same array, same keys: a JWT can be kept beside it. */
  signers(signal: AbortSignal): Promise<readonly SignAppJwt[]>;
  /** The same after they were looked up anew, since GitHub refused one of them. */
  refreshed(signal: AbortSignal): Promise<readonly SignAppJwt[]>;
}

/** What every JWT of an App begins with. */
export const APP_JWT_HEADER = { alg: 'RS256', typ: 'JWT' } as const;

/** The part of the JWT that is signed, for whatever makes a bare signature. */
export function toSigningInput(claims: AppJwtClaims): string {
  return `${toBase64Url(APP_JWT_HEADER)}.${toBase64Url(claims)}`;
}

function toBase64Url(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

/** JWTs of the App, and GitHub's clock as far as its answers tell of it. */
export interface AppJwtSource {
  /** A JWT for the current time, by GitHub's clock; the last one while it lives. */
  issue(sign: SignAppJwt): Promise<string>;
  /**
   * Takes the offset of GitHub's clock from a response's `Date`, after it refused a time claim.
   *
   * @returns Whether it did: a date that is further off than any clock may be is not believed.
   */
  correctClock(serverDate: Date): boolean;
  /** GitHub's time, in milliseconds since the epoch. */
  readonly githubNow: () => number;
}

/** @param now Milliseconds since the epoch. */
export function createAppJwtSource(appId: string, now: () => number): AppJwtSource {
  let offsetMs = 0;
  let last: { readonly sign: SignAppJwt; readonly exp: number; readonly jwt: Promise<string> } | undefined;
  const githubNow = (): number => now() + offsetMs;

  return {
    githubNow,
    issue(sign) {
      if (last?.sign === sign && githubNow() / 1000 < last.exp - REUSE_MARGIN_SECONDS) return last.jwt;
      const claims = toAppJwtClaims(appId, githubNow() / 1000);
      const issued = { sign, exp: claims.exp, jwt: sign(claims) };
      last = issued;
      issued.jwt.catch(() => {
        if (last === issued) last = undefined;
      });
      return issued.jwt;
    },
    correctClock(serverDate) {
      const offered = serverDate.getTime() - now();
      // Also where it is no date at all.
      if (!(Math.abs(offered) <= MAX_CLOCK_OFFSET_MS)) return false;
      offsetMs = offered;
      last = undefined;
      return true;
    },
  };
}
