/** GitHub's sentences, told apart one by one. As Octokit throws them: `octokit-errors.test.ts`. */
import { describe, expect, it } from 'vitest';
import {
  explainRefusal,
  findCause,
  foreign,
  isPermissionRefusal,
  isRepositoryRefusal,
  isSuspension,
  isTimeClaimRefusal,
  readMessage,
  toAlternatives,
  toSentence,
} from '../../lib/github/refusal.ts';

const explain = (
  status: number,
  message: string,
  { accepted, permissions }: { accepted?: string; permissions?: Record<string, string> } = {},
) => {
  const header = (name: string) => (name === 'x-accepted-github-permissions' ? accepted : undefined);
  const fault = explainRefusal({ status, message, header }, permissions);
  return fault && [fault.code, fault.message, fault.detail];
};

it.each([
  { address: 'https://github.corp/api/v3/user?x=1', path: '/api/v3/user' },
  { address: '/app', path: '/app' },
])('an answer that is not GitHub’s names the path: $path', ({ address, path }) => {
  expect(foreign(404, address)).toMatchObject({
    code: 'github_unavailable',
    message: `Something that is not GitHub's API answered 404 to ${path}: check GITHUB_API_URL, and look for a proxy.`,
  });
});

describe('a message', () => {
  it.each([
    { body: { message: 'Not Found' }, message: 'Not Found' },
    { body: { message: 7 }, message: '' },
    { body: '<html>', message: '' },
    { body: undefined, message: '' },
  ])('of $body is "$message"', ({ body, message }) => {
    expect(readMessage(body)).toBe(message);
  });

  it.each([
    ["'Expiration time' claim ('exp') is too far in the future", true],
    ["'Issued at' claim ('iat') must be an Integer", true],
    ["'Issuer' claim ('iss') must be an Integer", false],
    ['A JSON web token could not be decoded', false],
  ])('%s is about the clock: %s', (message, is) => {
    expect(isTimeClaimRefusal(message)).toBe(is);
  });

  it.each([
    [403, 'This installation has been suspended', true],
    [403, 'Sorry, the owner has SUSPENDED YOUR ACCESS', true],
    [404, 'This installation has been suspended', false],
    [403, 'Not Found', false],
  ])('%i %s is a suspension: %s', (status, message, is) => {
    expect(isSuspension(status, message)).toBe(is);
  });

  it.each([
    [isRepositoryRefusal, 'There is at least one Repository that is not there', true],
    [isRepositoryRefusal, 'The permissions requested are not granted', false],
    [isPermissionRefusal, 'Resource NOT accessible by integration', true],
    [isPermissionRefusal, 'Resource not accessible', false],
  ])('is read by its words, in any case (%#)', (is, message, expected) => {
    expect(is(message)).toBe(expected);
  });

  it('is one line without credentials, 200 characters at most', () => {
    expect(toSentence('  no\nentry ')).toBe('no·entry');
    expect(toSentence(`ghp_${'a'.repeat(36)} is no token`)).toBe('[redacted] is no token');
    expect(toSentence('x'.repeat(300))).toHaveLength(200);
    expect(toSentence('  ')).toBeUndefined();
  });
});

