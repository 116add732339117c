import { describe, expect, it } from 'vitest';
import { ServiceFault } from '../../lib/faults.ts';
import {
  appRateLimited,
  createPause,
  rateLimited,
  readLimitedResource,
} from '../../lib/github/rate-limit.ts';
import { thrownBy } from '../harness/thrown.ts';

const toHeader = (headers: Readonly<Record<string, string>>) => ({ header: (name: string) => headers[name] });

describe('what a primary limit is counted for', () => {
  it.each([
    {
      what: 'a search',
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-resource': 'search' },
      is: 'search',
    },
    {
      what: 'code scanning',
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-resource': 'code_scanning_upload' },
      is: 'code_scanning_upload',
    },
    {
      what: 'a limit that is not used up',
      headers: { 'x-ratelimit-remaining': '1', 'x-ratelimit-resource': 'core' },
    },
    { what: 'a secondary limit', headers: { 'x-ratelimit-resource': 'core' } },
    { what: 'a limit without a name', headers: { 'x-ratelimit-remaining': '0' } },
    { what: 'an empty name', headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-resource': '' } },
    {
      what: 'a name with a blank',
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-resource': 'co re' },
    },
    {
      what: 'a name with a sign before',
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-resource': '"core' },
    },
    {
      what: 'a name with a sign after',
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-resource': 'core"' },
    },
  ])('of $what is $is', ({ headers, is }) => {
    expect(readLimitedResource(toHeader(headers))).toBe(is);
  });

  it('is no name of more than 50 letters', () => {
    const named = (length: number) =>
      readLimitedResource(
        toHeader({ 'x-ratelimit-remaining': '0', 'x-ratelimit-resource': 'r'.repeat(length) }),
      );
    expect([named(50)?.length, named(51)]).toEqual([50, undefined]);
  });
});

it('a limit says whose it is, and how long to wait', () => {
  expect(rateLimited(90, 'search')).toMatchObject({
    code: 'rate_limited',
    message: "GitHub's rate limit is reached; try again in 90 s.",
    retryAfterSeconds: 90,
    resource: 'search',
  });
  expect(appRateLimited(61)).toMatchObject({
    code: 'app_rate_limited',
    message: "GitHub's rate limit for calls as the App is reached; try again in 61 s.",
    retryAfterSeconds: 61,
  });
});

describe('a pause', () => {
  it.each([
    { what: 'another fault', error: rateLimited(60) },
    {
      what: 'another fault with a wait',
      error: new ServiceFault('in_progress', 'x', { retryAfterSeconds: 9 }),
    },
    {
      what: 'no fault',
      error: Object.assign(new Error('x'), { code: 'app_rate_limited', retryAfterSeconds: 60 }),
    },
  ])('does not begin with $what, which is thrown on', ({ error }) => {
    const pause = createPause(() => 0);
    expect(thrownBy(() => pause.note(error))).toBe(error);
    expect(pause.seconds()).toBe(0);
  });

  it('lasts as long as the longest limit says, and is never made shorter', () => {
    let nowMs = 0;
    const pause = createPause(() => nowMs);
    thrownBy(() => pause.note(appRateLimited(60)));
    thrownBy(() => pause.note(appRateLimited(30)));
    expect(pause.seconds()).toBe(60);
    nowMs = 59_001;
    expect(pause.seconds()).toBe(1);
    nowMs = 60_000;
    expect(pause.seconds()).toBe(0);
  });

  it('ends within an hour where the clock is put back', () => {
    let nowMs = 10_000_000_000;
    const pause = createPause(() => nowMs);
    thrownBy(() => pause.note(appRateLimited(60)));
    nowMs = 0;
    expect(pause.seconds()).toBe(3_600);
  });
});
