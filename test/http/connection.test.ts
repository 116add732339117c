/** What becomes of a connection whose other end does not keep to the rules, or ends early. Bytes are sent as they stand here. */
import * as fc from 'fast-check';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { getCACertificates, setDefaultCACertificates, TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createConnections } from '../../lib/http/connections.ts';
import { createFetch } from '../../lib/http/fetch.ts';
import { startBytesServer } from './raw.ts';
import { CERTIFICATE, startRawServer } from './server.ts';

const trusted = getCACertificates('default');
beforeAll(() => setDefaultCACertificates([...trusted, CERTIFICATE]));
afterAll(() => setDefaultCACertificates([...trusted]));

function scene() {
  const clock = { ms: 1_000_000 };
  const connections = createConnections({ now: () => clock.ms, env: {} });
  return { clock, connections, fetch: createFetch(connections) };
}

const fine = (text = 'fine', header = ''): string =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n${header}\r\n${text}`;

const sending =
  (...answers: readonly string[]) =>
  (socket: Socket, asked: number): void =>
    void socket.write(answers[asked - 1] ?? fine());

describe('a connection is not used again', () => {
  it.each([
    [
      'when more came than its answer',
      sending(`${fine()}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged`),
    ],
    ['when its answer says that it is closed', sending(fine('fine', 'Connection: close\r\n'))],
    ['when its answer is of HTTP/1.0', sending('HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nfine')],
    [
      'when the other end keeps it for no longer than a second',
      sending(fine('fine', 'Keep-Alive: timeout=1\r\n')),
    ],
    ['when its answer ended with it', (socket: Socket) => void socket.end('HTTP/1.1 200 OK\r\n\r\nfine')],
    [
      'when something came that nobody asked for',
      (socket: Socket) => void socket.write(fine(), () => socket.write(fine('forged'))),
    ],
  ])('%s', async (_, answer) => {
    await using server = await startBytesServer(answer);
    const { fetch } = scene();
    expect(await (await fetch(server.url)).text()).toBe('fine');
    await expect.poll(() => server.sockets[0]?.destroyed).toBe(true);
    expect(await (await fetch(server.url)).text()).toBe('fine');
    expect(server.sockets).toHaveLength(2);
  });

  it('for longer than the other end keeps it', async () => {
    await using server = await startBytesServer(
      sending(...Array.from({ length: 4 }, () => fine('fine', 'Keep-Alive: timeout=3\r\n'))),
    );
    const { clock, fetch } = scene();
    await fetch(server.url);
    clock.ms += 2_000;
    await fetch(server.url);
    expect(server.sockets).toHaveLength(1);
    clock.ms += 2_001;
    await fetch(server.url);
    expect(server.sockets).toHaveLength(2);
  });

  it('when its answer came before all was sent', async () => {
    await using server = await startBytesServer((socket, asked) => {
      if (asked === 1) socket.pause().write(fine());
    });
    const { fetch } = scene();
    const body = 'a'.repeat(20_000_000);
    expect(await (await fetch(server.url, { method: 'POST', body })).text()).toBe('fine');
    expect(await (await fetch(server.url)).text()).toBe('fine');
    expect(server.sockets).toHaveLength(2);
  });
});

describe('what is no answer closes its connection, and harms no other', () => {
  it.each([
    [
      'another protocol',
      'SSH-2.0-OpenSSH_9.6\r\n\r\n',
      'an answer that does not begin as one of HTTP/1.1 does',
    ],
    [
      'two ends',
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      'an answer that says in two ways, or in none, where its body ends',
    ],
  ])('%s', async (_, bytes, message) => {
    await using server = await startBytesServer(
      (socket) => void socket.write(server.sockets.length === 1 ? bytes : fine()),
    );
    const { fetch } = scene();
    await expect(fetch(server.url)).rejects.toMatchObject({
      name: 'TypeError',
      message: 'fetch failed',
      cause: { name: 'MalformedAnswer', message },
    });
    await expect.poll(() => server.sockets[0]?.destroyed).toBe(true);
    expect(await (await fetch(server.url)).text()).toBe('fine');
  });
});

describe('a request stays within its lines', () => {
  const FORGED = 'a\r\nX-Forged: 1';

  it.each([
    ['a value', { headers: { 'x-a': FORGED } }],
    ['a name', { headers: { [FORGED]: 'a' } }],
    ['a host', { headers: { host: FORGED } }],
    ['a method', { method: 'GET / HTTP/1.1\r\nX-Forged: 1\r\n\r\nGET' }],
    ['a letter that latin1 does not have', { headers: { 'x-a': 'a\u010d\u010a' } }],
  ])('or is not sent: %s', async (_, init) => {
    await using server = await startRawServer((_asked, response) => void response.end());
    const { fetch } = scene();
    const error = await fetch(server.url, init).catch((failure: unknown) => failure);
    expect(error).toMatchObject({ name: 'TypeError', message: 'fetch failed', cause: { name: 'TypeError' } });
    expect(String((error as Error).cause)).not.toContain('Forged');
    expect(server.asked).toEqual([]);
  });

  it('and has its letters beyond ASCII as they are, in headers and in its body', async () => {
    await using server = await startRawServer((_asked, response) => void response.end());
    const { fetch } = scene();
    await fetch(server.url, { method: 'POST', headers: { 'x-a': 'caf\xe9' }, body: 'café ✓' });
    await fetch(server.url, { method: 'POST', body: new TextEncoder().encode('café ✓') });
    expect(server.asked).toMatchObject([
      { headers: { 'x-a': 'caf\xe9', 'content-length': '9' }, body: 'café ✓' },
      { headers: { 'content-length': '9' }, body: 'café ✓' },
    ]);
    expect(server.connections).toHaveLength(1);
  });

  it('and names its host once', async () => {
    await using server = await startRawServer((_asked, response) => void response.end());
    const { fetch } = scene();
    await fetch(server.url);
    await fetch(server.url, { headers: { Host: 'api.github.com' } });
    expect(server.asked.map(({ headers }) => headers.host)).toEqual([
      new URL(server.url).host,
      'api.github.com',
    ]);
  });
});

it('a handshake takes up where the last one with this origin ended', async () => {
  const reused: boolean[] = [];
  await using server = await startBytesServer(
    (socket) => {
      if (socket instanceof TLSSocket) reused.push(socket.isSessionReused());
      socket.write(fine());
    },
    { tls: true },
  );
  const { clock, fetch } = scene();
  await fetch(server.url);
  clock.ms += 4_001;
  await fetch(server.url);
  expect(reused).toEqual([false, true]);
});

it('an end that refuses to take up a handshake is asked for a whole one the next time', async () => {
  const ALERT = Buffer.from([21, 3, 3, 0, 2, 2, 40]); // fatal, handshake_failure
  await using server = await startBytesServer((socket) => void socket.write(fine()), { tls: true });
  const lengths: number[] = [];
  await using front = await startBytesServer((socket, asked, hello) => {
    if (asked > 1) return;
    lengths.push(hello.byteLength);
    // What a session is offered with makes it longer.
    if (hello.byteLength > (lengths[0] ?? 0) + 100) return void socket.end(ALERT);
    const upstream = connect(Number(new URL(server.url).port), '127.0.0.1');
    upstream.on('error', () => {}).write(hello);
    socket.pipe(upstream).pipe(socket);
  });
  const { clock, fetch } = scene();
  const url = `https://localhost:${new URL(front.url).port}`;
  await fetch(url);
  clock.ms += 4_001;
  await expect(fetch(url)).rejects.toMatchObject({ message: 'fetch failed' });
  expect((await fetch(url)).status).toBe(200);
});

