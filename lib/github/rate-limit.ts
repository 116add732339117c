/** GitHub's rate limits: which answer is one, and how long to wait. Pure. */
import { ServiceFault } from '../faults.ts';
import type { Refusal } from './refusal.ts';

/** How long to wait where GitHub does not say. Source: GitHub docs, "Rate limits for the REST API". */
const DEFAULT_RETRY_AFTER_SECONDS = 60;

/** Primary limits start anew every hour; a header that says more is not believed. */
const MAX_RETRY_AFTER_SECONDS = 60 * 60;

/** How a message says that it is about a limit, also on a server that still calls it abuse. */
const LIMIT_WORDS = /rate limit|abuse detection|submitted too quickly/i;

/**
 * The seconds to wait, where this is a primary or secondary rate limit.
 *
 * @param nowMs By GitHub's clock, for `x-ratelimit-reset`.
 */
export function findRateLimit({ status, header, message }: Refusal, nowMs: number): number | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const wait = readWait({ header }, nowMs);
  if (wait !== undefined) return wait;
  return status === 429 || saysRateLimit(message) ? DEFAULT_RETRY_AFTER_SECONDS : undefined;
}

/** The same for what is known to be a limit. */
export function toWaitSeconds(refusal: Pick<Refusal, 'header'>, nowMs: number): number {
  return readWait(refusal, nowMs) ?? DEFAULT_RETRY_AFTER_SECONDS;
}

function readWait({ header }: Pick<Refusal, 'header'>, nowMs: number): number | undefined {
  const retryAfter = readSeconds(header('retry-after'));
  if (retryAfter !== undefined) return clampWait(retryAfter);
  if (header('x-ratelimit-remaining') !== '0') return undefined;
  const reset = readSeconds(header('x-ratelimit-reset'));
  return reset === undefined ? DEFAULT_RETRY_AFTER_SECONDS : clampWait(reset - nowMs / 1000);
}

/** Whether the words of an answer are about a limit. */
export function saysRateLimit(message: string): boolean {
  return LIMIT_WORDS.test(message);
}

/**
 * What a primary limit is counted for: `core`, `search`, `graphql` …; GitHub counts each by itself. A secondary
 * limit holds for all calls, and has none.
 */
export function readLimitedResource({ header }: Pick<Refusal, 'header'>): string | undefined {
  if (header('x-ratelimit-remaining') !== '0') return undefined;
  const resource = header('x-ratelimit-resource');
  return typeof resource === 'string' && /^\w{1,50}$/.test(resource) ? resource : undefined;
}

/**
 * An installation's limit: it stops the calls of that installation's tokens, and no others.
 *
 * @param resource As `readLimitedResource` has it.
 */
export function rateLimited(retryAfterSeconds: number, resource?: string): ServiceFault {
  return new ServiceFault('rate_limited', sayWait("GitHub's rate limit", retryAfterSeconds), {
    retryAfterSeconds,
    resource,
  });
}

/** The App's own limit: it stops what the App asks with its JWT, and no call of a token that is there. */
export function appRateLimited(retryAfterSeconds: number): ServiceFault {
  const message = sayWait("GitHub's rate limit for calls as the App", retryAfterSeconds);
  return new ServiceFault('app_rate_limited', message, { retryAfterSeconds });
}

/** All calls of a kind, stopped by a limit until it has passed. */
export interface Pause {
  /** Whole seconds that are left of it; 0 where calls go on. */
  seconds(): number;
  /** Begins it, or makes it longer, where the error is a limit of the App; throws the error on. */
  readonly note: (error: unknown) => never;
}

/** @param now Milliseconds since the epoch, by a clock that no answer of GitHub's moves. */
export function createPause(now: () => number): Pause {
  let untilMs = 0;
  return {
    seconds() {
      // Longer than any limit lasts: the clock was put back meanwhile.
      untilMs = Math.min(untilMs, now() + MAX_RETRY_AFTER_SECONDS * 1000);
      return Math.ceil(Math.max(0, untilMs - now()) / 1000);
    },
    note(error) {
      if (error instanceof ServiceFault && error.code === 'app_rate_limited')
        untilMs = Math.max(untilMs, now() + (error.retryAfterSeconds ?? 0) * 1000);
      throw error;
    },
  };
}

function sayWait(limit: string, seconds: number): string {
  return `${limit} is reached; try again in ${seconds} s.`;
}

function readSeconds(text: string | null | undefined): number | undefined {
  return typeof text === 'string' && /^\d+$/.test(text.trim()) ? Number(text) : undefined;
}

function clampWait(seconds: number): number {
  return Math.min(MAX_RETRY_AFTER_SECONDS, Math.max(1, Math.ceil(seconds)));
}
