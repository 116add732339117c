import { describe, expect, it } from 'vitest';
import { SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import { startDeadline } from '../../lib/async/deadline.ts';
import {
  DELIVERY,
  HELLO_WORLD,
  INSTALLATION_ID,
  ISSUES_WRITE,
  MINT,
  NOW,
  OPEN,
  startScene,
} from './scene.ts';

const NOT_THERE = { delivery: { ...DELIVERY, installationId: 123 } };
const LOOK_UP = { ...DELIVERY, installationId: null };

describe.concurrent('an installation that GitHub does not know', () => {
  it('is another App’s, where the delivery says so', async () => {
    await using scene = await startScene();
    const authorised = scene.authorise(ISSUES_WRITE, { ...NOT_THERE, targetAppId: '815' });
    await expect(authorised).rejects.toMatchObject({ code: 'wrong_app', disposition: 500 });
    await expect(authorised).rejects.toThrow(/App 815.*App 4711/);
    expect(scene.asked()).toEqual([
      'POST /app/installations/123/access_tokens 404',
      'POST /app/installations/123/access_tokens 404',
      'GET /app 200',
    ]);
  });

  it.each([
    { name: 'that names this App', targetAppId: '4711' },
    { name: 'that names none', targetAppId: null },
  ])('was uninstalled, for a delivery $name', async ({ targetAppId }) => {
    await using scene = await startScene();
    await expect(scene.authorise(ISSUES_WRITE, { ...NOT_THERE, targetAppId })).rejects.toMatchObject({
      code: 'installation_not_found',
      disposition: 'skipped',
    });
  });

  it('was uninstalled, where GitHub does not say which App this is', async () => {
    await using scene = await startScene();
    scene.github.faults.next({ path: /^\/app$/ }, { status: 404, body: { message: 'Not Found' } });
    await expect(scene.authorise(ISSUES_WRITE, { ...NOT_THERE, targetAppId: '815' })).rejects.toMatchObject({
      code: 'installation_not_found',
    });
  });

  it('costs no further call where the configuration has the number', async () => {
    await using scene = await startScene({ appId: '4711' });
    await expect(scene.authorise(ISSUES_WRITE, { ...NOT_THERE, targetAppId: '815' })).rejects.toMatchObject({
      code: 'wrong_app',
    });
    expect(scene.asked()).toHaveLength(2);
  });
});

describe('an installation that GitHub does not know, of a repository that another one has,', () => {
  const payload = { repository: { full_name: 'octo-org/hello-world', owner: { id: 6811672 } } };

  it('gives way to that one, with a warning', async () => {
    await using scene = await startScene();
    const { token } = await scene.authorise(ISSUES_WRITE, { ...NOT_THERE, payload });
    expect(token.repositoryIds).toEqual([HELLO_WORLD]);
    expect(scene.asked().slice(2)).toEqual([
      'GET /repos/octo-org/hello-world/installation 200',
      `POST ${MINT} 201`,
    ]);
    expect(scene.logged.join('\n')).toContain(`"used":${INSTALLATION_ID}`);
  });

  it('was uninstalled where the repository has none either', async () => {
    await using scene = await startScene();
    const other = { repository: { full_name: 'octo-org/not-selected' } };
    await expect(scene.authorise(ISSUES_WRITE, { ...NOT_THERE, payload: other })).rejects.toMatchObject({
      code: 'installation_not_found',
    });
  });

  it('was uninstalled where the repository is of another owner by now', async () => {
    await using scene = await startScene();
    const taken = { repository: { full_name: 'octo-org/hello-world', owner: { id: 1 } } };
    await expect(scene.authorise(ISSUES_WRITE, { ...NOT_THERE, payload: taken })).rejects.toMatchObject({
      code: 'installation_not_found',
    });
  });

  it('is not known yet where the look-up finds the very same', async () => {
    await using scene = await startScene();
    scene.github.faults.next({ method: 'POST' }, { status: 404, body: { message: 'Not Found' } }, 4);
    const received = (minutesAgo: number) => ({
      payload,
      delivery: { ...DELIVERY, receivedAt: new Date(NOW - minutesAgo * 60_000) },
    });
    await expect(scene.authorise(ISSUES_WRITE, received(1))).rejects.toMatchObject({
      code: 'not_known_yet',
      retryAfterSeconds: 10,
    });
    await expect(scene.authorise(ISSUES_WRITE, received(5))).rejects.toMatchObject({
      code: 'installation_not_found',
    });
    await expect(scene.authorise(ISSUES_WRITE, received(1))).resolves.toMatchObject({ cached: false });
  });
});

describe('what the delivery itself tells as news is not denied by the first answers', () => {
  const NOT_FOUND = { status: 404, body: { message: 'Not Found' } };
  const unprocessable = (message: string) => ({ status: 422, body: { message } });
  /** Everything in it says that it was made or changed so long ago; the delivery comes now. */
  const news = (event: string, action: string, ageMs = 0) => {
    const time = new Date(NOW - ageMs).toISOString();
    const times = { created_at: time, updated_at: time };
    return {
      delivery: { ...DELIVERY, event, action, receivedAt: new Date(NOW) },
      payload: { installation: times, repository: { ...times, id: HELLO_WORLD } },
    };
  };

  it.each([
    { event: 'installation', action: 'created', fault: NOT_FOUND },
    {
      event: 'installation',
      action: 'new_permissions_accepted',
      fault: unprocessable('The permissions requested are not granted to this installation.'),
    },
    {
      event: 'installation',
      action: 'unsuspend',
      fault: { status: 403, body: { message: 'This installation has been suspended' } },
    },
    {
      event: 'installation_repositories',
      action: 'added',
      fault: unprocessable('There is at least one repository that does not exist'),
    },
    {
      event: 'repository',
      action: 'created',
      fault: unprocessable('There is at least one repository that does not exist'),
    },
  ])('$event.$action: it waits, and is handled when GitHub knows', async ({ event, action, fault }) => {
    await using scene = await startScene();
    scene.github.faults.next({ method: 'POST' }, fault, fault.status === 404 ? 2 : 1);
    await expect(scene.authorise(ISSUES_WRITE, news(event, action))).rejects.toMatchObject({
      code: 'not_known_yet',
      disposition: 503,
    });
    await expect(scene.authorise(ISSUES_WRITE, news(event, action))).resolves.toMatchObject({
      cached: false,
    });
  });

  it('and is believed when it is five minutes old, by the times of the payload', async () => {
    await using scene = await startScene();
    scene.github.faults.next({ method: 'POST' }, NOT_FOUND, 4);
    const after = (ageMs: number) => scene.authorise(ISSUES_WRITE, news('installation', 'created', ageMs));
    await expect(after(5 * 60_000 - 2_000)).rejects.toMatchObject({ code: 'not_known_yet' });
    await expect(after(5 * 60_000)).rejects.toMatchObject({ code: 'installation_not_found' });
  });

  it('and a look-up that finds nothing waits as well', async () => {
    await using scene = await startScene();
    const delivery = { ...news('repository', 'created').delivery, installationId: null };
    const look = (created_at: unknown) =>
      scene.authorise(ISSUES_WRITE, {
        delivery,
        payload: { repository: { full_name: 'octo-org/brand-new', created_at } },
      });
    await expect(look('2026-11-22T11:59:30Z')).rejects.toMatchObject({ code: 'not_known_yet' });
    await expect(look(NOW / 1000 - 30)).rejects.toMatchObject({ code: 'not_known_yet' });
    for (const old of ['2026-11-22T11:55:00Z', NOW / 1000 - 300, undefined, null, 'just now'])
      await expect(look(old)).rejects.toMatchObject({ code: 'no_installation' });
  });

  it.each([
    { event: 'issues', action: 'opened' },
    { event: 'installation', action: 'deleted' },
    { event: 'installation', action: 'suspend' },
    { event: 'installation_repositories', action: 'removed' },
  ])('$event.$action is no such news', async ({ event, action }) => {
    await using scene = await startScene();
    scene.github.faults.next({ method: 'POST' }, NOT_FOUND, 2);
    await expect(scene.authorise(ISSUES_WRITE, news(event, action))).rejects.toMatchObject({
      code: 'installation_not_found',
      disposition: 'skipped',
    });
  });
});

describe('a 422 at the mint is not believed of an installation that was made or changed a moment ago:', () => {
  it.each([
    { time: 'created_at', message: 'The permissions requested are not granted to this installation.' },
    { time: 'updated_at', message: 'There is at least one repository that does not exist' },
  ])('its $time is asked for', async ({ time, message }) => {
    await using scene = await startScene();
    const refuse = (ageMs: number) => {
      const body = { id: INSTALLATION_ID, [time]: new Date(NOW - ageMs).toISOString() };
      scene.github.faults.next({ method: 'POST' }, { status: 422, body: { message } });
      scene.github.faults.next({ method: 'GET' }, { status: 200, body });
      return scene.authorise();
    };
    await expect(refuse(5 * 60_000 - 1)).rejects.toMatchObject({ code: 'not_known_yet', disposition: 503 });
    await expect(refuse(5 * 60_000)).rejects.toMatchObject({ disposition: 'skipped' });
    expect(scene.asked(/POST/)).toHaveLength(2);
  });
});

describe('a delivery that changes what was granted', () => {
  const changes = ['installation', 'installation_repositories'];

  it.each(changes)('(%s) makes tokens of before be forgotten, once', async (event) => {
    await using scene = await startScene();
    await scene.authorise();
    const delivery = { ...DELIVERY, event, action: 'added', receivedAt: new Date(NOW + 1_000) };
    scene.clock.ms = NOW + 2_000;
    scene.app.notice(delivery);
    await expect(scene.authorise()).resolves.toMatchObject({ cached: false });
    scene.app.notice(delivery);
    await expect(scene.authorise()).resolves.toMatchObject({ cached: true });
  });

  it('and any other one does not', async () => {
    await using scene = await startScene();
    await scene.authorise();
    scene.app.notice({ ...DELIVERY, receivedAt: new Date(NOW + 1_000) });
    scene.app.notice({
      ...DELIVERY,
      event: 'installation',
      installationId: 77,
      receivedAt: new Date(NOW + 1_000),
    });
    await expect(scene.authorise()).resolves.toMatchObject({ cached: true });
  });
});

describe('a delivery without an installation', () => {
  it('has it looked up by what it names', async () => {
    await using scene = await startScene();
    const payload = { repository: { full_name: 'octo-org/hello-world' } };
    await expect(scene.authorise(ISSUES_WRITE, { delivery: LOOK_UP, payload })).resolves.toMatchObject({
      cached: false,
    });
    expect(scene.asked()).toEqual(['GET /repos/octo-org/hello-world/installation 200', `POST ${MINT} 201`]);
  });

  it('that names an enterprise and no organization gets a token of the enterprise’s installation', async () => {
    const enterprise = { id: 1730, slug: 'octo-corp' };
    const installation = {
      id: 88,
      account: { login: enterprise.slug, type: 'Enterprise' as const, id: enterprise.id },
      permissions: { enterprise_organizations: 'write', enterprise_people: 'read' },
      repositories: [],
    };
    await using scene = await startScene({ github: { installations: [installation] } });
    const grant = {
      permissions: { enterprise_organizations: 'write' },
      repositories: 'installation',
    } as const;
    const { token } = await scene.authorise(grant, { delivery: LOOK_UP, payload: { enterprise } });
    expect(token.permissions).toEqual({ enterprise_organizations: 'write' });
    expect(scene.asked()).toEqual([
      'GET /enterprises/octo-corp/installation 200',
      'POST /app/installations/88/access_tokens 201',
    ]);
  });

  it.each([
    { name: 'that names nothing', delivery: LOOK_UP, payload: {} },
    {
      name: 'that is a ping, whatever it names',
      delivery: { ...LOOK_UP, event: 'ping' },
      payload: { repository: { full_name: 'octo-org/hello-world' } },
    },
  ])('$name gets no token, and costs no call', async ({ delivery, payload }) => {
    await using scene = await startScene();
    await expect(scene.authorise(ISSUES_WRITE, { delivery, payload })).rejects.toMatchObject({
      code: 'no_installation',
      disposition: 'skipped',
    });
    expect(scene.asked()).toEqual([]);
  });

  it('is not looked up where the payload said which', async () => {
    await using scene = await startScene();
    const payload = { repository: { full_name: 'octocat/Spoon-Knife' } };
    await scene.authorise(ISSUES_WRITE, { payload });
    expect(scene.asked()).toEqual([`POST ${MINT} 201`]);
  });
});

describe('the authority of a handler', () => {
  it('is a token with nothing on it but what the contract names', async () => {
    await using scene = await startScene();
    const { token, cached } = await scene.authorise();
    expect(token).toEqual({
      token: expect.stringMatching(/^ghs_/),
      expiresAt: new Date('2026-11-22T13:00:00Z'),
      permissions: { issues: 'write' },
      repositoryIds: [HELLO_WORLD],
    });
    expect(cached).toBe(false);
  });

  it('is shared with the next delivery of the same grant', async () => {
    await using scene = await startScene();
    const first = await scene.authorise();
    const second = await scene.authorise();
    expect(second.cached).toBe(true);
    expect(second.token).toEqual(first.token);
    expect(scene.asked()).toEqual([`POST ${MINT} 201`]);
  });

  it('can be asked about while the App is rate limited: what is there goes on, and nothing is sent', async () => {
    await using scene = await startScene();
    await scene.authorise();
    scene.github.faults.next({}, { status: 403, headers: { 'retry-after': '60' } });
    const other = { permissions: { issues: 'write' }, repositories: [OPEN] } as const;
    await expect(scene.authorise(other)).rejects.toMatchObject({ code: 'app_rate_limited' });
    const limit = expect.objectContaining({ code: 'app_rate_limited', retryAfterSeconds: 60 });
    expect(() => scene.app.checkMint(INSTALLATION_ID, other)).toThrow(limit);
    expect(() => scene.app.checkMint(INSTALLATION_ID, ISSUES_WRITE)).not.toThrow();
    expect(scene.asked()).toHaveLength(2);
  });

  it('can be spoilt by no handler for the next one', async () => {
    await using scene = await startScene();
    const { token } = await scene.authorise();
    Object.assign(token, { token: 'mine', repositoryIds: [1] });
    await expect(scene.authorise()).resolves.toMatchObject({ token: { repositoryIds: [HELLO_WORLD] } });
  });

  it('can be spoilt by no handler, not even within', async () => {
    await using scene = await startScene();
    const { token } = await scene.authorise();
    const before = structuredClone(token);
    token.expiresAt.setTime(0);
    Object.assign(token.permissions, { contents: 'write' });
    Object.assign(token.repositoryIds ?? [], { 1: OPEN });
    const next = await scene.authorise();
    expect(next.cached).toBe(true);
    expect(next.token).toEqual(before);
  });

  it('tells its secrets, the renewed one too, so that no log shows them', async () => {
    await using scene = await startScene();
    const { github, token, secrets } = await scene.authorise();
    expect([...secrets()]).toEqual([token.token]);
    scene.github.revoke(token.token);
    scene.clock.ms += 10_000;
    await github.request('GET /repos/octo-org/hello-world/issues/347');
    expect([...secrets()]).toHaveLength(2);
    expect([...secrets()]).toContain([...scene.app.heldTokens()][0]);
  });

  it('ends with the delivery: silence is told in time', async () => {
    await using scene = await startScene();
    const deadline = startDeadline(NOW + 600, { ...SYSTEM_CLOCK, now: () => NOW });
    scene.github.faults.next({}, { silence: true });
    await expect(scene.authorise(ISSUES_WRITE, { deadline })).rejects.toMatchObject({
      code: 'github_unavailable',
      disposition: 502,
    });
    expect(deadline.signal.aborted).toBe(false);
    deadline.end();
  });

  it('leaves no secret in the log', async () => {
    await using scene = await startScene({ skewMs: 20 * 60_000 });
    const { github, token } = await scene.authorise();
    await github.request('GET /repos/octo-org/hello-world/issues/347');
    const logged = scene.logged.join('\n');
    expect(logged).not.toContain(token.token);
    expect(logged).not.toMatch(/ghs_|eyJ|BEGIN/);
  });

  it('is found for installations one by one', async () => {
    await using scene = await startScene();
    const mine = await scene.authorise({ permissions: { issues: 'write' }, repositories: 'installation' });
    const other = await scene.authorise(
      { permissions: { issues: 'write' }, repositories: 'installation' },
      { delivery: { ...DELIVERY, installationId: 77 } },
    );
    expect(other.token.token).not.toBe(mine.token.token);
    expect(scene.github.tokens.map(({ grant }) => grant.installationId)).toEqual([INSTALLATION_ID, 77]);
  });

  it('waits for the calls that nobody awaited, and names their routes', async () => {
    await using scene = await startScene();
    const { github, finishCalls } = await scene.authorise();
    const issue = { owner: 'octo-org', repo: 'hello-world', issue_number: 347 };
    await github.request('GET /repos/{owner}/{repo}/issues/{issue_number}', issue);
    void github.request('GET /repos/{owner}/{repo}/issues/{issue_number}', issue);
    void github.request('GET /repos/{owner}/{repo}/issues/{issue_number}', {
      ...issue,
      issue_number: 404_404,
    });
    expect(await finishCalls()).toEqual([
      { route: 'GET /repos/{owner}/{repo}/issues/{issue_number}' },
      {
        route: 'GET /repos/{owner}/{repo}/issues/{issue_number}',
        failure: { error: expect.objectContaining({ status: 404 }) },
      },
    ]);
  });
});
