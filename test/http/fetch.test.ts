import type { IncomingMessage, ServerResponse } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createConnections } from '../../lib/http/connections.ts';
import { createFetch, type Fetch } from '../../lib/http/fetch.ts';
import { startRawServer } from './server.ts';

const ours = createFetch(createConnections({ now: Date.now, env: {} }));

/** What is said of both holds for Node's own: so it is what `fetch` does, not what we think it does. */
const both = describe.each<{ name: string; fetch: Fetch }>([
  { name: 'ours', fetch: ours },
  {
    name: "Node's",
    fetch: (url, { signal, body = null, ...init } = {}) => {
      const real = signal instanceof AbortSignal ? signal : null;
      // Whoever streams says so, as Octokit does.
      return globalThis.fetch(url, { ...init, body, signal: real, duplex: 'half' });
    },
  },
]);

/** Every place in it is told from its neighbours. */
const LARGE = Array.from({ length: 400_000 }, (_, index) => index.toString(36)).join();

const reply = (status: number, headers: Record<string, string>, body?: string | Buffer) => ({
  answer: (_: unknown, response: ServerResponse) => void response.writeHead(status, headers).end(body),
});

both('an answer ($name)', ({ fetch }) => {
  it('has status, text, address, headers in any case, and a body as text and bytes', async () => {
    const { answer } = reply(404, { 'Content-Type': 'text/plain', 'X-GitHub-Request-Id': 'A1' }, 'déjà vu');
    await using server = await startRawServer(answer);
    const given = await fetch(`${server.url}/a?b=c`);
    expect({ ...given, url: given.url, status: given.status, statusText: given.statusText }).toMatchObject({
      status: 404,
      statusText: 'Not Found',
      url: `${server.url}/a?b=c`,
    });
    expect(given.headers.get('x-github-request-id')).toBe('A1');
    expect(given.headers.get('X-GitHub-Request-Id')).toBe('A1');
    expect(given.headers.get('x-none')).toBeNull();
    expect(Object.fromEntries(given.headers)).toMatchObject({ 'content-type': 'text/plain' });
    expect(await given.text()).toBe('déjà vu');
    expect(new Uint8Array(await (await fetch(server.url)).arrayBuffer())).toEqual(
      new Uint8Array(Buffer.from('déjà vu')),
    );
  });

  it('without a body has none', async () => {
    await using server = await startRawServer(reply(204, {}).answer);
    const given = await fetch(server.url);
    expect(given.body).toBeNull();
    expect(await given.text()).toBe('');
  });

  it('has its body as a stream as well', async () => {
    await using server = await startRawServer(reply(200, {}, 'bytes').answer);
    const { body } = await fetch(server.url);
    expect(await new Response(body as ReadableStream).text()).toBe('bytes');
  });

  it.each([
    { encoding: 'gzip', bytes: gzipSync('packed') },
    { encoding: 'x-gzip', bytes: gzipSync('packed') },
    { encoding: 'deflate', bytes: deflateSync('packed') },
    { encoding: 'br', bytes: brotliCompressSync('packed') },
  ])('in $encoding is unpacked', async ({ encoding, bytes }) => {
    await using server = await startRawServer(reply(200, { 'content-encoding': encoding }, bytes).answer);
    expect(await (await fetch(server.url)).text()).toBe('packed');
  });

  it.each([
    { name: 'announced', headers: { 'content-length': String(LARGE.length) }, bytes: Buffer.from(LARGE) },
    { name: 'in chunks', headers: { 'transfer-encoding': 'chunked' }, bytes: Buffer.from(LARGE) },
    { name: 'packed', headers: { 'content-encoding': 'gzip' }, bytes: gzipSync(LARGE) },
    {
      name: 'packed in two, of which the end tells the second size alone',
      headers: { 'content-encoding': 'gzip' },
      bytes: Buffer.concat([gzipSync(LARGE.slice(0, 1_200_000)), gzipSync(LARGE.slice(1_200_000))]),
    },
  ])('of megabytes is whole, $name', async ({ headers, bytes }) => {
    await using server = await startRawServer(reply(200, headers, bytes).answer);
    expect((await (await fetch(server.url)).text()) === LARGE).toBe(true);
  });

  it('of megabytes is read once', async () => {
    await using server = await startRawServer(reply(200, {}, LARGE).answer);
    const given = await fetch(server.url);
    await given.text();
    await expect(given.text()).rejects.toThrow(TypeError);
    await expect(given.arrayBuffer()).rejects.toThrow(TypeError);
  });

  it('whose text begins with a byte order mark is read without it', async () => {
    await using server = await startRawServer(reply(200, {}, '\uFEFF{}').answer);
    expect(await (await fetch(server.url)).text()).toBe('{}');
  });

  it('to HEAD has headers and no body', async () => {
    await using server = await startRawServer(
      reply(200, { 'content-length': '5', 'content-encoding': 'gzip' }).answer,
    );
    const given = await fetch(server.url, { method: 'HEAD' });
    expect([given.status, given.headers.get('content-length'), await given.text()]).toEqual([200, '5', '']);
  });
});

