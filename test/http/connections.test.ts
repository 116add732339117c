import { spawn } from 'node:child_process';
import { getEventListeners, once } from 'node:events';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createConnections } from '../../lib/http/connections.ts';
import { createFetch } from '../../lib/http/fetch.ts';
import { toTextMessage } from '../../lib/http/message.ts';
import { createNodeCalls } from '../../lib/http/node-calls.ts';
import { toPlace } from '../../lib/http/place.ts';
import { startBytesServer } from './raw.ts';
import { CERTIFICATE, startRawServer } from './server.ts';

const trusted = getCACertificates('default');
beforeAll(() => setDefaultCACertificates([...trusted, CERTIFICATE]));
afterAll(() => setDefaultCACertificates([...trusted]));

const answer = (_: unknown, response: ServerResponse): void => void response.end('ok');
const patience = (): AbortSignal => new AbortController().signal;

function scene() {
  const clock = { ms: 1_000_000 };
  const connections = createConnections({ now: () => clock.ms, env: {} });
  return { clock, connections, fetch: createFetch(connections) };
}

describe.each([
  { scheme: 'http', tls: false },
  { scheme: 'https', tls: true },
])('connections over $scheme', ({ tls }) => {
  it('serve call after call', async () => {
    await using server = await startRawServer(answer, { tls });
    const { clock, fetch } = scene();
    for (let call = 0; call < 3; call += 1) {
      await fetch(server.url);
      clock.ms += 4_000;
    }
    expect(server.connections).toHaveLength(1);
  });

  it('that were idle for longer than four seconds are not used again', async () => {
    await using server = await startRawServer(answer, { tls });
    const { clock, fetch } = scene();
    await fetch(server.url);
    clock.ms += 4_001;
    await fetch(server.url);
    expect(server.connections).toHaveLength(2);
    await expect.poll(() => server.connections[0]?.destroyed).toBe(true);
  });

  it('are as many as there are calls side by side, and serve those that follow', async () => {
    await using server = await startRawServer(answer, { tls });
    const { fetch } = scene();
    const ten = () => Promise.all(Array.from({ length: 10 }, () => fetch(server.url)));
    await ten();
    await ten();
    expect(server.connections).toHaveLength(10);
  });

  it('that are opened beforehand serve the first call, and one call only', async () => {
    await using server = await startRawServer(answer, { tls });
    const { connections, fetch } = scene();
    await connections.warm(new URL(server.url), patience());
    await expect.poll(() => server.connections.length).toBe(1);
    expect(server.asked).toEqual([]);
    const both = await Promise.all([fetch(server.url), fetch(server.url)]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    expect(server.connections).toHaveLength(2);
  });

  it('that were opened too long ago are not used', async () => {
    await using server = await startRawServer(answer, { tls });
    const { clock, connections, fetch } = scene();
    await connections.warm(new URL(server.url), patience());
    clock.ms += 4_001;
    expect((await fetch(server.url)).status).toBe(200);
    expect(server.connections).toHaveLength(2);
  });

  it('that the other end has closed meanwhile do no harm', async () => {
    await using server = await startRawServer(answer, { tls });
    const { connections, fetch } = scene();
    await connections.warm(new URL(server.url), patience());
    await expect.poll(() => server.connections.length).toBe(1);
    const [opened] = server.connections;
    opened?.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await fetch(server.url)).status).toBe(200);
    expect(server.connections).toHaveLength(2);
  });

  it('that cannot be opened beforehand do no harm either', async () => {
    const server = await startRawServer(answer, { tls });
    await server[Symbol.asyncDispose]();
    const { connections, fetch } = scene();
    await expect(connections.warm(new URL(server.url), patience())).resolves.toBeUndefined();
    await expect(fetch(server.url)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  });

  it('that are not open in time are given up', async () => {
    await using server = await startRawServer(answer, { tls });
    const { connections, fetch } = scene();
    await connections.warm(new URL(server.url), AbortSignal.timeout(0));
    expect((await fetch(server.url)).status).toBe(200);
  });
});

it('a certificate that nobody vouches for is refused, opened beforehand or not', async () => {
  setDefaultCACertificates([...trusted]);
  try {
    await using server = await startRawServer(answer, { tls: true });
    const { connections, fetch } = scene();
    await connections.warm(new URL(server.url), patience());
    await expect(fetch(server.url)).rejects.toMatchObject({ cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } });
    expect(server.asked).toEqual([]);
  } finally {
    setDefaultCACertificates([...trusted, CERTIFICATE]);
  }
});

describe('behind a proxy that Node was told of', () => {
  it('a call ends with its time, also where the proxy says nothing', async () => {
    await using proxy = await startBytesServer(() => {});
    const time = new AbortController();
    const calls = createNodeCalls({ now: Date.now, maxIdleMs: 0, proxy: { HTTPS_PROXY: proxy.url } });
    const place = toPlace('https://api.github.com/');
    const limits = { signal: time.signal, maxBytes: 0 };
    const ended = calls.ask(place, toTextMessage({}), limits).catch((error: unknown) => error);
    await expect.poll(() => proxy.sockets.length).toBe(1);
    time.abort();
    expect(await ended).toMatchObject({ message: 'the call was given up' });
    expect(getEventListeners(time.signal, 'abort')).toEqual([]);
  });

  it('every call goes through it, and nothing is opened beforehand', async () => {
    await using server = await startRawServer(answer, { tls: true });
    const tunnels: (string | undefined)[] = [];
    const proxy = createServer();
    proxy.on('connect', (request, socket) => {
      tunnels.push(request.url);
      const upstream = connect(Number(new URL(server.url).port), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      for (const end of [socket, upstream]) end.on('error', () => {});
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const address = proxy.address();
    const port = typeof address === 'object' ? address?.port : undefined;

    const program = `
      const { createConnections } = await import(${JSON.stringify(import.meta.resolve('../../lib/http/connections.ts'))});
      const { createFetch } = await import(${JSON.stringify(import.meta.resolve('../../lib/http/fetch.ts'))});
      const connections = createConnections({ now: Date.now, env: process.env });
      await connections.warm(new URL(process.env.TARGET), AbortSignal.timeout(5000));
      const { status } = await createFetch(connections)(process.env.TARGET);
      console.log(status);
      process.exit();`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      env: {
        TARGET: server.url,
        NODE_USE_ENV_PROXY: '1',
        HTTPS_PROXY: `http://127.0.0.1:${port}`,
        NODE_EXTRA_CA_CERTS: new URL('localhost.pem', import.meta.url).pathname,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let printed = '';
    child.stdout.on('data', (data: Buffer) => (printed += data.toString()));
    await once(child, 'close');
    proxy.close();
    proxy.closeAllConnections();
    expect(printed.trim()).toBe('200');
    expect(tunnels).toEqual([new URL(server.url).host]);
  });
});
