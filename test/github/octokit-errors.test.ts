import { describe, expect, it } from 'vitest';
import { startDeadline } from '../../lib/async/deadline.ts';
import { ServiceFault } from '../../lib/faults.ts';
import { createClient } from '../../lib/github/client.ts';
import type { OctokitClient } from '../../lib/github/octokit.ts';
import { readCallFault } from '../../lib/github/octokit-errors.ts';
import { findRateLimit } from '../../lib/github/rate-limit.ts';
import { isRepositoryRefusal, isSuspension, isTimeClaimRefusal } from '../../lib/github/refusal.ts';
import { createSceneClock, json, NOW, recordingLog, stubFetch } from './scene.ts';

const CIRCUMSTANCES = { nowMs: NOW, permissions: { metadata: 'read' } };
const NO_TOKEN_MAY = 'Resource not accessible by integration';

/** What a handler's call throws when GitHub answers so. */
async function thrownBy(
  answer: () => Response | Promise<Response>,
  call: (github: OctokitClient) => Promise<unknown> = (github) => github.request('POST /x'),
): Promise<unknown> {
  const clock = createSceneClock();
  const deadline = startDeadline(NOW + 20_000, clock);
  const token = {
    token: 'ghs_1',
    expiresAt: new Date(NOW + 3_600_000),
    permissions: {},
    mintedAtMs: NOW - 60_000,
    worked: true,
    missed: false,
  };
  const github = createClient(
    { token, cached: false },
    {
      apiUrl: 'https://api.github.com',
      fetch: stubFetch(answer).fetch,
      deadline,
      clock,
      toLog: () => recordingLog().log,
      githubNow: () => NOW,
      renew: () => Promise.resolve({ ...token, token: 'ghs_2' }),
    },
  );
  try {
    await call(github);
    throw new Error('nothing was thrown');
  } catch (error) {
    return error;
  } finally {
    deadline.end();
  }
}

const graphql = (github: OctokitClient) => github.graphql('{ x }');
const graphqlError =
  (type: string | undefined, headers: Record<string, string> = {}, message = 'No') =>
  () =>
    json({ errors: [{ message, ...(type !== undefined && { type }) }] }, 200, headers);

describe('a route that the stand-in does not serve is told as such, never as an answer of GitHub’s:', () => {
  const notServed = (headers: Record<string, string>) => () => json({ message: 'x' }, 501, headers);

  it.each([
    {
      name: 'with its route',
      route: 'GET /repos/{owner}/{repo}/topics',
      detail: 'GET /repos/{owner}/{repo}/topics',
    },
    { name: 'in the characters of a route', route: ' GET /a"b<c>-d.e ', detail: 'GET /abc-d.e' },
    { name: 'without a word where none is left', route: '"<>"', detail: undefined },
    { name: 'cut where it is long', route: `GET /${'a'.repeat(200)}`, detail: `GET /${'a'.repeat(145)}` },
  ])('$name', async ({ route, detail }) => {
    const error = await thrownBy(notServed({ 'x-not-served': route }));
    const fault = readCallFault(error, CIRCUMSTANCES);
    expect(fault).toMatchObject({
      code: 'route_not_served',
      message: "What stands in for GitHub does not serve a handler's call.",
      cause: error,
    });
    expect(fault?.detail).toBe(detail);
  });

  it('without its header', async () => {
    const fault = readCallFault(await thrownBy(notServed({})), CIRCUMSTANCES);
    expect([fault?.code, fault?.detail]).toEqual(['route_not_served', undefined]);
  });
});

