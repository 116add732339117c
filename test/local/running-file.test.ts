/** How the commands find the servers that run in a folder. */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readRunning, writeRunning } from '../../local/server/running-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hookmint-running-'));
  await mkdir(join(folder, '.hookmint'));
});
afterEach(() => rm(folder, { recursive: true }));

const start = (port: number, second: number, pid = process.pid) =>
  writeRunning(folder, {
    pid,
    startedAt: new Date(second * 1_000).toISOString(),
    url: `http://127.0.0.1:${port}`,
    appId: '1',
    apiUrl: 'http://127.0.0.1:1',
    ledgerTable: 'ledger',
    dynamodbUrl: 'http://127.0.0.1:2',
    linesFile: 'lines',
  });
const find = async (port?: string) => (await readRunning(folder, port))?.url;

it('of two servers the one at the port is found, and without a port the one that started last', async () => {
  const endFirst = await start(3_000, 1);
  const endSecond = await start(4_000, 2);
  expect([await find(), await find('3000'), await find('4000'), await find('5000')]).toEqual([
    'http://127.0.0.1:4000',
    'http://127.0.0.1:3000',
    'http://127.0.0.1:4000',
    undefined,
  ]);
  await endSecond();
  expect(await find()).toBe('http://127.0.0.1:3000');
  await endFirst();
  expect([await find(), await readdir(join(folder, '.hookmint'))]).toEqual([undefined, []]);
});

it('one that was killed is not found', async () => {
  await start(3_000, 1, 2 ** 22 + 1); // no process has such a number
  expect([await find(), await find('3000')]).toEqual([undefined, undefined]);
});