both('a request ($name)', ({ fetch }) => {
  it.each([
    { name: 'text', body: 'grüße', type: 'text/plain;charset=UTF-8', sent: 'grüße' },
    { name: 'bytes', body: new Uint8Array([104, 105]), type: undefined, sent: 'hi' },
    { name: 'a buffer', body: new Uint8Array([104, 105]).buffer, type: undefined, sent: 'hi' },
    {
      name: 'a form',
      body: new URLSearchParams({ a: 'b c' }),
      type: 'application/x-www-form-urlencoded;charset=UTF-8',
      sent: 'a=b+c',
    },
    { name: 'a blob', body: new Blob(['hi'], { type: 'image/png' }), type: 'image/png', sent: 'hi' },
    { name: 'a stream', body: new Blob(['hi']).stream(), type: undefined, sent: 'hi' },
  ])('sends $name as its body', async ({ body, type, sent }) => {
    await using server = await startRawServer(reply(200, {}).answer);
    const copy = body instanceof ReadableStream ? new Blob(['hi']).stream() : body;
    await fetch(server.url, { method: 'POST', body: copy });
    const [asked] = server.asked;
    expect(asked).toMatchObject({ method: 'POST', path: '/', body: sent });
    expect(asked?.headers['content-type']).toBe(type);
  });

  it('sends a multipart form with its boundary', async () => {
    await using server = await startRawServer(reply(200, {}).answer);
    const form = new FormData();
    form.set('a', 'b');
    await fetch(server.url, { method: 'POST', body: form });
    expect(server.asked[0]?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
    expect(server.asked[0]?.body).toContain('name="a"\r\n\r\nb\r\n');
  });

  it('says how long its text is, and that a POST without a body is empty', async () => {
    await using server = await startRawServer(reply(200, {}).answer);
    await fetch(server.url, { method: 'POST', body: 'é' });
    await fetch(server.url, { method: 'POST' });
    expect(server.asked.map(({ headers }) => headers['content-length'])).toEqual(['2', '0']);
  });

  it('sends headers as given, in place of its own', async () => {
    await using server = await startRawServer(reply(200, {}).answer);
    const headers = { 'Content-Type': 'application/json', Authorization: 'token x', 'User-Agent': 'me' };
    await fetch(server.url, { method: 'PATCH', headers, body: '{}' });
    expect(server.asked[0]).toMatchObject({
      method: 'PATCH',
      headers: { 'content-type': 'application/json', authorization: 'token x', 'user-agent': 'me' },
    });
  });
});

both('the end of a body is known ($name)', ({ fetch }) => {
  const bodies = [
    { name: 'text', make: () => '{"a":1}' },
    { name: 'bytes', make: () => new TextEncoder().encode('{"a":1}') },
    { name: 'a blob', make: () => new Blob(['{"a":1}']) },
    { name: 'a stream', make: () => new Blob(['{"a":1}']).stream() },
    { name: 'no text at all', make: () => '' },
  ] as const;
  const methods = ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'delete'] as const;

  it.each(methods.flatMap((method) => bodies.map((body) => ({ method, ...body }))))(
    '$method with $name, and the next call on the connection is unharmed',
    async ({ method, name, make }) => {
      await using server = await startRawServer(reply(200, {}, 'fine').answer);
      const init = { method, body: make() };
      await fetch(server.url, init);
      const next = await fetch(`${server.url}/next`);
      expect(await next.text()).toBe('fine');
      const sent = name === 'no text at all' ? '' : '{"a":1}';
      expect(server.asked).toMatchObject([
        { method: method.toUpperCase(), path: '/', body: sent },
        { method: 'GET', path: '/next', body: '' },
      ]);
    },
  );

  it.each(['GET', 'HEAD'])('%s takes none, and nothing is sent', async (method) => {
    await using server = await startRawServer(reply(200, {}).answer);
    const init = { method, body: '{}' };
    await expect(fetch(server.url, init)).rejects.toThrow(TypeError);
    expect(server.asked).toEqual([]);
  });

  it('a stream goes with the length that its sender gives', async () => {
    await using server = await startRawServer(reply(200, {}).answer);
    const headers = { 'content-length': '7' };
    await fetch(server.url, { method: 'POST', headers, body: new Blob(['{"a":1}']).stream() });
    expect(server.asked[0]).toMatchObject({ headers: { 'content-length': '7' }, body: '{"a":1}' });
    expect(server.asked[0]?.headers).not.toHaveProperty('transfer-encoding');
  });
});