describe('what a handler’s call throws is a fault by what GitHub said:', () => {
  it.each([
    {
      name: 'a fault of ours that kept it from being asked',
      answer: () => Promise.reject(new ServiceFault('installation_suspended', 'It is suspended.')),
      fault: { code: 'installation_suspended', message: 'It is suspended.' },
    },
    {
      name: '403 with the permission that it wants',
      answer: () =>
        json({ message: 'Resource not accessible by integration' }, 403, {
          'x-accepted-github-permissions': 'issues=write; pull_requests=write',
        }),
      fault: { code: 'permission_missing', disposition: 500, detail: 'issues=write or pull_requests=write' },
    },
    {
      name: '403 with alternatives',
      answer: () => json({}, 403, { 'x-accepted-github-permissions': 'contents=read,metadata=read' }),
      fault: { code: 'permission_missing', detail: 'contents=read and metadata=read' },
    },
    {
      name: '403 with signs that belong in no permission',
      answer: () => json({}, 403, { 'x-accepted-github-permissions': 'issues=write"}<script>' }),
      fault: { code: 'permission_missing', detail: 'issues=writescript' },
    },
    {
      name: '403 with a list that does not end',
      answer: () => json({}, 403, { 'x-accepted-github-permissions': 'a'.repeat(5_000) }),
      fault: { code: 'permission_missing', detail: 'a'.repeat(150) },
    },
    {
      name: '403 for want of a permission that GitHub does not name',
      answer: () => json({ message: NO_TOKEN_MAY }, 403, { 'x-accepted-github-permissions': '' }),
      fault: { code: 'permission_missing', detail: undefined },
    },
    {
      name: '403 in other words, though the token has all that it wants',
      answer: () => json({ message: 'No' }, 403, { 'x-accepted-github-permissions': 'metadata=read' }),
      fault: { code: 'request_refused', detail: 'No', isFinal: true },
    },
    {
      name: '403 in other words, though the token has one of what would do',
      answer: () =>
        json({ message: 'No' }, 403, { 'x-accepted-github-permissions': 'issues=read; metadata=read' }),
      fault: { code: 'request_refused' },
    },
    {
      name: '403 with half of what is needed together',
      answer: () =>
        json({ message: 'No' }, 403, { 'x-accepted-github-permissions': 'metadata=read,contents=read' }),
      fault: { code: 'permission_missing', detail: 'metadata=read and contents=read' },
    },
    {
      name: '403 without a word',
      answer: () => json({}, 403),
      fault: { code: 'request_refused', detail: undefined },
    },
    {
      name: 'a primary rate limit',
      answer: () => json({}, 403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1795348900' }),
      fault: { code: 'rate_limited', disposition: 503, retryAfterSeconds: 100 },
    },
    {
      name: 'a secondary rate limit',
      answer: () =>
        json({ message: 'You have exceeded a secondary rate limit' }, 403, { 'retry-after': '33' }),
      fault: { code: 'rate_limited', retryAfterSeconds: 33 },
    },
    {
      name: 'a secondary rate limit without a time',
      answer: () =>
        json({ message: 'You have exceeded a secondary rate limit' }, 403, {
          'x-ratelimit-remaining': '4999',
        }),
      fault: { code: 'rate_limited', retryAfterSeconds: 60 },
    },
    {
      name: 'an abuse limit of an older server',
      answer: () => json({ message: 'You have triggered an abuse detection mechanism.' }, 403),
      fault: { code: 'rate_limited', retryAfterSeconds: 60 },
    },
    {
      name: '403 of a suspension',
      answer: () => json({ message: 'This installation has been suspended' }, 403),
      fault: { code: 'installation_suspended', disposition: 'skipped' },
    },
    { name: '429', answer: () => json({}, 429), fault: { code: 'rate_limited', retryAfterSeconds: 60 } },
    { name: '500', answer: () => json({}, 500), fault: { code: 'github_unavailable', disposition: 502 } },
    {
      name: '502 of a proxy',
      answer: () => new Response('<html>', { status: 502, headers: { 'content-type': 'text/html' } }),
      fault: { code: 'github_unavailable' },
    },
    {
      name: '503 with a wait',
      answer: () => json({}, 503, { 'retry-after': '9' }),
      fault: { code: 'github_unavailable' },
    },
    {
      name: 'no network',
      answer: () => Promise.reject(new TypeError('fetch failed')),
      fault: { code: 'github_unavailable' },
    },
  ])('$name', async ({ answer, fault }) => {
    expect(readCallFault(await thrownBy(answer), CIRCUMSTANCES)).toMatchObject(fault);
  });

  it.each([
    // The documentation has RATE_LIMITED; since 2025 GitHub says RATE_LIMIT.
    ...['RATE_LIMITED', 'RATE_LIMIT'].flatMap((type) => [
      {
        name: `${type}, with its reset`,
        answer: graphqlError(type, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1795348842' }),
        fault: { code: 'rate_limited', disposition: 503, retryAfterSeconds: 42 },
      },
      {
        name: type,
        answer: graphqlError(type),
        fault: { code: 'rate_limited', retryAfterSeconds: 60 },
      },
    ]),
    {
      name: 'a secondary limit',
      answer: () => json({ message: 'secondary rate limit' }, 403, { 'retry-after': '5' }),
      fault: { code: 'rate_limited', retryAfterSeconds: 5 },
    },
    {
      name: 'a primary limit of GraphQL alone',
      answer: graphqlError('RATE_LIMITED', {
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': '1795348842',
        'x-ratelimit-resource': 'graphql',
      }),
      fault: { code: 'rate_limited', retryAfterSeconds: 42, resource: 'graphql' },
    },
    {
      name: 'a primary limit of which the headers say nothing',
      answer: graphqlError('RATE_LIMIT'),
      fault: { code: 'rate_limited', resource: 'graphql' },
    },
    ...[
      'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
      'API rate limit exceeded for installation ID 5.',
      'was submitted too quickly',
    ].map((message) => ({
      name: `a limit in words alone: ${message}`,
      answer: () => json({ data: null, errors: [{ message }] }, 200, { 'retry-after': '17' }),
      fault: { code: 'rate_limited', retryAfterSeconds: 17, resource: undefined },
    })),
    {
      name: 'FORBIDDEN for want of a permission',
      answer: graphqlError('FORBIDDEN', {}, NO_TOKEN_MAY),
      fault: { code: 'permission_missing' },
    },
    {
      name: 'FORBIDDEN in other words',
      answer: graphqlError('FORBIDDEN', {}, 'octocat does not like it'),
      fault: { code: 'request_refused', detail: 'octocat does not like it', isFinal: true },
    },
    {
      name: 'FORBIDDEN for a locked issue',
      answer: graphqlError('FORBIDDEN', {}, 'Unable to create comment because issue is locked.'),
      fault: { code: 'conversation_locked', isFinal: true },
    },
    {
      name: 'UNPROCESSABLE',
      answer: graphqlError('UNPROCESSABLE', {}, 'Pull request is in clean status'),
      fault: { code: 'request_refused', detail: 'Pull request is in clean status' },
    },
    {
      name: 'UNPROCESSABLE for an archive',
      answer: graphqlError('UNPROCESSABLE', {}, 'Repository was archived so is read-only.'),
      fault: { code: 'repository_archived' },
    },
    {
      name: 'a query that took GitHub too long',
      answer: graphqlError(undefined, {}, 'Something went wrong while executing your query. This may be'),
      fault: { code: 'github_unavailable' },
    },
    {
      name: 'errors of many kinds',
      answer: () => json({ errors: ['x', { type: 7 }, { type: 'FORBIDDEN' }, { type: 'RATE_LIMITED' }] }),
      fault: { code: 'rate_limited' },
    },
    { name: '502', answer: () => json({}, 502), fault: { code: 'github_unavailable' } },
  ])('GraphQL: $name', async ({ answer, fault }) => {
    expect(readCallFault(await thrownBy(answer, graphql), CIRCUMSTANCES)).toMatchObject(fault);
  });
});

describe('what GitHub says of why it refuses decides the code, and is told:', () => {
  it.each([
    {
      status: 403,
      code: 'conversation_locked',
      message: 'Unable to create comment because issue is locked.',
    },
    { status: 403, code: 'conversation_locked', message: 'This conversation has been locked' },
    { status: 403, code: 'repository_archived', message: 'Repository was archived so is read-only.' },
    {
      status: 403,
      code: 'ip_not_allowed',
      message:
        'Although you appear to have the correct authorization credentials, the `octo-org` organization has an IP allow list enabled, and your IP address is not permitted to access this resource.',
    },
    {
      status: 403,
      code: 'sso_required',
      message: 'Resource protected by organization SAML enforcement. You must grant your token access.',
    },
    { status: 403, code: 'flagged_as_spam', message: 'Your account was flagged as spammy.' },
    { status: 422, code: 'flagged_as_spam', message: 'Validation Failed: the content looks like spam' },
    { status: 403, code: 'access_blocked', message: 'Repository access blocked' },
    { status: 451, code: 'access_blocked', message: 'Repository unavailable due to DMCA takedown.' },
    { status: 451, code: 'access_blocked', message: 'No' },
    { status: 410, code: 'resource_gone', message: 'Issues are disabled for this repo' },
    { status: 403, code: 'request_refused', message: "You can't perform that action at this time." },
  ])('$status $message', async ({ status, code, message }) => {
    const fault = readCallFault(await thrownBy(() => json({ message }, status)), CIRCUMSTANCES);
    expect(fault).toMatchObject({ code, disposition: 500, isFinal: true });
    expect(fault?.detail).toBe(message.slice(0, 200));
  });

  it('on one line, without what it quotes of credentials, and without half an emoji', async () => {
    const message = `No\n\u001b[31m ghs_${'a'.repeat(36)} ${'🚀'.repeat(200)}`;
    const fault = readCallFault(await thrownBy(() => json({ message }, 403)), CIRCUMSTANCES);
    expect(fault?.detail).toMatch(/^No··\[31m \[redacted\] (?:🚀)+$/u);
    expect(fault?.detail?.length).toBeLessThanOrEqual(200);
  });
});

it.each([
  { name: '404', answer: () => json({}, 404), call: undefined },
  { name: '401', answer: () => json({}, 401), call: undefined },
  { name: '422', answer: () => json({ message: 'Validation Failed' }, 422), call: undefined },
  { name: 'GraphQL: NOT_FOUND', answer: graphqlError('NOT_FOUND'), call: graphql },
  { name: 'GraphQL: an error without a type', answer: graphqlError(undefined), call: graphql },
])('only the handler can say what this means: $name', async ({ answer, call }) => {
  expect(readCallFault(await thrownBy(answer, call), CIRCUMSTANCES)).toBeUndefined();
});

describe('whatever else a handler throws is its own error:', () => {
  it.each<{ name: string; thrown: unknown }>([
    { name: 'an error', thrown: new Error('oops') },
    { name: 'null', thrown: null },
    { name: 'nothing', thrown: undefined },
    { name: 'a text', thrown: 'oops' },
    { name: 'a number', thrown: 403 },
    { name: 'an object that looks like a refusal', thrown: { name: 'HttpError', status: 403 } },
    { name: 'an error with a status', thrown: Object.assign(new Error('oops'), { status: 503 }) },
    {
      name: 'an HttpError without a status',
      thrown: Object.assign(new Error('oops'), { name: 'HttpError' }),
    },
    {
      name: 'a GraphQL error without errors',
      thrown: Object.assign(new Error('x'), { name: 'GraphqlResponseError' }),
    },
    { name: 'an aborted signal', thrown: new DOMException('aborted', 'AbortError') },
  ])('$name', ({ thrown }) => {
    expect(readCallFault(thrown, CIRCUMSTANCES)).toBeUndefined();
  });

  it('and an Octokit of the handler’s own is understood by its shape', () => {
    const thrown = Object.assign(new Error('No'), {
      name: 'HttpError',
      status: 403,
      response: { headers: { 'retry-after': 12 }, data: { message: 'No' } },
    });
    expect(readCallFault(thrown, CIRCUMSTANCES)).toMatchObject({
      code: 'rate_limited',
      retryAfterSeconds: 12,
    });
  });
});

describe('the words of GitHub', () => {
  it.each([
    "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    "'Expiration time' claim ('exp') is too far in the future",
    "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
  ])('about the time of a JWT: %s', (message) => {
    expect(isTimeClaimRefusal(message)).toBe(true);
  });

  it.each([
    'A JSON web token could not be decoded',
    "'Issuer' claim ('iss') must be an Integer",
    'Integration must generate a public key',
    'Bad credentials',
    '',
  ])('about something else: %s', (message) => {
    expect(isTimeClaimRefusal(message)).toBe(false);
  });

  it.each([
    { status: 403, message: 'This installation has been suspended', suspended: true },
    { status: 403, message: 'octo-org has suspended your access. Please contact them', suspended: true },
    { status: 401, message: 'This installation has been suspended', suspended: false },
    { status: 403, message: 'Resource not accessible by integration', suspended: false },
  ])('about a suspension: $status $message', ({ status, message, suspended }) => {
    expect(isSuspension(status, message)).toBe(suspended);
  });

  it.each([
    {
      message:
        'There is at least one repository that does not exist or is not accessible to the parent installation.',
      repositories: true,
    },
    { message: 'The permissions requested are not granted to this installation.', repositories: false },
  ])('about repositories: $message', ({ message, repositories }) => {
    expect(isRepositoryRefusal(message)).toBe(repositories);
  });

  it.each([200, 301, 401, 404, 422, 500, 503])('of %i are about no rate limit', (status) => {
    expect(
      findRateLimit({ status, header: () => '0', message: 'API rate limit exceeded' }, NOW),
    ).toBeUndefined();
  });

  it.each(['', ' ', 'soon', '-5', '1.5', '1e3', '0x10', 'Sun, 22 Nov 2026 12:01:00 GMT'])(
    'with the Retry-After %j, which is no number of seconds, are about no rate limit',
    (value) => {
      const header = (name: string) => (name === 'retry-after' ? value : undefined);
      const message = 'Resource not accessible by integration';
      expect(findRateLimit({ status: 403, header, message }, NOW)).toBeUndefined();
    },
  );

  it.each([
    { value: '0', seconds: 1 },
    { value: ' 7 ', seconds: 7 },
    { value: '3600', seconds: 3_600 },
    { value: '3601', seconds: 3_600 },
    { value: '9'.repeat(400), seconds: 3_600 },
  ])('with the Retry-After $value ask for $seconds s', ({ value, seconds }) => {
    const header = (name: string) => (name === 'retry-after' ? value : undefined);
    expect(findRateLimit({ status: 403, header, message: '' }, NOW)).toBe(seconds);
  });

  it.each([
    { name: 'in the past', reset: NOW / 1000 - 5, seconds: 1 },
    { name: 'in an hour', reset: NOW / 1000 + 3_600, seconds: 3_600 },
    { name: 'in a day', reset: NOW / 1000 + 86_400, seconds: 3_600 },
    { name: 'at no time', reset: 'never', seconds: 60 },
  ])('with a reset $name ask for $seconds s', ({ reset, seconds }) => {
    const headers = new Map([
      ['x-ratelimit-remaining', '0'],
      ['x-ratelimit-reset', String(reset)],
    ]);
    const header = (name: string) => headers.get(name);
    expect(findRateLimit({ status: 403, header, message: '' }, NOW)).toBe(seconds);
  });
});
