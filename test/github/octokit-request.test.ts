/** A call by the short way is the call that Octokit makes: the same request, and the same answer or error. */
import { request as octokitRequest } from '@octokit/request';
import { assert, asyncProperty, bigInt, constantFrom, dictionary, integer, oneof, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prepareCall } from '../../lib/github/literal-routes.ts';
import { createOctokit } from '../../lib/github/octokit.ts';
import { readRestRoutes } from '../../lib/permissions/read-rest-routes.ts';
import { json, stubFetch } from './scene.ts';
import { CHARACTER } from '../harness/character.ts';

const API = 'https://api.test/api/v3';
const COMMENT = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
const WIDGETS = { owner: 'octo-org', repo: 'widgets' };
const ROUTES = Object.values(readRestRoutes()).flatMap((routes) => Object.values(routes));

type Sent = Record<'url' | 'method' | 'headers' | 'body', unknown>;

/** The same call by a handler's client and by Octokit itself: what was sent, and what came of it. */
async function callBothWays(route: string, parameters: object | undefined, answer = () => json({ id: 7 })) {
  const settle = async (by: 'client' | 'octokit') => {
    const sent: Sent[] = [];
    const { fetch } = stubFetch((url, { method, headers, body }) => {
      sent.push({ url, method, headers: Object.entries(headers ?? {}), body });
      return answer();
    });
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const request =
      by === 'client'
        ? createOctokit({ apiUrl: API, toLog: () => log, token: () => '', fetch }).request
        : octokitRequest.defaults({
            baseUrl: API,
            headers: { 'user-agent': 'hookmint', 'x-github-api-version': '2022-11-28' },
            request: { fetch, log },
          });
    try {
      return { sent, answer: await request(route, { ...parameters }) };
    } catch (error) {
      const { name, message, status, response } = Object(error);
      return { sent, error: { name, message, status, response } };
    }
  };
  return { client: await settle('client'), octokit: await settle('octokit') };
}

/** What a handler may put in for a parameter; in a path, mostly what is none. */
const VALUES = oneof(
  string({ unit: CHARACTER }),
  constantFrom(
    '',
    "it's (1)!",
    'a/b',
    '..',
    '100%',
    ':x',
    '{y}',
    '\ud800',
    undefined,
    null,
    true,
    Number.NaN,
    -0,
  ),
  integer(),
  bigInt(),
  constantFrom([], ['a', 'b,c'], { a: 1 }, { a: undefined }, [{ b: 10n }], new Date(0), Symbol('s')),
);
const NAMES = constantFrom(
  ...'owner repo issue_number body labels q data headers mediaType baseUrl constructor toString __proto__ 1 per_page method url a:b'.split(
    ' ',
  ),
);

describe('is sent as Octokit sends it:', () => {
  it.each(['POST', 'PATCH', 'PUT', 'DELETE', 'GET', 'HEAD'])(
    'a %s, with and without a body',
    async (method) => {
      for (const more of [{}, { a: 'ü&=', b: [1, 2], c: null }]) {
        const { client, octokit } = await callBothWays(`${method} /repos/{owner}/{repo}`, {
          ...WIDGETS,
          ...more,
        });
        expect(client).toEqual(octokit);
      }
    },
  );

  it('every route of GitHub', async () => {
    for (const route of ROUTES) {
      const names = [...route.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => [name, `v ${name}`]);
      const { client, octokit } = await callBothWays(route, { ...Object.fromEntries(names), per_page: 5 });
      expect(client).toEqual(octokit);
    }
  });

  it.each([
    'GET /x/{a*}',
    'GET /x{?a,b}',
    'GET /x/:a',
    'POST https://other.test/x',
    'GET /x/{+a}',
    '/x',
    'GET /',
    'get /x',
  ])('a route that is no literal one: %s', async (route) => {
    const { client, octokit } = await callBothWays(route, { a: 'one/two', b: 2 });
    expect(client).toEqual(octokit);
  });

  it('whatever a handler puts in', async () => {
    const parameters = dictionary(NAMES, VALUES, { noNullPrototype: true });
    const routes = constantFrom(
      COMMENT,
      'GET /repos/{owner}/{repo}',
      'PATCH /repos/{owner}/{repo}/labels/{q}',
    );
    await assert(
      asyncProperty(routes, parameters, async (route, more) => {
        const { client, octokit } = await callBothWays(route, { ...WIDGETS, issue_number: 14, ...more });
        expect(client).toEqual(octokit);
      }),
    );
  });
});

describe('comes to what it comes to with Octokit:', () => {
  it.each([
    { name: 'a 204', answer: () => new Response(null, { status: 204 }) },
    { name: 'a 205', answer: () => new Response(null, { status: 205 }) },
    { name: 'a 304', answer: () => new Response(null, { status: 304 }) },
    { name: 'no text', answer: () => new Response(null) },
    { name: 'a refusal', answer: () => json({ message: 'No', errors: [{ a: 1 }] }, 422) },
    { name: 'an outage', answer: () => new Response('down', { status: 502 }) },
    { name: 'an old route', answer: () => json({}, 200, { deprecation: 'x', sunset: 'soon' }) },
    {
      name: 'a failure',
      answer: () => {
        throw new TypeError('fetch failed', { cause: new Error('reset') });
      },
    },
    {
      name: 'an end',
      answer: () => {
        throw new DOMException('ended', 'AbortError');
      },
    },
  ])('$name', async ({ answer }) => {
    const { client, octokit } = await callBothWays(
      COMMENT,
      { ...WIDGETS, issue_number: 14, body: 'Hello' },
      answer,
    );
    expect(client).toEqual(octokit);
  });
});

it('takes the short way for nearly every route', () => {
  const short = ROUTES.filter((route) => {
    const names = [...route.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => [name, 'v']);
    return prepareCall(route, Object.fromEntries(names), API) !== undefined;
  });
  expect(short.length / ROUTES.length).toBeGreaterThan(0.95);
});

it("has Octokit's `endpoint` and `defaults`", async () => {
  const { fetch, requests } = stubFetch(() => json({ id: 7 }));
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const { request } = createOctokit({ apiUrl: API, toLog: () => log, token: () => '', fetch });
  expect(request.endpoint('GET /repos/{owner}/{repo}', WIDGETS)).toMatchObject({
    url: `${API}/repos/octo-org/widgets`,
  });
  await request.defaults(WIDGETS)('GET /repos/{owner}/{repo}');
  expect(requests).toMatchObject([{ url: `${API}/repos/octo-org/widgets` }]);
});
