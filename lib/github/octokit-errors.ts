/** What Octokit threw, read as what GitHub said. Pure. By shape: a handler may bring an Octokit of its own. */
import { ServiceFault } from '../faults.ts';
import { readField, readText } from '../json/json.ts';
import {
  findRateLimit,
  rateLimited,
  readLimitedResource,
  saysRateLimit,
  toWaitSeconds,
} from './rate-limit.ts';
import { explainRefusal, readMessage, type Refusal } from './refusal.ts';

/** What a call was made with and when, as far as its refusal depends on it. */
interface Circumstances {
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** What the token may do, where that is known. */
  readonly permissions?: Readonly<Record<string, string>> | undefined;
}

/** "Not Implemented". GitHub never says so; the stand-in on the laptop does, of a route that it does not know. */
export const NOT_SERVED = 501;

/**
 * The fault that a failed call is; a status of GitHub's is never the status that the webhook answers.
 *
 * @returns undefined for what no call threw, and for a refusal that only the handler can explain: 404, 422 …
 */
export function readCallFault(error: unknown, circumstances: Circumstances): ServiceFault | undefined {
  // What stopped a call before or under way: Octokit wraps it.
  if (isHttpError(error) && error.cause instanceof ServiceFault) return error.cause;
  return isHttpError(error) ? toRestFault(error, circumstances) : toGraphqlFault(error, circumstances);
}

interface HttpError extends Error {
  readonly status: number;
  readonly response?: { readonly headers: unknown; readonly data: unknown };
}

function isHttpError(error: unknown): error is HttpError {
  return (
    error instanceof Error &&
    error.name === 'HttpError' &&
    'status' in error &&
    typeof error.status === 'number'
  );
}

function toRestFault(error: HttpError, { nowMs, permissions }: Circumstances): ServiceFault | undefined {
  const refusal = toRefusal(error);
  if (refusal === undefined) return unavailable(error);
  if (refusal.status === NOT_SERVED) {
    const message = "What stands in for GitHub does not serve a handler's call.";
    return new ServiceFault('route_not_served', message, { detail: readRoute(refusal), cause: error });
  }
  if (refusal.status >= 500) return unavailable(error);
  const wait = findRateLimit(refusal, nowMs);
  return wait === undefined
    ? withCause(explainRefusal(refusal, permissions), error)
    : rateLimited(wait, readLimitedResource(refusal));
}

/** The refusal in what Octokit threw; undefined where no answer came. */
function toRefusal({ status, response }: HttpError): Refusal | undefined {
  return (
    response && {
      status,
      message: readMessage(response.data),
      header: (name) => readHeader(response.headers, name),
    }
  );
}

interface GraphqlError {
  readonly type: string | undefined;
  readonly message: string;
}

/** GraphQL answers 200, and tells what it refuses in `errors`. */
function toGraphqlFault(error: unknown, circumstances: Circumstances): ServiceFault | undefined {
  if (!(error instanceof Error) || error.name !== 'GraphqlResponseError') return undefined;
  const header = (name: string): string | undefined => readHeader(readField(error, 'headers'), name);
  const listed = readField(error, 'errors');
  const errors = Array.isArray(listed) ? listed.map(toGraphqlError) : [];
  const limit = errors.find(isLimit);
  if (limit !== undefined) {
    // A limit with a type is the primary one, also where the headers do not say of what.
    const resource = readLimitedResource({ header }) ?? (limit.type && 'graphql');
    return rateLimited(toWaitSeconds({ header }, circumstances.nowMs), resource);
  }
  for (const { type, message } of errors) {
    if (type === undefined && /^something went wrong while executing your query/i.test(message))
      return unavailable(error);
    const status = STATUS_OF_TYPE.get(type ?? '');
    const fault = status && explainRefusal({ status, message, header }, circumstances.permissions);
    if (fault) return withCause(fault, error);
  }
  return undefined;
}

/** The status that the REST API has for the same. */
const STATUS_OF_TYPE: ReadonlyMap<string, number> = new Map([
  ['FORBIDDEN', 403],
  ['UNPROCESSABLE', 403],
]);

function toGraphqlError(error: unknown): GraphqlError {
  return { type: readText(error, 'type'), message: readMessage(error) };
}

/** The documentation has RATE_LIMITED; since 2025 GitHub says RATE_LIMIT, or nothing but a message. */
function isLimit({ type, message }: GraphqlError): boolean {
  return type === 'RATE_LIMITED' || type === 'RATE_LIMIT' || (type === undefined && saysRateLimit(message));
}

/** Octokit's headers are an object of texts and, for lengths, numbers. */
function readHeader(headers: unknown, name: string): string | undefined {
  const value = readField(headers, name);
  return typeof value === 'string' || typeof value === 'number' ? `${value}` : undefined;
}

/** `X-Not-Served`, in the characters of a route: `GET /repos/{owner}/{repo}/topics`. */
function readRoute({ header }: Refusal): string | undefined {
  const route = header('x-not-served')
    ?.replace(/[^\w{}/. -]/g, '')
    .trim();
  return route === undefined || route === '' ? undefined : route.slice(0, 150);
}

function unavailable(cause: unknown): ServiceFault {
  return new ServiceFault('github_unavailable', "GitHub failed to answer a handler's call.", { cause });
}

function withCause(fault: ServiceFault | undefined, cause: unknown): ServiceFault | undefined {
  if (fault === undefined) return undefined;
  const { code, message, detail } = fault;
  return new ServiceFault(code, message, { detail, cause });
}
