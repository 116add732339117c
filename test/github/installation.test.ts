import { describe, expect, it } from 'vitest';
import type { ApiResponse } from '../../lib/github/api.ts';
import type { JsonObject } from '../../lib/json/json.ts';
import { lookUpInstallation } from '../../lib/github/installation.ts';
import { toDelivery } from '../../lib/delivery/delivery.ts';
import { INSTALLATION_ID, NOW, patience, startScene } from './scene.ts';

function readInstallationId(payload: JsonObject): number | null {
  const envelope = {
    id: 'a-delivery',
    event: 'issues',
    hookId: null,
    targetAppId: null,
    receivedAt: new Date(NOW),
  };
  return toDelivery(envelope, payload).installationId;
}

/** Looks up with a GitHub of one answer. */
async function lookUp(payload: JsonObject, answer: Partial<ApiResponse> = {}) {
  const asked: unknown[] = [];
  const found = lookUpInstallation(
    (request) => {
      asked.push(request);
      return Promise.resolve({ status: 200, headers: new Headers(), body: { id: 5 }, ...answer });
    },
    payload,
    patience(),
  );
  return { found: await found.catch((error: unknown) => error), asked };
}

describe('no installation id is read from', () => {
  it.each([
    { name: 'a payload without one', payload: {} },
    { name: 'null', payload: { installation: null } },
    { name: 'a list', payload: { installation: [{ id: 1 }] } },
    { name: 'the id alone', payload: { installation: 1 } },
    { name: 'a text', payload: { installation: { id: '35490125' } } },
    { name: 'a fraction', payload: { installation: { id: 1.5 } } },
    { name: '0', payload: { installation: { id: 0 } } },
    { name: 'a negative number', payload: { installation: { id: -1 } } },
    { name: 'what a number cannot hold', payload: { installation: { id: 2 ** 53 } } },
    { name: 'a path', payload: { installation: { id: '1/../../app' } } },
  ])('$name', ({ payload }) => {
    expect(readInstallationId(payload)).toBeNull();
  });
});

it.each([
  { name: 'lite', payload: { installation: { id: 35490125, node_id: 'MDIz' } }, id: 35490125 },
  {
    name: 'full',
    payload: { action: 'created', installation: { id: 1, app_id: 4711, account: { login: 'x', id: 2 } } },
    id: 1,
  },
  { name: 'the largest', payload: { installation: { id: 9007199254740991 } }, id: 9007199254740991 },
])('reads the installation id of a payload: $name', ({ payload, id }) => {
  expect(readInstallationId(payload)).toBe(id);
});

describe('nobody is asked about', () => {
  it.each([
    { name: 'a payload that names nothing', payload: { sender: { login: 'octocat' } } },
    { name: 'a parent folder', payload: { repository: { full_name: '../..' } } },
    { name: 'this folder', payload: { repository: { full_name: './.' } } },
    { name: 'a parent folder as the name', payload: { repository: { full_name: 'octo-org/..' } } },
    { name: 'a parent folder, encoded', payload: { repository: { full_name: 'octo-org/%2e%2e' } } },
    { name: 'a query', payload: { repository: { full_name: 'octo-org/x?y' } } },
    { name: 'a fragment', payload: { repository: { full_name: 'octo-org/x#y' } } },
    { name: 'a backslash', payload: { repository: { full_name: 'octo-org/..\\..' } } },
    { name: 'a line break', payload: { repository: { full_name: 'octo-org/x\n' } } },
    { name: 'a name alone', payload: { repository: { full_name: 'hello-world' } } },
    { name: 'an empty owner', payload: { repository: { full_name: '/hello-world' } } },
    { name: 'an empty name', payload: { repository: { full_name: 'octo-org/' } } },
    { name: 'a name that is no text', payload: { repository: { full_name: ['octo-org', 'x'] } } },
    { name: 'an organization that climbs', payload: { organization: { login: '../app' } } },
    { name: 'an organization of dots', payload: { organization: { login: '..' } } },
    { name: 'an account that climbs', payload: { account: { login: '../../app/installations/1' } } },
    { name: 'a buyer that climbs', payload: { marketplace_purchase: { account: { login: 'a/../..' } } } },
    { name: 'an enterprise that climbs', payload: { enterprise: { slug: '../app' } } },
    { name: 'a login over 100 characters', payload: { organization: { login: 'x'.repeat(101) } } },
  ])('$name', async ({ payload }) => {
    const { found, asked } = await lookUp(payload);
    expect(found).toBeUndefined();
    expect(asked).toEqual([]);
  });
});

describe('an answer without an installation', () => {
  it.each([
    { name: '403', answer: { status: 403, body: { id: 5 } }, code: 'github_unexpected' },
    { name: '301 to nowhere', answer: { status: 301, body: { id: 5 } }, code: 'github_unexpected' },
    { name: '304', answer: { status: 304, body: undefined }, code: 'github_unexpected' },
    { name: '200 without an id', answer: { body: {} }, code: 'github_unexpected' },
    { name: '200 with a text', answer: { body: { id: '5' } }, code: 'github_unexpected' },
    { name: '200 without JSON', answer: { body: undefined }, code: 'github_unexpected' },
  ])('($name) is $code', async ({ answer, code }) => {
    const { found } = await lookUp({ repository: { full_name: 'octo-org/hello-world' } }, answer);
    expect(found).toMatchObject({ code });
  });
});

it('a 404 is no installation', async () => {
  const { found } = await lookUp(
    { repository: { full_name: 'octo-org/hello-world' } },
    { status: 404, body: { message: 'Not Found' } },
  );
  expect(found).toBeUndefined();
});

