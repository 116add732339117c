/** The client that a handler holds: pages, methods by name and hooks, over the `fetch` that it is given. */
import { composePaginateRest } from '@octokit/plugin-paginate-rest';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../lib/http/answer.ts';
import type { FetchInit } from '../../lib/http/message.ts';
import { type CallWatch, createCallWatch } from '../../lib/github/call-watch.ts';
import { createOctokit, type OctokitClient } from '../../lib/github/octokit.ts';

const API = 'https://api.test';
const ISSUES = 'GET /repos/{owner}/{repo}/issues';
const WIDGETS = { owner: 'octo-org', repo: 'widgets' };

/** GitHub with three issues in two pages. */
function start(watched?: CallWatch) {
  const calls: { readonly method: string | undefined; readonly path: string }[] = [];
  const octokit = createOctokit({
    apiUrl: API,
    toLog: () => ({ debug() {}, info() {}, warn() {}, error() {} }),
    token: () => 'the token',
    calls: watched,
    async fetch(url: string | URL, { method }: FetchInit = {}) {
      const path = String(url).slice(API.length);
      calls.push({ method, path });
      if (path.includes('/refused/')) return toAnswer(String(url), { message: 'Not Found' }, {}, 404);
      if (path === '/graphql') return toAnswer(String(url), { errors: [{ message: 'No such field' }] }, {});
      const isLast = path.includes('page=2');
      const next = `<${API}/repositories/1/issues?page=2>; rel="next"`;
      const items = isLast ? [{ number: 3 }] : [{ number: 1 }, { number: 2 }];
      const body = method === 'POST' ? { id: 7 } : items;
      return toAnswer(String(url), body, isLast || method === 'POST' ? {} : { link: next });
    },
  });
  return { octokit, calls };
}

function toAnswer(url: string, body: object, headers: Record<string, string>, status = 200): Answer {
  const response = new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  });
  return {
    status,
    statusText: '',
    url,
    headers: response.headers,
    body: response.body,
    text: () => response.text(),
    arrayBuffer: () => response.arrayBuffer(),
  };
}

describe('paginate', () => {
  it('gathers every page', async () => {
    const { octokit, calls } = start();
    expect(await octokit.paginate(ISSUES, WIDGETS)).toEqual([{ number: 1 }, { number: 2 }, { number: 3 }]);
    expect(calls).toEqual([
      { method: 'GET', path: '/repos/octo-org/widgets/issues' },
      { method: 'GET', path: '/repositories/1/issues?page=2' },
    ]);
  });

  it('stops where a page says that it is enough', async () => {
    const { octokit, calls } = start();
    const first = await octokit.paginate(ISSUES, WIDGETS, (page: { data: unknown[] }, done: () => void) => {
      done();
      return page.data.slice(0, 1);
    });
    expect([first, calls.length]).toEqual([[{ number: 1 }], 1]);
  });

  it('takes a method of rest', async () => {
    const { octokit } = start();
    const all = await octokit.paginate(octokit.rest['issues']?.['listForRepo'], WIDGETS);
    expect(all).toHaveLength(3);
  });

  it('goes page by page', async () => {
    const { octokit, calls } = start();
    for await (const page of octokit.paginate.iterator(ISSUES, WIDGETS)) {
      expect(page).toMatchObject({ status: 200, data: [{ number: 1 }, { number: 2 }] });
      break;
    }
    expect(calls).toHaveLength(1);
  });
});

describe('rest', () => {
  it('calls by name', async () => {
    const { octokit, calls } = start();
    const { createComment } = octokit.rest['issues'] ?? {};
    expect(await createComment?.({ ...WIDGETS, issue_number: 14, body: 'Hello' })).toMatchObject({
      data: { id: 7 },
    });
    expect(calls).toEqual([{ method: 'POST', path: '/repos/octo-org/widgets/issues/14/comments' }]);
  });

  it('rejects what the plugin does not have', async () => {
    const { octokit } = start();
    await expect(octokit.rest['issues']?.['createComent']?.({})).rejects.toThrow(
      'github.rest has no issues.createComent',
    );
  });
});