both('a redirect ($name)', ({ fetch }) => {
  const toNext = (status: number, location = '/next') => ({
    answer: (request: IncomingMessage, response: ServerResponse) =>
      void (request.url === '/next' ? response.end('there') : response.writeHead(status, { location }).end()),
  });

  it.each([
    { status: 301, method: 'GET', next: 'GET' },
    { status: 302, method: 'HEAD', next: 'HEAD' },
    { status: 301, method: 'POST', next: 'GET' },
    { status: 302, method: 'POST', next: 'GET' },
    { status: 303, method: 'POST', next: 'GET' },
    { status: 303, method: 'PUT', next: 'GET' },
    { status: 302, method: 'PUT', next: 'PUT' },
    { status: 307, method: 'POST', next: 'POST' },
    { status: 308, method: 'DELETE', next: 'DELETE' },
  ])('$status of a $method is followed by a $next', async ({ status, method, next }) => {
    await using server = await startRawServer(toNext(status).answer);
    const body = method === 'POST' || method === 'PUT' ? { body: '{}' } : {};
    const given = await fetch(server.url, {
      method,
      ...body,
      headers: { 'content-type': 'a/b', authorization: 'x' },
    });
    expect(given.url).toBe(`${server.url}/next`);
    const kept = next !== 'GET' || method === 'GET';
    expect(server.asked[1]).toMatchObject({ method: next, body: kept && 'body' in body ? '{}' : '' });
    expect(server.asked[1]?.headers['authorization']).toBe('x');
    expect(server.asked[1]?.headers['content-type']).toBe(kept ? 'a/b' : undefined);
  });

  it('to another origin takes no credentials along', async () => {
    await using elsewhere = await startRawServer(reply(200, {}).answer);
    await using server = await startRawServer(toNext(302, `${elsewhere.url}/x`).answer);
    await fetch(server.url, { headers: { authorization: 'x', cookie: 'y', accept: 'z' } });
    expect(elsewhere.asked[0]?.headers).toMatchObject({ accept: 'z' });
    expect(elsewhere.asked[0]?.headers).not.toHaveProperty('authorization');
    expect(elsewhere.asked[0]?.headers).not.toHaveProperty('cookie');
  });

  it('is handed over where the caller wants to follow by hand', async () => {
    await using server = await startRawServer(toNext(302).answer);
    const given = await fetch(server.url, { redirect: 'manual' });
    expect([given.status, given.headers.get('location')]).toEqual([302, '/next']);
  });

  it.each([
    { name: 'where none is wanted', init: { redirect: 'error' } as const, location: '/next' },
    { name: 'without end', init: {}, location: '/' },
    {
      name: 'of a stream, which is gone',
      init: { method: 'POST', body: new Blob(['hi']).stream() },
      location: '/next',
    },
  ])('$name is an error', async ({ init, location }) => {
    await using server = await startRawServer(toNext(307, location).answer);
    const fresh = 'body' in init ? { ...init, body: new Blob(['hi']).stream() } : init;
    await expect(fetch(server.url, fresh)).rejects.toMatchObject({
      name: 'TypeError',
      message: 'fetch failed',
    });
  });
});

