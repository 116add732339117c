import { inspect } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import type { Clock } from '../../lib/async/clock.ts';
import { startDeadline } from '../../lib/async/deadline.ts';
import { createClient } from '../../lib/github/client.ts';
import { readCallFault } from '../../lib/github/octokit-errors.ts';
import type { OctokitClient } from '../../lib/github/octokit.ts';
import { AnswerTooLarge } from '../../lib/http/received.ts';
import { createManualClock, type ManualClock } from '../harness/clock.ts';
import type { MintedToken } from '../../lib/github/installation-token.ts';
import {
  createSceneClock,
  INSTALLATION_ID,
  ISSUE,
  json,
  MINT,
  NOW,
  recordingLog,
  startScene,
  fetchOverHttps,
  startServer,
  stubFetch,
} from './scene.ts';

const WHERE = { owner: 'octo-org', repo: 'hello-world', issue_number: 347 } as const;
const TOKEN = 'ghs_4711_not-a.real-token_of.anybody';
const IN_VAIN = { message: 'Resource not accessible by integration' };

const read = (github: OctokitClient) =>
  github.request('GET /repos/{owner}/{repo}/issues/{issue_number}', WHERE);
const comment = (github: OctokitClient) =>
  github.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', { ...WHERE, body: 'Hello' });
const OTHER_WRITES = [
  { name: 'PATCH', route: 'PATCH /repos/octo-org/hello-world/issues/347' },
  { name: 'PUT', route: 'PUT /repos/octo-org/hello-world/issues/347/lock' },
  { name: 'DELETE', route: 'DELETE /repos/octo-org/hello-world/issues/347/labels/bug' },
] as const;

interface ClientOptions {
  /** Of its token. */
  readonly ageMs?: number;
  readonly worked?: boolean;
  readonly budgetMs?: number;
  readonly cached?: boolean;
  readonly clock?: Clock;
}

/** A client on its own: what it asks for is answered by one function. */
function clientOf(
  apiUrl: string,
  answer: Parameters<typeof stubFetch>[0] = () => json({}),
  {
    ageMs = 60_000,
    worked = true,
    budgetMs = 20_000,
    cached = false,
    clock = createSceneClock(),
  }: ClientOptions = {},
) {
  const { fetch, requests } = stubFetch(answer);
  const { log, logged } = recordingLog();
  const deadline = startDeadline(NOW + budgetMs, clock);
  const renewals: MintedToken[] = [];
  const token = {
    token: TOKEN,
    expiresAt: new Date(NOW + 3_600_000),
    permissions: {},
    mintedAtMs: NOW - ageMs,
    worked,
    missed: false,
  };
  const renew = (refused: MintedToken): Promise<MintedToken> => {
    renewals.push(refused);
    const fresh = { ...token, token: `${TOKEN}-${renewals.length}`, mintedAtMs: clock.now(), worked: false };
    return Promise.resolve(fresh);
  };
  const githubNow = (): number => clock.now();
  const deps = { apiUrl, fetch, deadline, clock, toLog: () => log, githubNow, renew };
  const github = createClient({ token, cached }, deps);
  return { github, requests, logged, renewals, clock, deadline, [Symbol.dispose]: () => deadline.end() };
}