it('a connection that waits keeps no process alive, and one that is asked does', async () => {
  await using server = await startBytesServer(sending(fine(), fine()));
  const program = `
    const { createConnections } = await import(${JSON.stringify(import.meta.resolve('../../lib/http/connections.ts'))});
    const { createFetch } = await import(${JSON.stringify(import.meta.resolve('../../lib/http/fetch.ts'))});
    const fetch = createFetch(createConnections({ now: Date.now, env: {} }));
    for (const call of [1, 2]) console.log(call, (await fetch(process.env.TARGET)).status);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    env: { TARGET: server.url },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const printed = buffer(child.stdout);
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect((await printed).toString()).toBe('1 200\n2 200\n');
  expect(server.sockets).toHaveLength(1);
});

describe('Node reads every answer as we do', () => {
  const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,8}$/).map((name) => `x-${name.toLowerCase()}`);
  const value = fc.stringMatching(
    /^(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]{0,20}[\x21-\x7e\x80-\xff])?)?$/,
  );
  const chunk = fc.string({ minLength: 1, maxLength: 40 });
  const answers = fc.record({
    early: fc.boolean(),
    status: fc.constantFrom(200, 201, 204, 304, 404, 422, 500, 599),
    reason: fc.constantFrom('', ' ', ' OK', ' Very   well'),
    headers: fc.uniqueArray(fc.tuple(token, value), { selector: ([name]) => name }),
    chunks: fc.array(chunk),
    end: fc.constantFrom('length', 'chunked', 'close' as const),
  });
  type Given = typeof answers extends fc.Arbitrary<infer T> ? T : never;

  function toBytes({ early, status, reason, headers, chunks, end }: Given): Buffer {
    const lines = headers.map(([name, text]) => `${name}: ${text}\r\n`).join('');
    const hasBody = status !== 204 && status !== 304;
    const bodies = hasBody ? chunks.map((text) => Buffer.from(text)) : [];
    const length = bodies.reduce((sum, { byteLength }) => sum + byteLength, 0);
    const framing =
      !hasBody || end === 'close'
        ? 'connection: close\r\n'
        : end === 'length'
          ? `content-length: ${length}\r\n`
          : 'transfer-encoding: chunked\r\n';
    const head = `${early ? 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n' : ''}HTTP/1.1 ${status}${reason}\r\n${lines}${framing}\r\n`;
    const inChunks = hasBody && end === 'chunked';
    const pieces = inChunks
      ? [
          ...bodies.flatMap((body) => [
            Buffer.from(`${body.byteLength.toString(16)}\r\n`),
            body,
            Buffer.from('\r\n'),
          ]),
          Buffer.from('0\r\n\r\n'),
        ]
      : bodies;
    return Buffer.concat([Buffer.from(head, 'latin1'), ...pieces]);
  }

  it('status, headers and body of two hundred', async () => {
    let bytes: Buffer = Buffer.alloc(0);
    let cutAt = 0;
    await using server = await startBytesServer((socket) => {
      socket.write(bytes.subarray(0, cutAt));
      socket.end(bytes.subarray(cutAt));
    });
    const { fetch } = scene();
    await fc.assert(
      fc.asyncProperty(answers, fc.nat(), async (given, cut) => {
        bytes = toBytes(given);
        cutAt = cut % bytes.byteLength;
        const ours = await fetch(server.url);
        const incoming = await new Promise<IncomingMessage>((resolve, reject) =>
          request(server.url, { agent: false }, resolve).on('error', reject).end(),
        );
        const headers = Object.fromEntries(ours.headers);
        expect([ours.status, ours.statusText, headers, await ours.text()]).toEqual([
          incoming.statusCode,
          incoming.statusMessage,
          { ...incoming.headers },
          (await buffer(incoming)).toString(),
        ]);
      }),
      { numRuns: 200 },
    );
  });
});
