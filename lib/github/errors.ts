/** GitHub's refusals, told apart. Pure; every text of GitHub's that we rely on stands here. */
import { ServiceFault, type FaultCode } from '../faults.ts';
import { readField } from '../json/json.ts';

/** Reads a header; null or undefined where it is missing. Octokit and fetch keep theirs differently. */
type ReadHeader = (name: string) => string | null | undefined;

interface Refusal {
  readonly status: number;
  readonly header: ReadHeader;
  /** GitHub's `message`. */
  readonly message: string;
}

/** "Not Implemented". GitHub never says so; the stand-in on the laptop does, of a route that it does not know. */
export const NOT_SERVED = 501;

/** How long to wait where GitHub does not say. Source: docs, "Rate limits for the REST API". */
const DEFAULT_RETRY_AFTER_SECONDS = 60;

/** Primary limits start anew every hour; a header that says more is not believed. */
const MAX_RETRY_AFTER_SECONDS = 60 * 60;

/** `message` of an error body; empty where it has none. */
export function readMessage(body: unknown): string {
  const message = readField(body, 'message');
  return typeof message === 'string' ? message : '';
}

/**
 * The seconds to wait, where this is a primary or secondary rate limit.
 *
 * @param nowMs By GitHub's clock, for `x-ratelimit-reset`.
 */
export function findRateLimit({ status, header, message }: Refusal, nowMs: number): number | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const retryAfter = readSeconds(header('retry-after'));
  if (retryAfter !== undefined) return clampWait(retryAfter);
  if (header('x-ratelimit-remaining') === '0') {
    const reset = readSeconds(header('x-ratelimit-reset'));
    return reset === undefined ? DEFAULT_RETRY_AFTER_SECONDS : clampWait(reset - nowMs / 1000);
  }
  const limited = status === 429 || /rate limit|abuse detection/i.test(message);
  return limited ? DEFAULT_RETRY_AFTER_SECONDS : undefined;
}

function readSeconds(text: string | null | undefined): number | undefined {
  return typeof text === 'string' && /^\d+$/.test(text.trim()) ? Number(text) : undefined;
}

function clampWait(seconds: number): number {
  return Math.min(MAX_RETRY_AFTER_SECONDS, Math.max(1, Math.ceil(seconds)));
}

/** An installation's limit: it stops the calls of that installation's tokens, and no others. */
export function rateLimited(retryAfterSeconds: number): ServiceFault {
  return toWait('rate_limited', "GitHub's rate limit", retryAfterSeconds);
}

/** The App's own limit: it stops what the App asks with its JWT, and no call of a token that is there. */
export function appRateLimited(retryAfterSeconds: number): ServiceFault {
  return toWait('app_rate_limited', "GitHub's rate limit for calls as the App", retryAfterSeconds);
}

function toWait(code: FaultCode, limit: string, retryAfterSeconds: number): ServiceFault {
  return new ServiceFault(code, `${limit} is reached; try again in ${retryAfterSeconds} s.`, {
    retryAfterSeconds,
  });
}

/** A 401 for a JWT that only a wrong clock explains: expired, too far ahead, or issued in the future. */
export function isTimeClaimRefusal(message: string): boolean {
  return /'(?:Expiration time|Issued at)' claim \('(?:exp|iat)'\)/.test(message);
}

export function isSuspension(status: number, message: string): boolean {
  return status === 403 && /has been suspended|suspended your access/i.test(message);
}

/** A 422 at the mint about repositories; any other is about permissions. */
export function isRepositoryRefusal(message: string): boolean {
  return /repositor/i.test(message);
}

/** `X-Accepted-GitHub-Permissions`, cut to what such a header holds: `issues=write; pull_requests=write`. */
function readAcceptedPermissions(header: ReadHeader): string | undefined {
  const accepted = header('x-accepted-github-permissions')
    ?.replace(/[^\w=;, ]/g, '')
    .trim();
  return accepted === undefined || accepted === '' ? undefined : accepted.slice(0, 150);
}