describe.concurrent('a young token that GitHub refuses', () => {
  const lags = [
    { status: 401, calls: 1 },
    { status: 401, calls: 2 },
    { status: 403, calls: 1 },
    { status: 403, calls: 2 },
    { status: 404, calls: 1 },
  ] as const;

  it.each(lags)('with $status for $calls calls is tried again, and works', async ({ status, calls }) => {
    await using scene = await startScene();
    scene.github.lag({ status, calls });
    const { github } = await scene.authorise();
    await expect(read(github)).resolves.toMatchObject({ status: 200, data: { number: 347 } });
    expect(scene.asked(/issues/)).toEqual([
      ...Array.from({ length: calls }, () => `GET ${ISSUE} ${status}`),
      `GET ${ISSUE} 200`,
    ]);
    expect(scene.asked(/access_tokens/)).toHaveLength(1);
  });

  it.each(lags)(
    'with $status for $calls calls of POST is tried again, and done once',
    async ({ status, calls }) => {
      await using scene = await startScene();
      scene.github.lag({ status, calls });
      const { github } = await scene.authorise();
      await expect(comment(github)).resolves.toMatchObject({ status: 201 });
      expect(scene.asked(/comments/)).toHaveLength(calls + 1);
      await expect(scene.github.seen.comments('octo-org/hello-world', 347)).resolves.toHaveLength(1);
    },
  );

  it.each([
    { status: 401, tries: 3 },
    { status: 403, tries: 3 },
    { status: 404, tries: 2 },
  ] as const)(
    'with $status for good is given up after $tries tries, within 3 s',
    async ({ status, tries }) => {
      await using scene = await startScene();
      scene.github.lag({ status });
      const { github } = await scene.authorise();
      const startedMs = scene.clock.now();
      await expect(read(github)).rejects.toMatchObject({ status });
      expect(scene.clock.now() - startedMs).toBeLessThan(3_000);
      expect(scene.asked(/issues/)).toHaveLength(tries);
      expect(scene.asked(/access_tokens/)).toHaveLength(1);
    },
  );

  it('with 404, then 401, is tried no more than three times', async () => {
    await using scene = await startScene();
    const { github } = await scene.authorise();
    for (const status of [401, 404, 401]) scene.github.faults.next({ path: /issues/ }, { status, body: {} });
    await expect(read(github)).rejects.toMatchObject({ status: 404 });
    expect(scene.asked(/issues/)).toEqual([`GET ${ISSUE} 401`, `GET ${ISSUE} 404`]);
  });

  it('is not tried past 3 s, however slow the refusals', async () => {
    const clock = createSceneClock();
    using client = clientOf(
      'https://api.github.com',
      () => {
        clock.ms += 2_600;
        return json({ message: 'Bad credentials' }, 401);
      },
      { ageMs: 0, worked: false, clock },
    );
    await expect(read(client.github)).rejects.toMatchObject({ status: 401 });
    expect(client.requests).toHaveLength(1);
  });

  it('is not renewed: the next call may find it known', async () => {
    using client = clientOf('https://api.github.com', () => json({ message: 'Bad credentials' }, 401), {
      ageMs: 0,
      worked: false,
    });
    await expect(read(client.github)).rejects.toMatchObject({ status: 401 });
    expect(client.renewals).toEqual([]);
  });

  it('because something is not there costs one repeat', async () => {
    await using scene = await startScene();
    scene.github.lag({ status: 404, calls: 0 }); // as GitHub, which does not say that it knows the token everywhere
    const { github } = await scene.authorise();
    await expect(github.request('GET /repos/octo-org/hello-world/issues/9')).rejects.toMatchObject({
      status: 404,
    });
    expect(scene.asked(/issues/)).toHaveLength(2);
  });

  it('because something is not there is believed at once, where the answer says that the token is known', async () => {
    await using scene = await startScene();
    const { github } = await scene.authorise();
    await expect(github.request('GET /repos/octo-org/hello-world/issues/9')).rejects.toMatchObject({
      status: 404,
    });
    expect(scene.asked(/issues/)).toHaveLength(1);
  });

  it.each([
    { name: '400', status: 400 },
    { name: '409', status: 409 },
    { name: '410', status: 410 },
    { name: '422', status: 422 },
    { name: '451', status: 451 },
  ])('for another reason ($name) is not tried again', async ({ status }) => {
    await using scene = await startScene();
    const { github } = await scene.authorise();
    scene.github.faults.next({ path: /comments/ }, { status, body: { message: 'No' } });
    await expect(comment(github)).rejects.toMatchObject({ status });
    expect(scene.asked(/comments/)).toHaveLength(1);
  });

  it('ends its pause with the time of the delivery', async () => {
    using client = clientOf('https://api.github.com', () => json(IN_VAIN, 403), {
      ageMs: 0,
      worked: false,
      budgetMs: 50,
    });
    await expect(read(client.github)).rejects.toMatchObject({ cause: { code: 'deadline' } });
    expect(client.clock.now() - NOW).toBeLessThan(450);
    expect(client.requests).toHaveLength(1);
  });
});

