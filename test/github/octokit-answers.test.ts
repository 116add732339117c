import { request } from '@octokit/request';
import { describe, expect, it } from 'vitest';
import { readAnswers } from '../../lib/github/octokit-answers.ts';
import { stubFetch } from './scene.ts';

const BYTES = new TextEncoder().encode('{"id":1,"text":"Ümlaut"}');

/** The same answer as Octokit reads it by itself, and with the hook. */
async function readBothWays(answer: () => Response, route = 'GET /x') {
  const { fetch } = stubFetch(answer);
  const settle = async (hook?: typeof readAnswers) => {
    const call = request.defaults({ request: { fetch, ...(hook && { hook }) } });
    const outcome = await call(route).catch((error: unknown) => error);
    return outcome instanceof Error && 'response' in outcome ? [outcome.message, outcome.response] : outcome;
  };
  return { itself: await settle(), hooked: await settle(readAnswers) };
}

describe('is read as Octokit reads it:', () => {
  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/scim+json',
    'Application/JSON',
    'application/vnd.github.v3.raw; charset=utf-8',
    'application/vnd.github.raw+json; charset="UTF-8"',
    'application/octet-stream; charset=utf-8',
    'application/octet-stream',
    'application/zip',
    'text/plain',
    'text/html; charset=iso-8859-1',
    undefined,
  ])('an answer of the type %s', async (type) => {
    const headers = { 'x-github-request-id': 'A1', ...(type !== undefined && { 'content-type': type }) };
    const { itself, hooked } = await readBothWays(() => new Response(BYTES, { headers }));
    expect(hooked).toEqual(itself);
    expect(hooked).toMatchObject({ status: 200, data: expect.anything() });
  });

  it.each([
    { name: 'a 204', route: 'DELETE /x', answer: () => new Response(null, { status: 204 }) },
    { name: 'a 205', route: 'DELETE /x', answer: () => new Response(null, { status: 205 }) },
    { name: 'a 304', route: 'GET /x', answer: () => new Response(null, { status: 304 }) },
    { name: 'an answer to HEAD', route: 'HEAD /x', answer: () => new Response(null) },
    { name: 'an empty answer', route: 'GET /x', answer: () => new Response(null) },
    {
      name: 'JSON that is none',
      route: 'GET /x',
      answer: () => new Response('{"a":', { headers: { 'content-type': 'application/json' } }),
    },
    {
      name: 'a refusal',
      route: 'GET /x',
      answer: () =>
        new Response('{"message":"No"}', { status: 403, headers: { 'content-type': 'application/json' } }),
    },
  ])('$name', async ({ route, answer }) => {
    const { itself, hooked } = await readBothWays(answer, route);
    expect(hooked).toEqual(itself);
  });
});

it('a call that asks for the unread body gets it', async () => {
  const { fetch } = stubFetch(() => new Response(BYTES, { headers: { 'content-type': 'application/json' } }));
  const call = request.defaults({ request: { fetch, hook: readAnswers } });
  const { data } = await call('GET /x', { request: { parseSuccessResponseBody: false } });
  expect(data).toBeInstanceOf(ReadableStream);
});