/** `X-Not-Served`, in the characters of a route: `GET /repos/{owner}/{repo}/topics`. */
function readRoute(header: ReadHeader): string | undefined {
  const route = header('x-not-served')
    ?.replace(/[^\w{}/. -]/g, '')
    .trim();
  return route === undefined || route === '' ? undefined : route.slice(0, 150);
}

interface HttpError extends Error {
  readonly status: number;
  readonly response?: { readonly headers: unknown; readonly data: unknown };
}

/** What Octokit throws, by shape: a handler may bring an Octokit of its own. */
function isHttpError(error: unknown): error is HttpError {
  return (
    error instanceof Error &&
    error.name === 'HttpError' &&
    'status' in error &&
    typeof error.status === 'number'
  );
}

/** The refusal in what Octokit threw; undefined where no answer came. */
function toRefusal(error: HttpError): Refusal | undefined {
  const { response } = error;
  if (response === undefined) return undefined;
  return {
    status: error.status,
    message: readMessage(response.data),
    header: (name) => readHeader(response.headers, name),
  };
}

/** Octokit's headers are an object of texts and, for lengths, numbers. */
function readHeader(headers: unknown, name: string): string | undefined {
  const value = readField(headers, name);
  return typeof value === 'string' || typeof value === 'number' ? `${value}` : undefined;
}

/**
 * What a handler threw, as a fault. A status of GitHub's says what went wrong for the handler; it
 * is never the status that the webhook answers: only a rate limit and an outage show there.
 */
export function toHandlerFault(error: unknown, nowMs: number): ServiceFault {
  if (error instanceof ServiceFault) return error;
  // What stopped a call before or under way: Octokit wraps it.
  if (isHttpError(error) && error.cause instanceof ServiceFault) return error.cause;
  const fault = isHttpError(error) ? toCallFault(error, nowMs) : toGraphqlFault(error, nowMs);
  return fault ?? new ServiceFault('handler_error', 'The handler threw.', { cause: error });
}

function toCallFault(error: HttpError, nowMs: number): ServiceFault | undefined {
  const refusal = toRefusal(error);
  if (refusal?.status === NOT_SERVED) {
    return new ServiceFault(
      'route_not_served',
      "What stands in for GitHub does not serve a handler's call.",
      {
        detail: readRoute(refusal.header),
        cause: error,
      },
    );
  }
  if (refusal === undefined || refusal.status >= 500) {
    return new ServiceFault('github_unavailable', "GitHub failed to answer a handler's call.", {
      cause: error,
    });
  }
  const wait = findRateLimit(refusal, nowMs);
  if (wait !== undefined) return rateLimited(wait);
  if (isSuspension(refusal.status, refusal.message)) {
    return new ServiceFault(
      'installation_suspended',
      'The installation was suspended while its token lived.',
    );
  }
  if (refusal.status !== 403) return undefined;
  return new ServiceFault('permission_missing', "GitHub refused a handler's call for want of a permission.", {
    detail: readAcceptedPermissions(refusal.header),
    cause: error,
  });
}

/** GraphQL answers 200 and tells its refusals in `errors[].type`. */
function toGraphqlFault(error: unknown, nowMs: number): ServiceFault | undefined {
  if (!(error instanceof Error) || error.name !== 'GraphqlResponseError') return undefined;
  const errors = readField(error, 'errors');
  const types = Array.isArray(errors) ? errors.map((entry: unknown) => readField(entry, 'type')) : [];
  if (types.includes('RATE_LIMITED') || types.includes('RATE_LIMIT')) {
    const header: ReadHeader = (name) => readHeader(readField(error, 'headers'), name);
    return rateLimited(
      findRateLimit({ status: 429, header, message: '' }, nowMs) ?? DEFAULT_RETRY_AFTER_SECONDS,
    );
  }
  if (types.includes('FORBIDDEN')) {
    return new ServiceFault(
      'permission_missing',
      "GitHub refused a handler's query for want of a permission.",
      {
        cause: error,
      },
    );
  }
  return undefined;
}