describe.concurrent('a rate limit is never tried against, even with a young token', () => {
  it.each([
    {
      name: 'primary',
      status: 403,
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1795349000' },
    },
    { name: 'secondary', status: 403, headers: { 'retry-after': '60' } },
    { name: '429', status: 429, headers: {} },
    { name: 'in words', status: 403, headers: {}, message: 'You have exceeded a secondary rate limit.' },
  ])('$name', async ({ status, headers, message = 'Forbidden' }) => {
    await using scene = await startScene();
    const { github } = await scene.authorise();
    scene.github.faults.next({ path: /issues/ }, { status, headers, body: { message } }, 3);
    await expect(read(github)).rejects.toMatchObject({ status });
    await expect(comment(github)).rejects.toMatchObject({ status });
    expect(scene.asked(/issues/)).toHaveLength(2);
  });
});

describe.concurrent('a token that has worked, or is over 10 s old,', () => {
  const ages = [
    { name: 'has worked', spend: (github: OctokitClient) => read(github), ageMs: 0 },
    { name: 'is 10 s old', spend: () => Promise.resolve(), ageMs: 10_000 },
  ] as const;
  const refusals = ages.flatMap((age) => [403, 404].map((status) => ({ ...age, status })));

  it.each(refusals)('is believed: it $name and gets $status', async ({ spend, ageMs, status }) => {
    await using scene = await startScene();
    const { github } = await scene.authorise();
    await spend(github);
    scene.clock.ms += ageMs;
    scene.github.faults.next({ path: /comments/ }, { status, body: IN_VAIN }, 3);
    await expect(comment(github)).rejects.toMatchObject({ status });
    expect(scene.asked(/comments/)).toHaveLength(1);
  });

  it.each(ages)('is dropped at a 401 and minted anew, once: it $name', async ({ spend, ageMs }) => {
    await using scene = await startScene();
    const { github, token } = await scene.authorise();
    await spend(github);
    scene.clock.ms += ageMs;
    scene.github.revoke(token.token);
    await expect(comment(github)).resolves.toMatchObject({ status: 201 });
    expect(scene.asked(/comments/)).toEqual([`POST ${ISSUE}/comments 401`, `POST ${ISSUE}/comments 201`]);
    expect(scene.asked(/access_tokens/)).toEqual([`POST ${MINT} 201`, `POST ${MINT} 201`]);
    const next = await scene.authorise();
    expect(next.cached).toBe(true);
    expect(next.token.token).not.toBe(token.token);
  });

  it('is known to have worked by all that share it', async () => {
    await using scene = await startScene();
    await read((await scene.authorise()).github);
    const { github, cached } = await scene.authorise();
    scene.github.faults.next({ path: /comments/ }, { status: 403, body: { message: 'No' } }, 3);
    await expect(comment(github)).rejects.toMatchObject({ status: 403 });
    expect(cached).toBe(true);
    expect(scene.asked(/comments/)).toHaveLength(1);
  });

  it('has worked where GitHub found nothing new', async () => {
    using client = clientOf(
      'https://api.github.com',
      (_, { method }) => (method === 'GET' ? new Response(null, { status: 304 }) : json({}, 404)),
      {
        ageMs: 0,
        worked: false,
      },
    );
    await expect(read(client.github)).rejects.toMatchObject({ status: 304 });
    await expect(comment(client.github)).rejects.toMatchObject({ status: 404 });
    expect(client.requests).toHaveLength(2);
  });

  it('that is refused again after the new mint is given up', async () => {
    await using scene = await startScene();
    const { github } = await scene.authorise();
    await read(github);
    scene.github.faults.next({ path: /comments/ }, { status: 401, body: { message: 'Bad credentials' } }, 20);
    await expect(comment(github)).rejects.toMatchObject({ status: 401 });
    // The old one, then the new one with the three tries of a young token.
    expect(scene.asked(/comments/)).toHaveLength(4);
    expect(scene.asked(/access_tokens/)).toHaveLength(2);
  });

  it('is minted anew once in a run: the second time it is told', async () => {
    await using scene = await startScene();
    const { github } = await scene.authorise();
    await read(github);
    const dead = { status: 401, body: { message: 'Bad credentials' } };
    scene.github.faults.next({ path: /comments/ }, dead);
    await comment(github);
    scene.github.faults.next({ path: /comments/ }, dead);
    await expect(comment(github)).rejects.toMatchObject({ status: 401 });
    expect(scene.asked(/access_tokens/)).toHaveLength(2);
  });

  it('tells why no other could be minted', async () => {
    await using scene = await startScene();
    const { github } = await scene.authorise();
    await read(github);
    scene.github.uninstall(INSTALLATION_ID);
    await expect(comment(github)).rejects.toMatchObject({ cause: { code: 'installation_not_found' } });
  });

  it('is renewed for all calls that were under way', async () => {
    await using scene = await startScene();
    const { github, token } = await scene.authorise();
    await read(github);
    scene.github.revoke(token.token);
    const answers = await Promise.all([read(github), read(github), comment(github)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 201]);
    expect(scene.asked(/access_tokens/)).toHaveLength(2);
  });

  it('is renewed once for all deliveries that share it', async () => {
    await using scene = await startScene();
    const { github, token } = await scene.authorise();
    const { github: other } = await scene.authorise();
    await read(github);
    scene.github.revoke(token.token);
    const answers = await Promise.all([read(github), comment(other), read(other)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 201, 200]);
    await expect(read(other)).resolves.toMatchObject({ status: 200 });
    expect(scene.asked(/access_tokens/)).toHaveLength(2);
  });
});

