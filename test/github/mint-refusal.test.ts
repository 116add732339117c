/** Why GitHub refused to mint, in the words that operators read. With the whole way of a mint: `mint.test.ts`. */
import { describe, expect, it } from 'vitest';
import type { ApiResponse } from '../../lib/github/api.ts';
import type { Grant } from '../../lib/github/grant.ts';
import { explainMintRefusal, notKnownYet } from '../../lib/github/mint-refusal.ts';
import { ServiceFault } from '../../lib/faults.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const OLD = '2026-11-01T12:00:00Z';
const GRANT: Grant = { permissions: { issues: 'write', checks: 'read' }, repositories: [1] };
const HEADERS = new Headers();

function answer(status: number, body: unknown): ApiResponse {
  return { status, headers: HEADERS, body };
}

/** @param installation What GitHub says of it; an Error where it says nothing. */
async function explain(response: ApiResponse, installation: unknown = {}, grant = GRANT) {
  const asked: object[] = [];
  const fault = await explainMintRefusal(response, {
    installationId: 35490125,
    grant,
    call: async (request) => {
      asked.push(request);
      if (installation instanceof Error) throw installation;
      return answer(200, installation);
    },
    githubNow: () => NOW,
    signal: new AbortController().signal,
  });
  const { code, message, detail } = fault;
  return { code, message, detail, asked };
}

describe('nothing more is asked about', () => {
  it.each([
    {
      response: answer(403, { message: 'This installation has been suspended' }),
      told: { code: 'installation_suspended', message: 'Installation 35490125 is suspended.' },
    },
    {
      response: answer(404, { message: 'Not Found' }),
      told: {
        code: 'installation_not_found',
        message: 'Installation 35490125 does not exist (any more).',
      },
    },
    {
      response: answer(403, { message: 'Although you appear to have the correct authorization, no.' }),
      told: {
        code: 'request_refused',
        message: 'GitHub refused to mint a token.',
        detail: 'Although you appear to have the correct authorization, no.',
      },
    },
    {
      response: answer(403, { message: 'Your IP address is not permitted' }),
      told: {
        code: 'ip_not_allowed',
        message: 'GitHub refused to mint a token.',
        detail: 'Your IP address is not permitted',
      },
    },
    {
      response: answer(410, { message: 'Your IP address is not permitted' }),
      told: { code: 'github_unexpected', message: 'GitHub refused to mint a token.', detail: 'mint: 410' },
    },
  ])('$told.code', async ({ response, told }) => {
    expect(await explain(response)).toEqual({ detail: undefined, asked: [], ...told });
  });
});

describe('a 422 has the installation looked at', () => {
  const permission = answer(422, { message: 'The permissions requested are not granted.' });
  const repository = answer(422, { message: 'There is at least one repository that does not exist.' });
  const asked = [{ method: 'GET', path: '/app/installations/35490125' }];
  const notGranted = {
    code: 'permission_not_granted',
    message:
      "Installation 35490125 has not granted what the handler asks for: its owner must accept the App's new permissions.",
    asked,
  };

  it.each([
    { has: { issues: 'read', checks: 'read' }, lacks: 'issues=write' },
    { has: { issues: 'write' }, lacks: 'checks=read' },
    { has: {}, lacks: 'issues=write, checks=read' },
    { has: { issues: 'write', checks: 'write' }, lacks: 'issues=write, checks=read' },
  ])('and lacks $lacks where it has $has', async ({ has, lacks }) => {
    expect(await explain(permission, { permissions: has, created_at: OLD, updated_at: OLD })).toEqual({
      ...notGranted,
      detail: lacks,
    });
  });

  it('and lacks all that was asked for, where GitHub says nothing of it', async () => {
    expect(await explain(permission, new Error('silent'))).toEqual({
      ...notGranted,
      detail: 'issues=write, checks=read',
    });
  });

  it('and lacks what cannot be told, where everything was asked for', async () => {
    const all: Grant = { permissions: 'all', repositories: [1] };
    expect(await explain(permission, { permissions: { issues: 'read' } }, all)).toMatchObject({
      code: 'permission_not_granted',
      detail: 'all',
    });
  });

  it('and its repositories are others', async () => {
    expect(await explain(repository, { created_at: OLD, updated_at: OLD })).toEqual({
      code: 'repository_not_accessible',
      message: 'A repository of the delivery is outside installation 35490125.',
      detail: undefined,
      asked,
    });
  });

  it.each([
    { what: 'was made', times: { created_at: '2026-11-22T11:59:55Z' } },
    { what: 'was changed', times: { created_at: OLD, updated_at: '2026-11-22T11:59:55Z' } },
  ])('and is not believed of one that $what a moment ago', async ({ times }) => {
    expect((await explain(permission, times)).code).toBe('not_known_yet');
    expect((await explain(repository, times)).code).toBe('not_known_yet');
  });
});

it('what is not known yet is asked for again in ten seconds, and says what it was', () => {
  const refusal = new ServiceFault('installation_not_found', 'made for this test');
  expect(notKnownYet(refusal)).toMatchObject({
    code: 'not_known_yet',
    message: 'GitHub does not know everywhere yet what it has just told.',
    retryAfterSeconds: 10,
    cause: refusal,
  });
});
