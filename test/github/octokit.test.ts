/** The client that a handler holds: pages, methods by name and hooks, over the `fetch` that it is given. */
import { composePaginateRest } from '@octokit/plugin-paginate-rest';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../lib/http/answer.ts';
import type { FetchInit } from '../../lib/http/message.ts';
import { createOctokit } from '../../lib/github/octokit.ts';

const API = 'https://api.test';
const ISSUES = 'GET /repos/{owner}/{repo}/issues';
const WIDGETS = { owner: 'octo-org', repo: 'widgets' };

/** GitHub with three issues in two pages. */
function start() {
  const calls: { readonly method: string | undefined; readonly path: string }[] = [];
  const octokit = createOctokit({
    apiUrl: API,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    token: () => 'the token',
    async fetch(url: string | URL, { method }: FetchInit = {}) {
      const path = String(url).slice(API.length);
      calls.push({ method, path });
      const isLast = path.includes('page=2');
      const next = `<${API}/repositories/1/issues?page=2>; rel="next"`;
      const items = isLast ? [{ number: 3 }] : [{ number: 1 }, { number: 2 }];
      const body = method === 'POST' ? { id: 7 } : items;
      return toAnswer(String(url), body, isLast || method === 'POST' ? {} : { link: next });
    },
  });
  return { octokit, calls };
}

function toAnswer(url: string, body: object, headers: Record<string, string>): Answer {
  const response = new Response(JSON.stringify(body), {
    status: 200,
    headers: { 'content-type': 'application/json', ...headers },
  });
  return {
    status: 200,
    statusText: 'OK',
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