describe.concurrent('an outage', () => {
  const faults = [
    { name: '500', fault: { status: 500 } },
    { name: '502', fault: { status: 502, body: '<html>' } },
    { name: 'a cut connection', fault: { reset: true } },
  ] as const;

  it.each(faults)('of one GET ($name) is got over', async ({ fault }) => {
    await using scene = await startScene();
    const { github } = await scene.authorise();
    scene.github.faults.next({ path: /issues/ }, fault);
    await expect(read(github)).resolves.toMatchObject({ status: 200 });
    expect(scene.asked(/issues/)).toHaveLength(2);
  });

  it.each(faults)('of two GETs ($name) is told', async ({ fault }) => {
    await using scene = await startScene();
    const { github } = await scene.authorise();
    scene.github.faults.next({ path: /issues/ }, fault, 5);
    await expect(read(github)).rejects.toMatchObject({ name: 'HttpError' });
    expect(scene.asked(/issues/)).toHaveLength(2);
  });

  it.each([...faults, { name: 'a connection cut after it was done', fault: { resetAfter: true } }] as const)(
    'of a POST ($name) is told: it may have been done',
    async ({ fault }) => {
      await using scene = await startScene();
      const { github } = await scene.authorise();
      scene.github.faults.next({ path: /comments/ }, fault);
      await expect(comment(github)).rejects.toMatchObject({ name: 'HttpError' });
      expect(scene.asked(/comments/)).toHaveLength(1);
      const done = 'resetAfter' in fault ? 1 : 0;
      await expect(scene.github.seen.comments('octo-org/hello-world', 347)).resolves.toHaveLength(done);
    },
  );

  it.each(OTHER_WRITES)('of a $name is told', async ({ route }) => {
    using client = clientOf('https://api.github.com', () => json({}, 502));
    await expect(client.github.request(route)).rejects.toMatchObject({ status: 502 });
    expect(client.requests).toHaveLength(1);
  });

  it('of a GraphQL query is told: it may be a mutation', async () => {
    using client = clientOf('https://api.github.com', () => json({}, 502));
    await expect(client.github.graphql('mutation { x }')).rejects.toMatchObject({ status: 502 });
    expect(client.requests).toHaveLength(1);
  });

  it.each([
    { name: 'GET', call: read, tries: 2 },
    { name: 'POST', call: comment, tries: 1 },
  ])('that cuts the answer to a $name in its middle is one too', async ({ call, tries }) => {
    await using server = await startServer(() => ({
      status: 200,
      headers: {
        'content-length': '9000',
        'content-type': 'application/json; charset=utf-8',
        connection: 'close',
      },
      body: '[{"filename":"a.ts"},',
    }));
    using client = clientOf(server.url, (url, init) =>
      fetchOverHttps(url, { ...init, signal: AbortSignal.timeout(500) }),
    );
    const thrown: unknown = await call(client.github).catch((error: unknown) => error);
    expect(readCallFault(thrown, { nowMs: NOW })).toMatchObject({
      code: 'github_unavailable',
      disposition: 502,
    });
    expect(server.requests).toHaveLength(tries);
  });
});

