/** What `npm start` tells of a delivery. */
import { describe, expect, it } from 'vitest';
import { createNarrator } from '../../local/terminal/narrate.ts';
import type { Exchange } from '../../local/terminal/watch.ts';
import { toFunctionUrlEvent } from '../harness/function-url-event.ts';

const call = (path: string, tokenSha256: string) =>
  ({
    method: 'GET',
    path,
    status: 200,
    credential: 'token',
    tokenSha256,
    at: new Date(0),
    requestId: path,
  }) as const;
const exchange = (headers: Record<string, string>, more: Partial<Exchange> = {}): Exchange => ({
  request: toFunctionUrlEvent({ 'content-type': 'application/json', ...headers }),
  status: 200,
  answer: { outcome: 'handled' },
  lines: [],
  calls: [],
  durationMs: 1,
  overlapped: false,
  ...more,
});

describe('the story of a delivery', () => {
  const tokens = [
    { sha256: 'a', permissions: { issues: 'write' } },
    { sha256: 'b', permissions: { contents: 'read', checks: 'write' } },
  ].map(({ sha256, permissions }) => ({
    sha256,
    grant: { installationId: 1, permissions, repositoryIds: [7] },
    issuedAt: new Date(0),
    expiresAt: new Date(0),
    revoked: false,
  }));
  const narrator = createNarrator({ paint: (_, text) => text, width: 100, tokens });
  it('gives each handler the calls of its own token', () => {
    const lines = [
      { message: 'handler', handler: 'one', grant: 'checks=write, contents=read on 7' },
      { message: 'handler', handler: 'two', grant: 'issues=write on 7' },
    ];
    const handlers = [
      { name: 'one', outcome: 'handled' },
      { name: 'two', outcome: 'handled' },
    ];
    const calls = [call('/two', 'a'), call('/one', 'b')];
    const told = narrator.exchange(exchange({}, { answer: { outcome: 'handled', handlers }, lines, calls }));
    expect(told).toMatch(/one +handled[^]*\/one[^]*two +handled[^]*\/two/);
  });

  it.each([
    {
      says: 'issues=write or pull_requests=write',
      tells: [
        'For POST /repos/{owner}/{repo}/check-runs GitHub asks for issues=write or pull_requests=write, and its documentation says checks=write.',
      ],
    },
    { says: 'checks=write', tells: [] },
  ])('names what GitHub asks for, $says, and its documentation where that differs', ({ says, tells }) => {
    const path = '/repos/octo-org/widgets/check-runs';
    const refused = { ...call(path, 'b'), method: 'POST', status: 403 };
    const handlers = [{ name: 'one', outcome: 'failed', reason: `permission_missing: ${says}` }];
    const lines = [{ message: 'handler', handler: 'one', grant: 'checks=write, contents=read on 7' }];
    const told = narrator.exchange(
      exchange({}, { answer: { outcome: 'failed', handlers }, lines, calls: [refused] }),
    );
    const found = told.split('\n').filter((line) => line.includes('GitHub asks for'));
    expect(found.map((line) => line.trim())).toEqual(tells);
  });

  it.each([
    {
      reason: 'permission_not_granted: contents=read',
      hint: 'Add it to installations[].permissions in functions/fixtures/world.json',
    },
    {
      reason: 'no_installation',
      hint: 'add --set installation.id=… with an id of functions/fixtures/world.json',
    },
  ])(
    'says what to do about $reason with the stand-in, and nothing of that with a real App',
    ({ reason, hint }) => {
      const handlers = [{ name: 'one', outcome: 'skipped', reason }];
      const skipped = exchange({}, { answer: { outcome: 'skipped', handlers } });
      const local = createNarrator({ paint: (_, text) => text, width: 100, tokens, isStandIn: true });
      expect(local.exchange(skipped)).toContain(hint);
      expect(narrator.exchange(skipped)).not.toContain(hint);
    },
  );

  it('shows no control characters of a sender', () => {
    const told = narrator.exchange(
      exchange({ 'x-github-event': 'is\u001b[2Jsues\u202e', 'x-github-delivery': '\u0007' }),
    );
    // oxlint-disable-next-line no-control-regex
    expect(told).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    expect(told).toContain('is·[2Jsues·');
  });

  it.each([
    { payload: { issue: { number: 3 }, repository: { full_name: 'acme/pump' } }, about: 'acme/pump#3' },
    { payload: { issue: { number: 3 }, sender: { login: 'mona' } }, about: '#3 by mona' },
    { payload: { installation: { account: { login: 'acme' } } }, about: 'acme' },
    { payload: {}, about: '' },
  ])('has a headline about $about, whatever the payload lacks', ({ payload, about }) => {
    const issues = exchange({ 'x-github-event': 'issues' });
    const told = narrator.exchange({
      ...issues,
      request: { ...issues.request, body: JSON.stringify(payload) },
    });
    const [headline = ''] = told.split('\n');
    expect(headline.replaceAll(/ {2,}/g, ' | ').trim()).toBe(
      ['| ✓ issues', ...(about === '' ? [] : [about]), '200 handled', '1 ms'].join(' | '),
    );
  });

  it('says why a request was refused', () => {
    const rejected = {
      status: 401,
      answer: { outcome: 'rejected' },
      lines: [{ message: 'rejected', reason: 'signature_mismatch' }],
    };
    expect(narrator.exchange(exchange({ 'x-github-event': 'push' }, rejected))).toMatch(
      /✗ push +401 rejected[^]*signature_mismatch: X-Hub-Signature-256 was not made from this body/,
    );
  });
});
