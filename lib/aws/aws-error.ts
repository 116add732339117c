/** What AWS refuses, and whether to ask again. Pure. */
import { parseJson, readText } from '../json/json.ts';

/** An answer of AWS's that is no success. Its name is AWS's own: `ConditionalCheckFailedException`, for one. */
export class AwsError extends Error {
  readonly status: number;

  constructor(name: string, message: string, status: number) {
    super(message);
    this.name = name;
    this.status = status;
  }
}

interface Refused {
  /** `DynamoDB GetItem`, for people. */
  readonly what: string;
  readonly status: number;
  /** The body. */
  readonly text: string;
  readonly requestId: string | null;
}

/**
 * The error in an answer. Its type stands in `__type`, behind a namespace and `#`; an answer without one comes from
 * something on the way.
 *
 * @see AWS JSON 1.0 protocol, "Operation error serialization"
 */
export function toAwsError({ what, status, text, requestId }: Refused): AwsError {
  const body = parseJson(text);
  const type = readText(body, '__type') ?? readText(body, 'code') ?? `Http${status}`;
  const said = readText(body, 'message') ?? readText(body, 'Message') ?? 'no message';
  const name = type.split(':', 1)[0]?.split('#').at(-1) ?? type;
  return new AwsError(
    name,
    `${what}: ${said} (HTTP ${status}, request ${requestId ?? 'without an id'})`,
    status,
  );
}

/** Too much at once: AWS asks for longer pauses. */
const THROTTLING =
  /^(Throttl|RequestThrottled|RequestLimitExceeded|ProvisionedThroughputExceeded|TooManyRequests|SlowDown|LimitExceeded|BandwidthLimitExceeded)/;

/** What a request is told whose time of signing is too far from AWS's. */
const SKEWED = [
  'AccessDeniedException',
  'AuthFailure',
  'InvalidSignatureException',
  'RequestExpired',
  'RequestInTheFuture',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
];

/** AWS takes five minutes. */
const MOST_SKEW_MS = 4 * 60_000;

/**
 * `broken`: no whole answer came, so the connection may be dead. `skewed`: what the request was signed with was too
 * far from AWS's clock, which is known now. `refused`: the same would be refused again.
 */
export type FailureKind = 'broken' | 'unavailable' | 'throttled' | 'skewed' | 'refused';

/** What another try can hope for: `throttled` and `unavailable` may pass, `refused` will not. */
export function toFailureKind({ name, status }: AwsError): Exclude<FailureKind, 'skewed'> {
  if (status === 429 || THROTTLING.test(name)) return 'throttled';
  return [500, 502, 503, 504].includes(status) || name.startsWith('RequestTimeout')
    ? 'unavailable'
    : 'refused';
}

/**
 * How far AWS's clock is ahead of this machine's, where that is why a request was refused.
 *
 * @param date The answer's `Date`.
 * @returns undefined where the clock is not what was wrong.
 */
export function toSkewMs(
  { name }: AwsError,
  date: string | null,
  { nowMs, signedAtMs }: { readonly nowMs: number; readonly signedAtMs: number },
): number | undefined {
  const theirsMs = Date.parse(date ?? '');
  const isOff = SKEWED.includes(name) && Math.abs(theirsMs - signedAtMs) >= MOST_SKEW_MS;
  return isOff ? theirsMs - nowMs : undefined;
}