describe('an installation of another owner than the payload’s is none', () => {
  const other = { id: 5, account: { id: 6666, login: 'alice' } };

  it.each([
    {
      name: 'a repository',
      payload: { repository: { full_name: 'alice/x', owner: { id: 1111, login: 'alice' } } },
    },
    { name: 'an organization', payload: { organization: { id: 1111, login: 'alice' } } },
    { name: 'an account', payload: { account: { id: 1111, login: 'alice' } } },
    { name: 'a buyer', payload: { marketplace_purchase: { account: { id: 1111, login: 'alice' } } } },
    { name: 'an enterprise', payload: { enterprise: { id: 1111, slug: 'alice' } } },
  ])('though $name has its name', async ({ payload }) => {
    expect((await lookUp(payload, { body: other })).found).toBeUndefined();
    expect((await lookUp(payload, { body: { id: 5, target_id: 6666 } })).found).toBeUndefined();
    expect((await lookUp(payload, { body: { id: 5 } })).found).toMatchObject({ code: 'github_unexpected' });
    expect((await lookUp(payload, { body: { id: 5, account: { id: 1111 } } })).found).toBe(5);
    expect((await lookUp(payload, { body: { id: 5, account: null, target_id: 1111 } })).found).toBe(5);
  });
});

describe('the installation is looked up', () => {
  it.each([
    {
      name: 'by the repository',
      payload: { repository: { full_name: 'octo-org/hello-world' }, organization: { login: 'octo-org' } },
      path: '/repos/octo-org/hello-world/installation',
    },
    {
      name: 'by the owner and the name of a repository that has no full name',
      payload: { repository: { name: 'hello-world', owner: { login: 'octo-org' } } },
      path: '/repos/octo-org/hello-world/installation',
    },
    {
      name: 'by a repository with every sign that GitHub allows',
      payload: { repository: { full_name: 'octo-org/.github-a_b.c' } },
      path: '/repos/octo-org/.github-a_b.c/installation',
    },
    {
      name: 'by the login of a managed user',
      payload: { repository: { full_name: 'mona_octo/x' } },
      path: '/repos/mona_octo/x/installation',
    },
    {
      name: 'by the organization, where the repository is of no use',
      payload: { repository: null, organization: { login: 'octo-org' } },
      path: '/orgs/octo-org/installation',
    },
    {
      name: 'by the enterprise, where there is no organization',
      payload: { enterprise: { slug: 'octo-corp' } },
      path: '/enterprises/octo-corp/installation',
    },
    {
      name: 'by the organization of an enterprise',
      payload: { enterprise: { slug: 'octo-corp' }, organization: { login: 'octo-org' } },
      path: '/orgs/octo-org/installation',
    },
    {
      name: 'by the account of a renamed target',
      payload: { account: { login: 'octocat' }, target_type: 'User' },
      path: '/users/octocat/installation',
    },
    {
      name: 'by the account of a purchase',
      payload: { marketplace_purchase: { account: { login: 'octocat', type: 'User' } } },
      path: '/users/octocat/installation',
    },
  ])('$name', async ({ payload, path }) => {
    const { found, asked } = await lookUp(payload);
    expect(found).toBe(5);
    expect(asked).toEqual([{ method: 'GET', path }]);
  });

  it.each([
    { name: 'repository', payload: { repository: { full_name: 'octo-org/open' } }, id: INSTALLATION_ID },
    { name: 'organization', payload: { organization: { login: 'octo-org' } }, id: INSTALLATION_ID },
    { name: 'user', payload: { account: { login: 'octocat' } }, id: 77 },
    { name: 'organization by its account', payload: { account: { login: 'octo-org' } }, id: INSTALLATION_ID },
  ])('at GitHub, by the App’s own JWT: $name', async ({ payload, id }) => {
    await using scene = await startScene();
    await expect(lookUpInstallation(scene.call, payload, patience())).resolves.toBe(id);
    expect(scene.github.calls).toMatchObject([{ method: 'GET', credential: 'jwt', status: 200 }]);
  });

  it('through the rename of a repository', async () => {
    await using scene = await startScene();
    await scene.github.rename('octo-org/hello-world', 'octo-org/hello-moon');
    const payload = { repository: { full_name: 'octo-org/hello-world' } };
    await expect(lookUpInstallation(scene.call, payload, patience())).resolves.toBe(INSTALLATION_ID);
  });

  it('of a repository outside every installation: there is none', async () => {
    await using scene = await startScene();
    const payload = { repository: { full_name: 'octo-org/not-selected' } };
    await expect(lookUpInstallation(scene.call, payload, patience())).resolves.toBeUndefined();
  });

  it('not of an App that GitHub does not know: that is a fault', async () => {
    await using scene = await startScene({ appId: '999' });
    const payload = { repository: { full_name: 'octo-org/open' } };
    await expect(lookUpInstallation(scene.call, payload, patience())).rejects.toMatchObject({
      code: 'app_not_found',
    });
  });

  it('not against an outage, nor a rate limit', async () => {
    await using scene = await startScene();
    const payload = { organization: { login: 'octo-org' } };
    scene.github.faults.next({}, { status: 502 }, 3);
    await expect(lookUpInstallation(scene.call, payload, patience())).rejects.toMatchObject({
      code: 'github_unavailable',
    });
    scene.github.faults.next({}, { status: 429 });
    await expect(lookUpInstallation(scene.call, payload, patience())).rejects.toMatchObject({
      code: 'app_rate_limited',
    });
  });
});
