/** The log of the stand-in for GitHub, from one `npm start` to the next. */
import { appendFile, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDeliveries } from '../../local/github/delivery-log.ts';
import { keepDeliveries } from '../../local/server/kept-deliveries.ts';

const NOON = Date.UTC(2026, 10, 22, 12);

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hookmint-kept-'));
  file = join(folder, 'deliveries.jsonl');
});
afterEach(() => rm(folder, { recursive: true }));

/** The log as a server that starts at this time has it. */
const open = (nowMs = NOON) =>
  createDeliveries({ url: 'http://github.test', now: () => nowMs, kept: keepDeliveries(file) });
const FAILED = { guid: 'failed', event: 'issues', action: 'opened', statusCode: 500 };

it('has after a restart what was delivered before it, whole, and goes on with ids that nothing had', () => {
  const before = open();
  before.add({
    ...FAILED,
    request: { headers: { 'x-github-hook-id': '7' }, payload: { id: 9007199254740993n } },
  });
  before.add({ ...FAILED, guid: 'handled', statusCode: 200, response: { payload: '{"outcome":"handled"}' } });
  const after = open(NOON + 60_000);
  expect(after.all()).toEqual(before.all());
  const ids = [...before.all(), after.add(FAILED)].map(({ id }) => id);
  expect(new Set(ids).size).toBe(3);
  expect(open(NOON + 60_000).all()).toHaveLength(3);
});

it('forgets after three days, as GitHub does', () => {
  open().add(FAILED);
  expect(open(NOON + 3 * 24 * 3_600_000 + 1).all()).toEqual([]);
});

it('passes over the half of an entry at which its process ended', async () => {
  open().add(FAILED);
  await appendFile(file, '{"id":"38040046231722');
  expect(open().all()).toMatchObject([{ guid: 'failed' }]);
  open().add({ ...FAILED, guid: 'next' });
  expect(
    open()
      .all()
      .map(({ guid }) => guid)
      .toSorted(),
  ).toEqual(['failed', 'next']);
});

it('keeps the newest 8 MB', async () => {
  const log = open();
  for (const guid of ['oldest', 'older', 'newest'])
    log.add({ ...FAILED, guid, request: { payload: { text: 'x'.repeat(3_000_000) } } });
  expect(
    open()
      .all()
      .map(({ guid }) => guid),
  ).toEqual(['newest', 'older']);
  expect((await stat(file)).size).toBeLessThan(8_000_000);
});