describe.concurrent('when the time of the delivery is up', () => {
  it('nothing more is asked, by REST or GraphQL, by a kept or a derived client', async () => {
    using client = clientOf('https://api.github.com', () => json({}), { budgetMs: 50 });
    const derived = client.github.request.defaults({ headers: { 'x-a': 'b' } });
    await read(client.github);
    await new Promise<void>((resolve) => {
      client.deadline.signal.addEventListener('abort', () => resolve());
    });
    await expect(read(client.github)).rejects.toMatchObject({ cause: { code: 'deadline' } });
    await expect(comment(client.github)).rejects.toMatchObject({ cause: { code: 'deadline' } });
    await expect(client.github.graphql('{ viewer { login } }')).rejects.toMatchObject({
      cause: { code: 'deadline' },
    });
    await expect(derived('GET /user')).rejects.toMatchObject({ cause: { code: 'deadline' } });
    await expect(client.github.request('GET https://example.com/x')).rejects.toMatchObject({
      cause: { code: 'deadline' },
    });
    const own = { headers: { authorization: 'Bearer mine' } };
    await expect(client.github.request('GET /user', own)).rejects.toMatchObject({
      cause: { code: 'deadline' },
    });
    expect(client.requests).toHaveLength(1);
  });

  it('a handler’s own signal has no say in it, and the other way round', async () => {
    using client = clientOf('https://api.github.com', (_, { signal }) => {
      signal?.throwIfAborted();
      return json({});
    });
    const request = { signal: AbortSignal.abort() };
    await expect(client.github.request('GET /user', { request })).rejects.toThrow('aborted');
    await expect(client.github.request('GET /user')).resolves.toMatchObject({ status: 200 });
  });
});

/** Answers after so many milliseconds of the clock, unless it is told to stop; never, for `Infinity`. */
function slowly(clock: ManualClock, ms: number): Parameters<typeof stubFetch>[0] {
  return (_, { signal }) =>
    new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason));
      if (ms !== Infinity) clock.after(ms, () => resolve(json({ number: 347 })));
    });
}

