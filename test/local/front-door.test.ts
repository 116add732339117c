/** The front door of `npm start`: requests as they come, and the events that a function URL makes of them. */
import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { type FrontDoor, openFrontDoor } from '../../local/aws/function-url.ts';

const GUID = /[0-9a-f]{8}-[0-9a-f-]{27}/;

describe('the front door', () => {
  let door: FrontDoor;
  let events: LambdaFunctionURLEvent[];

  const open = async (answer: (event: LambdaFunctionURLEvent) => unknown = () => ({ statusCode: 200 })) => {
    events = [];
    door = await openFrontDoor(0);
    door.serve(async (event) => {
      events.push(event);
      return answer(event);
    });
  };
  afterEach(() => door.close());

  const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
    fetch(door.url, { method: 'POST', body, headers });

  it('hands on the exact bytes of JSON as text', async () => {
    await open();
    const body = '{"title":"Grüße 👋",\r\n  "n": 1.0 }';
    await post(body, { 'content-type': 'application/json; charset=utf-8' });
    expect(events[0]).toMatchObject({ body, isBase64Encoded: false });
  });

  it.each([
    {
      what: 'a form',
      type: 'application/x-www-form-urlencoded',
      body: 'payload=%7B%7D',
      base64: 'cGF5bG9hZD0lN0IlN0Q=',
    },
    { what: 'a body without a content type', type: undefined, body: '{}', base64: 'e30=' },
    { what: 'JSON under a name of its own', type: 'application/vnd.github+json', body: '{}', base64: 'e30=' },
    {
      what: 'text that is not UTF-8',
      type: 'application/json',
      body: Buffer.from([0xff, 0x7b]),
      base64: '/3s=',
    },
  ])('hands on $what as base64', async ({ type, body, base64 }) => {
    await open();
    const bytes = new Uint8Array(Buffer.from(body));
    await post(bytes, type === undefined ? {} : { 'content-type': type });
    expect(events[0]).toMatchObject({ body: base64, isBase64Encoded: true });
  });

  it('lower-cases the names of headers and joins repeated ones', async () => {
    await open();
    const outgoing = request(door.url, {
      method: 'POST',
      headers: { 'X-GitHub-Event': 'ping', 'X-Hub-Signature-256': ['sha256=a', 'sha256=b'] },
    });
    outgoing.end();
    const [response]: IncomingMessage[] = await once(outgoing, 'response');
    response?.resume();
    expect(events[0]?.headers).toMatchObject({
      'x-github-event': 'ping',
      'x-hub-signature-256': 'sha256=a,sha256=b',
    });
  });

  it('takes any method on any path, and says when and from where', async () => {
    await open();
    const before = Date.now();
    await fetch(`${door.url}/a/b%20c?d=e&f`, { method: 'PUT', headers: { 'user-agent': 'someone' } });
    const { rawPath, rawQueryString, version, requestContext } = events[0] ?? {};
    expect({ rawPath, rawQueryString, version }).toEqual({
      rawPath: '/a/b%20c',
      rawQueryString: 'd=e&f',
      version: '2.0',
    });
    expect(requestContext?.http).toMatchObject({
      method: 'PUT',
      path: '/a/b%20c',
      sourceIp: '127.0.0.1',
      userAgent: 'someone',
    });
    expect(requestContext?.timeEpoch).toBeGreaterThanOrEqual(before);
    expect(requestContext?.requestId).toMatch(GUID);
  });

  it.each([
    { what: 'text of 6 MB', type: 'text/plain', bytes: 6_291_456, status: 200 },
    { what: 'text of one byte more', type: 'text/plain', bytes: 6_291_457, status: 413 },
    { what: 'bytes that are over 6 MB as base64', type: 'image/png', bytes: 5_000_000, status: 413 },
  ])('answers $status to $what', async ({ type, bytes, status }) => {
    await open();
    const response = await post('x'.repeat(bytes), { 'content-type': type });
    expect(response.status).toBe(status);
    expect(events).toHaveLength(status === 200 ? 1 : 0);
  });

  it('answers as the function says', async () => {
    const body = Buffer.from('hello').toString('base64');
    await open(() => ({ statusCode: 503, headers: { 'retry-after': '30' }, body, isBase64Encoded: true }));
    const response = await post('');
    expect([response.status, response.headers.get('retry-after'), await response.text()]).toEqual([
      503,
      '30',
      'hello',
    ]);
  });

  it('answers 502 where the function throws', async () => {
    await open(() => {
      throw new Error('boom');
    });
    const response = await post('');
    expect([response.status, await response.json()]).toEqual([502, { Message: 'Internal Server Error' }]);
  });

  it('lets a request wait for the function', async () => {
    door = await openFrontDoor(0);
    const early = fetch(door.url);
    door.serve(async () => ({ statusCode: 204 }));
    expect((await early).status).toBe(204);
  });
});