describe('a call that nobody awaits', () => {
  const REFUSED = { owner: 'refused', repo: 'widgets' };
  const COMMENT = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
  const comment = { issue_number: 1, body: 'Hello' };

  it.each([
    {
      name: 'by name',
      forget: (github: OctokitClient, to: typeof WIDGETS) =>
        github.rest['issues']?.['createComment']?.({ ...to, ...comment }),
      route: COMMENT,
      sent: 1,
    },
    {
      name: 'of every page',
      forget: (github: OctokitClient, to: typeof WIDGETS) => github.paginate(ISSUES, to),
      route: ISSUES,
      sent: 2,
    },
    {
      name: 'of every page, by name',
      forget: (github: OctokitClient, to: typeof WIDGETS) =>
        github.paginate(github.rest['issues']?.['listForRepo'], to),
      route: ISSUES,
      sent: 2,
    },
    {
      name: 'of a page',
      forget: (github: OctokitClient, to: typeof WIDGETS) => github.paginate.iterator(ISSUES, to).next(),
      route: ISSUES,
      sent: 1,
    },
  ])('$name, is waited for, told once, and fails where it fails', async ({ forget, route, sent }) => {
    const watch = createCallWatch();
    const { octokit, calls } = start(watch);
    void forget(octokit, WIDGETS);
    expect(calls).toEqual([]); // its plugin has not loaded
    expect(await watch.finish()).toEqual([{ route }]);
    expect(calls).toHaveLength(sent);

    const failing = createCallWatch();
    void forget(start(failing).octokit, REFUSED);
    expect(await failing.finish()).toMatchObject([{ route, failure: { error: { status: 404 } } }]);
  });

  it('by a name that there is not, fails under that name', async () => {
    const watch = createCallWatch();
    void start(watch).octokit.rest['issues']?.['creatComment']?.();
    expect(await watch.finish()).toMatchObject([{ route: 'rest.issues.creatComment', failure: {} }]);
  });

  it('of GraphQL, fails where GitHub answers with errors, also after defaults', async () => {
    const watch = createCallWatch();
    const { octokit } = start(watch);
    void octokit.graphql('{ x }');
    void octokit.graphql.defaults({ headers: { a: 'b' } })('{ x }');
    await new Promise((resolve) => setTimeout(resolve, 20)); // both end before the handler does
    const failed = { route: 'POST /graphql', failure: { error: { name: 'GraphqlResponseError' } } };
    expect(await watch.finish()).toMatchObject([failed, failed]);
  });

  it('is none that was awaited', async () => {
    const watch = createCallWatch();
    const { octokit } = start(watch);
    await octokit.rest['issues']?.['createComment']?.({ ...WIDGETS, ...comment });
    await octokit.paginate(ISSUES, WIDGETS);
    for await (const page of octokit.paginate.iterator(ISSUES, WIDGETS)) void page;
    await octokit.graphql('{ x }').catch(() => {});
    expect(await watch.finish()).toEqual([]);
  });
});

describe("Octokit's plugins", () => {
  it('page through it', async () => {
    const { octokit } = start();
    expect(await composePaginateRest(octokit, ISSUES, WIDGETS)).toHaveLength(3);
  });

  it('hook into its calls', async () => {
    const { octokit, calls } = start();
    const seen: unknown[] = [];
    octokit.hook.before('request', (options) => void seen.push(options.url));
    octokit.hook.after('request', ({ data }) => void seen.push(data));
    await octokit.request(ISSUES, WIDGETS);
    expect(seen).toEqual(['/repos/{owner}/{repo}/issues', [{ number: 1 }, { number: 2 }]]);
    expect(calls).toHaveLength(1);
  });

  it('ask it for its token', async () => {
    expect(await start().octokit.auth()).toEqual({
      type: 'token',
      tokenType: 'installation',
      token: 'the token',
    });
  });
});