describe('the cause', () => {
  it.each([
    ['conversation_locked', 'Unable to create comment because issue is locked.'],
    ['conversation_locked', 'This discussion was locked'],
    ['conversation_locked', 'Locked: no more in this conversation'],
    ['conversation_locked', 'pull request is locked'],
    ['conversation_locked', 'the thread is locked'],
    ['repository_archived', 'Repository was archived so is read-only.'],
    ['ip_not_allowed', 'the organization has an IP allow list enabled'],
    ['ip_not_allowed', 'your IP address 1.2.3.4 is not permitted to access this resource'],
    ['sso_required', 'Resource protected by organization SAML enforcement.'],
    ['sso_required', 'SSO is needed'],
    ['sso_required', 'use single sign-on'],
    ['flagged_as_spam', 'Content looks like spam'],
    ['flagged_as_spam', 'Your account was flagged'],
    ['access_blocked', 'Repository access blocked'],
    ['access_blocked', 'taken down: DMCA'],
    ['access_blocked', 'for legal reasons'],
    ['access_blocked', 'violates the terms of service'],
    ['access_blocked', 'triggered an abuse detection'],
    [undefined, 'a clock that ticks'],
    [undefined, 'IP address'],
    [undefined, 'the archives'],
    [undefined, 'association'],
  ])('is %s where GitHub says "%s"', (code, message) => {
    expect([403, 410, 422, 451].map((status) => findCause({ status, message }))).toEqual([
      code,
      code,
      code,
      code,
    ]);
    expect([400, 404, 500].map((status) => findCause({ status, message }))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('a refused call', () => {
  it.each([
    [
      403,
      'This installation has been suspended',
      ['installation_suspended', 'The installation was suspended while its token lived.', undefined],
    ],
    [403, 'Forbidden', ['request_refused', 'GitHub refused a call.', 'Forbidden']],
    [410, 'Gone', ['resource_gone', 'GitHub refused a call.', 'Gone']],
    [451, 'Unavailable', ['access_blocked', 'GitHub refused a call.', 'Unavailable']],
    [
      422,
      'Repository was archived',
      ['repository_archived', 'GitHub refused a call.', 'Repository was archived'],
    ],
    [422, 'Validation Failed', undefined],
    [404, 'Not Found', undefined],
  ])('with %i %s', (status, message, told) => {
    expect(explain(status, message)).toEqual(told);
  });

  const missing = (detail?: string) => [
    'permission_missing',
    "GitHub refused a handler's call for want of a permission.",
    detail,
  ];

  it('for want of a permission says which GitHub would accept', () => {
    const message = 'Resource not accessible by integration';
    expect(explain(403, message)).toEqual(missing());
    expect(explain(403, message, { accepted: ' ' })).toEqual(missing());
    expect(explain(403, message, { accepted: 'issues=write; pull_requests=write' })).toEqual(
      missing('issues=write or pull_requests=write'),
    );
    expect(explain(404, message)).toBeUndefined();
  });

  it.each([
    { accepted: 'issues=write', permissions: { issues: 'read' }, lacks: true },
    { accepted: 'issues=write', permissions: { issues: 'write' }, lacks: false },
    { accepted: 'issues=write; checks=read', permissions: { checks: 'write' }, lacks: false },
    { accepted: 'issues=write, checks=read', permissions: { checks: 'write' }, lacks: true },
    { accepted: 'issues=write,checks=read', permissions: { issues: 'write', checks: 'read' }, lacks: false },
    { accepted: '', permissions: {}, lacks: false },
  ])(
    'of a token with $permissions where $accepted is accepted: $lacks',
    ({ accepted, permissions, lacks }) => {
      const [code] = explain(403, 'Must have admin rights', { accepted, permissions }) ?? [];
      expect(code).toBe(lacks ? 'permission_missing' : 'request_refused');
    },
  );

  it('of a token of which nothing is known is not for want of a permission', () => {
    expect(explain(403, 'Must have admin rights', { accepted: 'issues=write' })?.[0]).toBe('request_refused');
  });

  it('shows of the header what such a header holds, and no more than 150 characters', () => {
    const message = 'Resource not accessible by integration';
    expect(explain(403, message, { accepted: 'issues=write<b>' })?.[2]).toBe('issues=writeb');
    expect(explain(403, message, { accepted: 'x'.repeat(400) })?.[2]).toHaveLength(150);
  });
});

it.each([
  ['issues=write', 'issues=write'],
  ['issues=write; pull_requests=write', 'issues=write or pull_requests=write'],
  ['issues=write, checks=read; contents=read', 'issues=write and checks=read or contents=read'],
])('%s reads %s', (accepted, words) => {
  expect(toAlternatives(accepted)).toBe(words);
});
