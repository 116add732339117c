/** The client of the AWS SDK, as the product makes it, against servers that stay silent or fail. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createClientOptions } from '../../lib/aws/client-options.ts';
import { createConnections, type Connections } from '../../lib/http/connections.ts';
import { createFetch } from '../../lib/http/fetch.ts';
import { closeServer, toUrl } from '../../local/http/loopback.ts';
import { toCallDeps } from '../harness/aws-calls.ts';

/** So long that no answer of a slow machine is late, and so short that a silence is soon over. */
const PATIENT_MS = 20_000;
const IMPATIENT_MS = 500;
const READ = new GetSecretValueCommand({ SecretId: 'x' });

let server: Server | undefined;
let connections: Connections;

beforeEach(() => {
  connections = createConnections({ now: Date.now, env: {}, maxIdleMs: Infinity });
});

afterEach(async () => {
  connections.closeIdle();
  server?.closeAllConnections();
  if (server !== undefined) await closeServer(server);
});

async function serve(listener: RequestListener): Promise<void> {
  server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

/** All clients of a test share their connections. */
function createClient(limitMs = PATIENT_MS): SecretsManagerClient {
  if (server === undefined) throw new Error('nobody serves');
  const own = { fetch: createFetch(connections), closeIdle: () => connections.closeIdle() };
  const deps = { ...toCallDeps(toUrl(server)), ...own };
  return new SecretsManagerClient(createClientOptions('secretsmanager', deps, limitMs));
}

const ANSWER = { 'content-type': 'application/x-amz-json-1.1' };

it('opens a new connection after one try in a kept one that has gone silent, however many were kept', async () => {
  const silent = new WeakSet<object>();
  const seen: string[] = [];
  await serve((request, response) => {
    const { socket } = request;
    seen.push(silent.has(socket) ? 'silent' : 'answered');
    if (silent.has(socket)) return;
    silent.add(socket);
    // Late enough that every call of a batch has a connection of its own.
    setTimeout(() => response.writeHead(200, ANSWER).end('{}'), 20);
  });
  const patient = createClient();
  await Promise.all(Array.from({ length: 5 }, () => patient.send(READ)));
  seen.length = 0;
  await expect(createClient(IMPATIENT_MS).send(READ)).resolves.toMatchObject({ $metadata: { attempts: 2 } });
  expect(seen).toEqual(['silent', 'answered']);
});

it('still repeats a call after an outage in the same process, however long that was', async () => {
  let failing = Infinity;
  await serve((_, response) => {
    failing -= 1;
    response.writeHead(failing >= 0 ? 503 : 200, ANSWER).end('{}');
  });
  const client = createClient();
  // The SDK's own budget would be spent: 500 tokens, 28 for each call.
  await Promise.allSettled(Array.from({ length: 60 }, () => client.send(READ)));
  failing = 1;
  await expect(client.send(READ)).resolves.toMatchObject({ $metadata: { attempts: 2 } });
});

it('tries three times, and tells what AWS said', async () => {
  let tries = 0;
  await serve((_, response) => {
    tries += 1;
    response.writeHead(500, ANSWER).end('{"__type":"InternalServiceError","message":"oops"}');
  });
  await expect(createClient().send(READ)).rejects.toMatchObject({ name: 'InternalServiceError' });
  expect(tries).toBe(3);
});

it('repeats nothing that AWS refused', async () => {
  let tries = 0;
  await serve((_, response) => {
    tries += 1;
    response.writeHead(400, ANSWER).end('{"__type":"AccessDeniedException","message":"no"}');
  });
  await expect(createClient().send(READ)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  expect(tries).toBe(1);
});

it('ends with the signal of its caller, also between two tries', async () => {
  const time = new AbortController();
  let tries = 0;
  await serve((_, response) => {
    tries += 1;
    response.writeHead(503, ANSWER).end('{}');
    time.abort();
  });
  await expect(createClient().send(READ, { abortSignal: time.signal })).rejects.toMatchObject({
    name: 'AbortError',
  });
  expect(tries).toBe(1);
});