both('an abort ($name)', ({ fetch }) => {
  const reason = new Error('the time is up');

  it('beforehand asks nobody', async () => {
    await using server = await startRawServer(reply(200, {}).answer);
    await expect(fetch(server.url, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(server.asked).toEqual([]);
  });

  it('while nobody answers rejects with its reason, and closes the connection', async () => {
    await using server = await startRawServer(() => {});
    const controller = new AbortController();
    const asked = fetch(server.url, { signal: controller.signal });
    await expect.poll(() => server.asked.length).toBe(1);
    controller.abort(reason);
    await expect(asked).rejects.toBe(reason);
    await expect.poll(() => server.connections.every(({ destroyed }) => destroyed)).toBe(true);
  });

  it('in the middle of the answer rejects with its reason', async () => {
    await using server = await startRawServer((_, response) => void response.writeHead(200).write('half'));
    const controller = new AbortController();
    const asked = fetch(server.url, { signal: controller.signal }).then((given) => given.text());
    await expect.poll(() => server.asked.length).toBe(1);
    controller.abort(reason);
    await expect(asked).rejects.toBe(reason);
  });
});

both('a failure ($name)', ({ fetch }) => {
  it('to connect is a TypeError whose cause says why', async () => {
    const server = await startRawServer(() => {});
    await server[Symbol.asyncDispose]();
    await expect(fetch(server.url)).rejects.toMatchObject({
      name: 'TypeError',
      message: 'fetch failed',
      cause: { code: 'ECONNREFUSED' },
    });
  });

  it('of the connection before the answer is one as well', async () => {
    await using server = await startRawServer((request) => void request.socket.destroy());
    await expect(fetch(server.url)).rejects.toMatchObject({ name: 'TypeError', message: 'fetch failed' });
  });
});

describe('a length that is wrong', () => {
  it.each(['6', '8'])('a stream of 7 bytes that is said to be %s long is an error', async (length) => {
    await using server = await startRawServer(reply(200, {}, 'fine').answer);
    const headers = { 'content-length': length };
    const body = new Blob(['{"a":1}']).stream();
    await expect(ours(server.url, { method: 'POST', headers, body })).rejects.toThrow(TypeError);
    expect(await (await ours(`${server.url}/next`)).text()).toBe('fine');
    expect(server.asked.at(-1)).toMatchObject({ method: 'GET', path: '/next', body: '' });
  });
});

describe('an answer that is cut off', () => {
  it.each([
    { name: 'short of its announced length', headers: { 'content-length': '100' } },
    { name: 'within its chunks', headers: {} },
  ])('$name is an error at once', async ({ headers }) => {
    await using server = await startRawServer((_, response) => {
      response.writeHead(200, headers).write('half of it', () => response.socket?.destroy());
    });
    await expect(ours(server.url)).rejects.toMatchObject({ name: 'TypeError', message: 'fetch failed' });
  });

  it('within what is packed is one too', async () => {
    const half = gzipSync('packed').subarray(0, 10);
    await using server = await startRawServer(reply(200, { 'content-encoding': 'gzip' }, half).answer);
    await expect(ours(server.url)).rejects.toMatchObject({ name: 'TypeError', message: 'fetch failed' });
  });
});

describe('an answer of more than 32 MiB is an error', () => {
  const TOO_LARGE = { name: 'TypeError', cause: { name: 'AnswerTooLarge' } };

  it.each([
    { encoding: 'gzip', pack: gzipSync },
    { encoding: 'deflate', pack: deflateSync },
    { encoding: 'br', pack: brotliCompressSync },
  ])('when it is unpacked, in $encoding', async ({ encoding, pack }) => {
    const bytes = pack(Buffer.alloc(33 * 1024 * 1024));
    await using server = await startRawServer(reply(200, { 'content-encoding': encoding }, bytes).answer);
    await expect(ours(server.url)).rejects.toMatchObject(TOO_LARGE);
  });

  it('without an end, and its connection is closed', async () => {
    await using server = await startRawServer((_, response) => {
      const chunk = Buffer.alloc(1024 * 1024);
      const goOn = (): void => void response.write(chunk, (error) => error ?? goOn());
      response.writeHead(200);
      goOn();
    });
    await expect(ours(server.url)).rejects.toMatchObject(TOO_LARGE);
    await expect.poll(() => server.connections.every(({ destroyed }) => destroyed)).toBe(true);
  });

  it.each([
    { how: 'as it comes', headers: {}, bytes: Buffer.alloc(1_001) },
    {
      how: 'when it is unpacked',
      headers: { 'content-encoding': 'gzip' },
      bytes: gzipSync(Buffer.alloc(1_001)),
    },
  ])('and so is one longer than its caller wants, $how', async ({ headers, bytes }) => {
    await using server = await startRawServer(reply(200, headers, bytes).answer);
    await expect(ours(server.url, { maxBytes: 1_000 })).rejects.toMatchObject(TOO_LARGE);
    expect((await ours(server.url, { maxBytes: 1_001 })).status).toBe(200);
  });

  it('and one of 32 MiB is none', async () => {
    const bytes = Buffer.alloc(32 * 1024 * 1024, 'x');
    await using server = await startRawServer(reply(200, {}, bytes).answer);
    expect((await (await ours(server.url)).arrayBuffer()).byteLength).toBe(bytes.byteLength);
  });
});

it('leaves no listener on a signal that outlives the call', async () => {
  await using server = await startRawServer(reply(200, {}, 'x').answer);
  const { signal } = new AbortController();
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  const counted = Object.assign(signal, {
    addEventListener: (...args: Parameters<typeof add>) => ((listeners += 1), add(...args)),
    removeEventListener: (...args: Parameters<typeof remove>) => ((listeners -= 1), remove(...args)),
  });
  await ours(server.url, { signal: counted });
  await expect.poll(() => listeners).toBe(0);
});