describe('a silent GitHub', () => {
  it.each([
    { name: 'GET', call: read, requests: 2 },
    { name: 'POST', call: comment, requests: 1 },
  ])('has half a second less than the delivery: then a $name says so', async ({ call, requests }) => {
    const clock = createManualClock(NOW);
    using client = clientOf('https://api.github.com', slowly(clock, Infinity), { clock });
    const thrown = call(client.github).catch((error: unknown) => error);
    await clock.advance(19_499);
    expect(client.deadline.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(readCallFault(await thrown, { nowMs: NOW })).toMatchObject({ code: 'github_unavailable' });
    expect(client.requests).toHaveLength(requests);
  });

  it('costs a GET four seconds, where another connection answers', async () => {
    const clock = createManualClock(NOW);
    const [silent, quick] = [slowly(clock, Infinity), slowly(clock, 100)];
    using client = clientOf(
      'https://api.github.com',
      (url, init) => (client.requests.length === 1 ? silent : quick)(url, init),
      { clock },
    );
    const answer = read(client.github);
    await clock.advance(4_100);
    await expect(answer).resolves.toMatchObject({ data: { number: 347 } });
  });

  it.each([
    { name: 'GET', call: read },
    { name: 'POST', call: comment },
  ])('is none that answers a $name late: its answer is taken', async ({ call }) => {
    const clock = createManualClock(NOW);
    using client = clientOf('https://api.github.com', slowly(clock, 12_000), { clock });
    const answer = call(client.github);
    await clock.advance(12_000);
    await expect(answer).resolves.toMatchObject({ data: { number: 347 } });
  });
});

describe('an answer that is not GitHub’s', () => {
  const page = (status: number) => () =>
    new Response('<html>Not Found</html>', { status, headers: { 'content-type': 'text/html' } });

  it.each([
    { name: '404 to a GET', status: 404, call: read, requests: 2 },
    { name: '403 to a GET', status: 403, call: read, requests: 2 },
    { name: '404 to a POST', status: 404, call: comment, requests: 1 },
    { name: '410 to a POST', status: 410, call: comment, requests: 1 },
  ])('($name) is an outage, and no word of GitHub’s', async ({ status, call, requests }) => {
    using client = clientOf('https://api.github.com', page(status));
    const thrown: unknown = await call(client.github).catch((error: unknown) => error);
    expect(thrown).not.toMatchObject({ status });
    expect(readCallFault(thrown, { nowMs: NOW })).toMatchObject({
      code: 'github_unavailable',
      message: expect.stringContaining('GITHUB_API_URL'),
    });
    expect(client.requests).toHaveLength(requests);
  });

  it('is got over where GitHub answers the second time', async () => {
    using client = clientOf('https://api.github.com', () =>
      client.requests.length === 1 ? page(404)() : json({ number: 347 }),
    );
    await expect(read(client.github)).resolves.toMatchObject({ data: { number: 347 } });
  });

  it.each([
    { name: 'a page', answer: page(200) },
    { name: 'nothing', answer: () => new Response(null) },
    { name: 'JSON that is cut', answer: () => new Response('{"data":{"vie') },
    { name: 'a list', answer: () => json([]) },
  ])('is an outage to GraphQL, with 200: $name', async ({ answer }) => {
    using client = clientOf('https://api.github.com', answer);
    await expect(client.github.graphql('{ x }')).rejects.toMatchObject({ code: 'github_unavailable' });
  });

  it('is an outage to REST as well, with a 200 and a page that GitHub did not make', async () => {
    using client = clientOf('https://api.github.com', page(200));
    await expect(read(client.github)).rejects.toMatchObject({ code: 'github_unavailable' });
  });

  it('and a page that GitHub made is an answer', async () => {
    using client = clientOf(
      'https://api.github.com',
      () =>
        new Response('<p>Hello</p>', {
          headers: { 'content-type': 'text/html;charset=utf-8', 'x-github-request-id': 'A1' },
        }),
    );
    await expect(client.github.request('POST /markdown', { text: 'Hello' })).resolves.toMatchObject({
      data: '<p>Hello</p>',
    });
  });

  it('is too large to be read: that is told, and not tried again', async () => {
    const tooLarge = new TypeError('fetch failed', { cause: new AnswerTooLarge() });
    using client = clientOf('https://api.github.com', () => Promise.reject(tooLarge));
    const thrown: unknown = await read(client.github).catch((error: unknown) => error);
    expect(readCallFault(thrown, { nowMs: NOW })).toMatchObject({
      code: 'github_unexpected',
      detail: 'an answer of more than 32 MiB',
    });
    expect(client.requests).toHaveLength(1);
  });
});

describe('a token that was there before the delivery may be less than what was granted since:', () => {
  const refusals = [
    { name: '403', status: 403, body: IN_VAIN },
    { name: '404', status: 404, body: { message: 'Not Found' } },
  ];

  it.each(refusals)('$name of it mints once more', async ({ status, body }) => {
    using client = clientOf(
      'https://api.github.com',
      () => (client.requests.length === 1 ? json(body, status) : json({ number: 347 })),
      { cached: true },
    );
    await expect(read(client.github)).resolves.toMatchObject({ data: { number: 347 } });
    expect(client.renewals).toHaveLength(1);
    const carried = client.requests.map(({ headers }) => headers.get('authorization'));
    expect(carried).toEqual([`Bearer ${TOKEN}`, `Bearer ${TOKEN}-1`]);
  });

  it.each(refusals)('$name of one that was minted for the delivery is believed', async ({ status, body }) => {
    using client = clientOf('https://api.github.com', () => json(body, status), { cached: false });
    await expect(read(client.github)).rejects.toMatchObject({ status });
    expect(client.renewals).toEqual([]);
  });

  it('403 for another reason is believed', async () => {
    using client = clientOf(
      'https://api.github.com',
      () => json({ message: 'Repository was archived so is read-only.' }, 403),
      { cached: true },
    );
    await expect(comment(client.github)).rejects.toMatchObject({ status: 403 });
    expect(client.renewals).toEqual([]);
    expect(client.requests).toHaveLength(1);
  });

  it('what a new token does not find either costs the next delivery no mint', async () => {
    await using scene = await startScene();
    await read((await scene.authorise()).github);
    const missing = (github: OctokitClient) => github.request('GET /repos/octo-org/hello-world/issues/9');
    for (let delivery = 0; delivery < 3; delivery += 1) {
      const { github, cached } = await scene.authorise();
      expect(cached).toBe(true);
      await expect(missing(github)).rejects.toMatchObject({ status: 404 });
    }
    expect(scene.asked(/access_tokens/)).toHaveLength(2);
  });
});

describe('the token goes to no other host:', () => {
  it.each([
    { name: 'an absolute URL', route: 'GET https://example.com/x' },
    { name: 'a name that begins like GitHub’s', route: 'GET https://api.github.com.example.com/x' },
    { name: 'GitHub’s name before an @', route: 'GET https://api.github.com@example.com/x' },
    { name: 'an @ that would end the host', route: 'GET @example.com/x' },
    { name: 'a dot that would prolong the host', route: 'GET .example.com/x' },
    { name: 'no encryption', route: 'GET http://api.github.com/x' },
    { name: 'the web site', route: 'GET https://github.com/x' },
    { name: 'where files are kept', route: 'GET https://objects.githubusercontent.com/x' },
  ])('$name', async ({ route }) => {
    using client = clientOf('https://api.github.com');
    await client.github.request(route).catch(() => {});
    for (const { headers } of client.requests) expect(headers.get('authorization')).toBeNull();
  });

  it('another base URL', async () => {
    using client = clientOf('https://api.github.com');
    const { defaults } = client.github.request;
    await client.github.request('GET /x', { baseUrl: 'https://example.com' });
    await defaults({ baseUrl: 'https://example.com' })('GET /x');
    await client.github.graphql('{ x }', { baseUrl: 'https://example.com' });
    expect(client.requests.map(({ url }) => url)).toEqual([
      'https://example.com/x',
      'https://example.com/x',
      'https://example.com/graphql',
    ]);
    for (const { headers } of client.requests) expect(headers.get('authorization')).toBeNull();
  });

  it('a template that a payload fills', async () => {
    using client = clientOf('https://api.github.com');
    await client.github.request('GET {+url}', { url: 'https://example.com/x' }).catch(() => {});
    await client.github.request('GET /repos/{owner}/{repo}', {
      owner: '@example.com',
      repo: '//example.com',
    });
    const carrying = client.requests.filter(({ headers }) => headers.has('authorization'));
    expect(carrying.map(({ url }) => new URL(url).host)).toEqual(['api.github.com']);
  });

  it.each([
    { status: 301, method: 'GET' },
    { status: 302, method: 'GET' },
    { status: 307, method: 'GET' },
    { status: 307, method: 'POST' },
    { status: 308, method: 'POST' },
  ])('a redirect ($status of a $method)', async ({ status, method }) => {
    await using other = await startServer(() => ({ status: 200, body: '{}' }));
    await using scene = await startScene();
    const { github } = await scene.authorise();
    const location = `${other.url.replace('127.0.0.1', 'localhost')}/x`;
    scene.github.faults.next({ path: /issues/ }, { status, headers: { location } });
    await github.request(`${method} ${ISSUE}`).catch(() => {});
    for (const { headers } of other.requests) expect(headers.authorization).toBeUndefined();
  });

  it('and is not what a handler’s own credential is replaced by, or renewed for', async () => {
    using client = clientOf('https://api.github.com', () => json({ message: 'Bad credentials' }, 401));
    const own = { headers: { authorization: 'Bearer mine' } };
    await expect(client.github.request('GET /user', own)).rejects.toMatchObject({ status: 401 });
    expect(client.requests.map(({ headers }) => headers.get('authorization'))).toEqual(['Bearer mine']);
    expect(client.renewals).toEqual([]);
  });
});

describe('the token goes with', () => {
  it.each([
    { api: 'https://api.github.com', route: 'GET /user', url: 'https://api.github.com/user' },
    {
      api: 'https://api.github.com',
      route: 'POST https://uploads.github.com/repos/o/r/releases/1/assets?name=a.zip',
      url: 'https://uploads.github.com/repos/o/r/releases/1/assets?name=a.zip',
    },
    {
      api: 'https://api.octocorp.ghe.com',
      route: 'POST https://uploads.octocorp.ghe.com/repos/o/r/releases/1/assets',
      url: 'https://uploads.octocorp.ghe.com/repos/o/r/releases/1/assets',
    },
    {
      api: 'https://ghe.example.com/api/v3',
      route: 'GET /user',
      url: 'https://ghe.example.com/api/v3/user',
    },
    {
      api: 'https://ghe.example.com/api/v3',
      route: 'POST https://ghe.example.com/api/uploads/repos/o/r/releases/1/assets',
      url: 'https://ghe.example.com/api/uploads/repos/o/r/releases/1/assets',
    },
  ])('$route of $api', async ({ api, route, url }) => {
    using client = clientOf(api);
    await client.github.request(route);
    expect(client.requests.map((request) => request.url)).toEqual([url]);
    expect(client.requests[0]?.headers.get('authorization')).toBe(`Bearer ${TOKEN}`);
  });

  it.each([
    { api: 'https://api.github.com', url: 'https://api.github.com/graphql' },
    { api: 'https://api.octocorp.ghe.com', url: 'https://api.octocorp.ghe.com/graphql' },
    { api: 'https://ghe.example.com/api/v3', url: 'https://ghe.example.com/api/graphql' },
  ])('a GraphQL query of $api', async ({ api, url }) => {
    using client = clientOf(api, () => json({ data: { viewer: { login: 'hookmint[bot]' } } }));
    await expect(client.github.graphql('{ viewer { login } }')).resolves.toEqual({
      viewer: { login: 'hookmint[bot]' },
    });
    expect(client.requests.map((request) => request.url)).toEqual([url]);
    expect(client.requests[0]?.headers.get('authorization')).toBe(`Bearer ${TOKEN}`);
    expect(client.requests[0]?.headers.get('x-github-api-version')).toBe('2022-11-28');
  });

  it('a GraphQL query that GitHub first refuses, as young as it is', async () => {
    using client = clientOf(
      'https://api.github.com',
      () => (client.requests.length === 1 ? json({ message: 'Bad credentials' }, 401) : json({ data: {} })),
      { ageMs: 0, worked: false },
    );
    await expect(client.github.graphql('{ x }')).resolves.toEqual({});
    expect(client.requests).toHaveLength(2);
  });

  it('a repository that was renamed, and its redirect', async () => {
    await using scene = await startScene();
    const { github } = await scene.authorise();
    await scene.github.rename('octo-org/hello-world', 'octo-org/hello-moon');
    await expect(read(github)).resolves.toMatchObject({ status: 200, data: { number: 347 } });
    await expect(comment(github)).resolves.toMatchObject({ status: 201 });
    await expect(scene.github.seen.comments('octo-org/hello-moon', 347)).resolves.toHaveLength(1);
  });
});

it('every call says which version of the API it means, and who it is', async () => {
  using client = clientOf('https://api.github.com');
  await read(client.github);
  const { headers } = client.requests[0] ?? {};
  expect(headers?.get('x-github-api-version')).toBe('2022-11-28');
  expect(headers?.get('user-agent')).toBe('hookmint');
});

it('a handler may ask for another version of the API', async () => {
  using client = clientOf('https://api.github.com');
  await client.github.request('GET /user', { headers: { 'X-GitHub-Api-Version': '2026-03-10' } });
  expect(client.requests[0]?.headers.get('x-github-api-version')).toBe('2026-03-10');
});

it('ids beyond what a number holds come whole, and go whole', async () => {
  using client = clientOf(
    'https://api.github.com',
    () =>
      new Response('{"id":3804004623172239366,"number":347}', {
        headers: { 'content-type': 'application/json' },
      }),
  );
  const { data } = await client.github.request('GET /x');
  expect(data).toEqual({ id: 3_804_004_623_172_239_366n, number: 347 });
  await client.github.request('POST /app/hook/deliveries/{id}/attempts', { id: 3_804_004_623_172_239_366n });
  expect(client.requests.at(-1)?.url).toBe(
    'https://api.github.com/app/hook/deliveries/3804004623172239366/attempts',
  );
});

it.each([
  { name: 'a refusal', answer: () => json({ message: 'Validation Failed' }, 422) },
  { name: 'an outage', answer: () => json({}, 502) },
  { name: 'a network that fails', answer: () => Promise.reject(new TypeError('fetch failed')) },
  { name: 'a GraphQL error', answer: () => json({ errors: [{ message: 'No', type: 'FORBIDDEN' }] }) },
])('what $name throws does not hold the token', async ({ answer }) => {
  using client = clientOf('https://api.github.com', answer);
  const thrown: unknown = await client.github.graphql('{ x }').catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(Error);
  expect(inspect(thrown, { depth: 20, showHidden: true })).not.toContain('not-a.real-token');
});

it('a deprecated call is told to the log, not to the console', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  using client = clientOf('https://api.github.com', () =>
    json({}, 200, { deprecation: 'true', sunset: 'soon' }),
  );
  await client.github.request('GET /x');
  const told = warn.mock.calls.length;
  warn.mockRestore();
  expect(told).toBe(0);
  expect(client.logged.join('\n')).toContain('deprecated');
});
