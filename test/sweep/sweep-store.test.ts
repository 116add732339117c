import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSweepStore } from '../../lib/aws/sweep-store.ts';
import type { Failure, NewFailure, SweepStore } from '../../lib/sweep/store.ts';
import { type Dynamo, hasJava, startDynalite, startDynamoDbLocal } from './dynamodb.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const GUID = 'a3d0e1c0-0000-4000-8000-000000000001';

const FAILURE: NewFailure = {
  guid: GUID,
  logId: '3804004623172239366',
  event: 'issues',
  action: 'opened',
  statusCode: 500,
  deliveredAtMs: NOW - 300_000,
  latestAtMs: NOW - 300_000,
  nextAtMs: NOW - 180_000,
  installationId: '51230417',
  repositoryId: null,
};

/** After a first ask. */
const NEXT = { attempts: 1, askedAtMs: NOW, nextAtMs: NOW + 600_000, exhausted: false };

describe('on dynalite', () => {
  keepsItsPromises(startDynalite);
});

describe.skipIf(!hasJava)('on DynamoDB Local (skipped where `java` is missing)', () => {
  keepsItsPromises(startDynamoDbLocal);
});

function keepsItsPromises(start: () => Promise<Dynamo>): void {
  let dynamo: Dynamo;
  let store: SweepStore;
  let appId: string;
  let nowMs: number;

  beforeAll(async () => {
    dynamo = await start();
  });
  afterAll(() => dynamo.stop());
  beforeEach(() => {
    appId = randomUUID();
    nowMs = NOW;
    store = createStore();
  });

  function createStore(host = 'api.github.com'): SweepStore {
    const { call, table } = dynamo;
    return createSweepStore({ call, table, host, appId, now: () => nowMs });
  }

  /** Opens a failure and reads it back. */
  async function openOne(failure: Partial<NewFailure> = {}): Promise<Failure> {
    await store.open([{ ...FAILURE, ...failure }]);
    return readOne(failure.guid);
  }

  async function readOne(guid = GUID): Promise<Failure> {
    const failure = await store.read(guid);
    if (typeof failure !== 'object') throw new Error(`no open failure: ${failure}`);
    return failure;
  }

  async function readItem(key: string) {
    const command = new GetItemCommand({ TableName: dynamo.table, Key: { id: { S: key } } });
    return (await dynamo.client.send(command)).Item;
  }

  async function writeItem(key: string, more: object = {}): Promise<void> {
    const Item = { id: { S: key }, v: { N: '4' }, ...more };
    await dynamo.client.send(new PutItemCommand({ TableName: dynamo.table, Item }));
  }

  const positionKey = (): string => `sweep#api.github.com#${appId}`;
  const failureKey = (): string => `sweep-open#api.github.com#${appId}#${GUID}`;

  describe('the position', () => {
    it('is empty at first', async () => {
      await expect(store.readPosition()).resolves.toEqual({
        markMs: undefined,
        scan: undefined,
        pausedUntilMs: undefined,
      });
    });

    it('keeps how far an unfinished scan got', async () => {
      await store.saveScan({ startedAtMs: NOW, floorMs: NOW - 3_600_000 });
      await store.saveScan({ startedAtMs: NOW, floorMs: NOW - 3_600_000, cursor: 'v1_2' });
      await expect(store.readPosition()).resolves.toEqual({
        markMs: undefined,
        scan: { startedAtMs: NOW, floorMs: NOW - 3_600_000, cursor: 'v1_2' },
        pausedUntilMs: undefined,
      });
    });

    it('loses the cursor of a scan that begins anew', async () => {
      await store.saveScan({ startedAtMs: NOW, floorMs: 0, cursor: 'v1_2' });
      await store.saveScan({ startedAtMs: NOW + 1, floorMs: 0 });
      expect((await store.readPosition()).scan?.cursor).toBeUndefined();
    });

    it('has the start of a finished scan as its mark', async () => {
      const scan = { startedAtMs: NOW, floorMs: 0, cursor: 'v1_2' };
      await store.saveScan(scan);
      await store.finishScan(scan);
      expect(await store.readPosition()).toMatchObject({ markMs: NOW, scan: undefined });
    });

    it('never goes back, and leaves the later scan of another run alone', async () => {
      await store.finishScan({ startedAtMs: NOW, floorMs: 0 });
      await store.saveScan({ startedAtMs: NOW + 9, floorMs: NOW });
      await store.saveScan({ startedAtMs: NOW - 5, floorMs: 0, cursor: 'v1_old' });
      await store.finishScan({ startedAtMs: NOW - 5, floorMs: 0 });
      expect(await store.readPosition()).toMatchObject({
        markMs: NOW,
        scan: { startedAtMs: NOW + 9, floorMs: NOW, cursor: undefined },
      });
    });

    it('keeps until when a rate limit holds', async () => {
      await store.pauseUntil(NOW + 60_000);
      expect((await store.readPosition()).pausedUntilMs).toBe(NOW + 60_000);
    });

    it('belongs to one App on one host', async () => {
      await store.finishScan({ startedAtMs: NOW, floorMs: 0 });
      expect((await createStore('ghe.example.com').readPosition()).markMs).toBeUndefined();
    });

    it('of another version is refused and left as it is', async () => {
      await writeItem(positionKey(), { markMs: { S: 'of tomorrow' } });
      await expect(store.readPosition()).rejects.toMatchObject({ code: 'ledger_unreadable' });
      await store.saveScan({ startedAtMs: NOW, floorMs: 0 });
      await store.finishScan({ startedAtMs: NOW, floorMs: 0 });
      await store.pauseUntil(NOW);
      expect(await readItem(positionKey())).toEqual({
        id: { S: positionKey() },
        v: { N: '4' },
        markMs: { S: 'of tomorrow' },
      });
    });
  });

  describe('a failure', () => {
    it('is recorded with what an ask needs, its id exact', async () => {
      expect(await openOne()).toEqual({
        ...FAILURE,
        logId: '3804004623172239366',
        attempts: 0,
        exhausted: false,
        leaseUntilMs: undefined,
        version: 1,
      });
    });

    it('of an event without actions has none', async () => {
      expect((await openOne({ event: 'push', action: null })).action).toBeNull();
    });

    it('carries the version of its format, and expires after thirty days', async () => {
      await openOne();
      const item = await readItem(failureKey());
      expect(item?.['v']).toEqual({ N: '2' });
      expect(item?.['expiresAt']).toEqual({ N: String(Date.parse('2026-12-22T12:00:00Z') / 1000) });
    });

    it('is listed as long as it is open', async () => {
      const { entries } = await store.open([FAILURE, { ...FAILURE, guid: 'b-2', deliveredAtMs: 1_200_000 }]);
      expect((await store.listOpen()).entries.toSorted((a, b) => a.sinceMs - b.sinceMs)).toEqual([
        { guid: 'b-2', bucket: '2#b', sinceMs: 1_200_000 },
        { guid: GUID, bucket: '2992247#a', sinceMs: Date.parse('2026-11-22T11:50:00Z') },
      ]);
      for (const entry of entries) await store.close(entry, 'recovered');
      await expect(store.listOpen()).resolves.toEqual({ entries: [], unreadable: [] });
      expect((await readItem(positionKey()))?.['buckets']).toBeUndefined();
    });

    it('takes the id of a newer attempt, and keeps its schedule', async () => {
      const failure = await openOne();
      const claimed = await store.claim(failure, NOW + 1, NEXT);
      if (claimed === undefined) throw new Error('not claimed');
      await store.giveBack(claimed, NEXT);
      await store.open([{ ...FAILURE, logId: '3804004623172240000', statusCode: 413, latestAtMs: NOW }]);
      await store.open([{ ...FAILURE, logId: '3804004623172230000', statusCode: 500, latestAtMs: NOW - 9 }]);
      expect(await readOne()).toMatchObject({
        logId: '3804004623172240000',
        statusCode: 413,
        latestAtMs: NOW,
        attempts: 1,
        nextAtMs: NOW + 600_000,
      });
    });

    it('that has ended is not opened again', async () => {
      const { entries } = await store.open([FAILURE]);
      for (const entry of entries) await store.close(entry, 'gave_up');
      await expect(store.open([{ ...FAILURE, latestAtMs: NOW }])).resolves.toEqual({
        entries: [],
        unreadable: [],
      });
      await expect(store.read(GUID)).resolves.toBe('ended');
    });

    it('known to be good is not opened', async () => {
      await store.rememberGood([GUID]);
      await expect(store.open([FAILURE])).resolves.toEqual({ entries: [], unreadable: [] });
    });

    it('that is open stays so when it is met as good without being closed', async () => {
      await openOne();
      await store.rememberGood([GUID]);
      await expect(readOne()).resolves.toMatchObject({ guid: GUID });
    });

    it('is ended by one of two', async () => {
      const { entries } = await store.open([FAILURE]);
      const [entry] = entries;
      if (entry === undefined) throw new Error('not open');
      const both = await Promise.all([store.close(entry, 'gave_up'), createStore().close(entry, 'gave_up')]);
      expect(both.toSorted()).toEqual([false, true]);
    });

    it('is absent where nobody recorded it', async () => {
      await expect(store.read(GUID)).resolves.toBe('absent');
    });

    it('of another version is told of and left as it is', async () => {
      await writeItem(failureKey(), { state: { S: 'open' } });
      await expect(store.open([FAILURE])).resolves.toEqual({ entries: [], unreadable: [GUID] });
      await expect(store.read(GUID)).resolves.toBe('unreadable');
      await store.rememberGood([GUID]);
      await store.close({ guid: GUID, bucket: '2992247#a', sinceMs: 0 }, 'recovered');
      expect(await readItem(failureKey())).toEqual({
        id: { S: failureKey() },
        v: { N: '4' },
        state: { S: 'open' },
      });
    });

    it('in an index of another version is told of', async () => {
      const key = `sweep-index#api.github.com#${appId}#2992247#a`;
      await writeItem(key, { guids: { S: 'of tomorrow' } });
      expect((await store.open([FAILURE])).unreadable).toEqual([key]);
      expect((await store.listOpen()).unreadable).toEqual([key]);
      expect((await readItem(key))?.['guids']).toEqual({ S: 'of tomorrow' });
    });
  });

  describe('a claim', () => {
    it('is given to one of many', async () => {
      const failure = await openOne();
      const claims = await Promise.all(
        Array.from({ length: 8 }, () => createStore().claim(failure, NOW + 60_000, NEXT)),
      );
      expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
    });

    it('is refused while its lease runs, and given again when it has ended', async () => {
      await store.claim(await openOne(), NOW + 60_000, NEXT);
      await expect(store.claim(await readOne(), NOW + 90_000, NEXT)).resolves.toBeUndefined();
      nowMs = NOW + 60_000;
      await expect(store.claim(await readOne(), NOW + 90_000, NEXT)).resolves.toMatchObject({
        leaseUntilMs: NOW + 90_000,
      });
    });

    it('counts the ask before it is made, whatever becomes of the run', async () => {
      await store.claim(await openOne(), NOW + 60_000, NEXT);
      expect(await readOne()).toMatchObject({ ...NEXT, leaseUntilMs: NOW + 60_000 });
    });

    it('given back as it was leaves no trace in the schedule', async () => {
      const failure = await openOne();
      const claimed = await store.claim(failure, NOW + 60_000, NEXT);
      if (claimed === undefined) throw new Error('not claimed');
      await store.giveBack(claimed, failure);
      expect(await readOne()).toMatchObject({
        attempts: 0,
        leaseUntilMs: undefined,
        nextAtMs: NOW - 180_000,
      });
    });

    it('ends with what comes next', async () => {
      const claimed = await store.claim(await openOne(), NOW + 60_000, NEXT);
      if (claimed === undefined) throw new Error('not claimed');
      await store.giveBack(claimed, {
        attempts: 6,
        askedAtMs: undefined,
        nextAtMs: NOW + 600_000,
        exhausted: true,
      });
      expect(await readOne()).toMatchObject({
        attempts: 6,
        nextAtMs: NOW + 600_000,
        exhausted: true,
        leaseUntilMs: undefined,
      });
    });

    it('that another run has taken over changes nothing any more', async () => {
      const first = await store.claim(await openOne(), NOW + 60_000, NEXT);
      if (first === undefined) throw new Error('not claimed');
      nowMs = NOW + 60_000;
      await store.claim(await readOne(), NOW + 120_000, NEXT);
      await store.giveBack(first, { attempts: 6, askedAtMs: undefined, nextAtMs: 0, exhausted: true });
      expect(await readOne()).toMatchObject({ attempts: 1, leaseUntilMs: NOW + 120_000 });
    });

    it('on what has ended is refused', async () => {
      const failure = await openOne();
      for (const entry of (await store.listOpen()).entries) await store.close(entry, 'recovered');
      await expect(store.claim(failure, NOW + 60_000, NEXT)).resolves.toBeUndefined();
    });
  });

  describe('the index', () => {
    it('is cleaned of what has ended', async () => {
      const { entries } = await store.open([FAILURE]);
      for (const entry of entries) await store.forget(entry);
      await expect(store.listOpen()).resolves.toEqual({ entries: [], unreadable: [] });
    });

    it('lists a failure that is met again after it was lost from it', async () => {
      const { entries } = await store.open([FAILURE]);
      for (const entry of entries) await store.forget(entry);
      await store.open([FAILURE]);
      expect((await store.listOpen()).entries).toHaveLength(1);
    });

    it('names no record that has expired, once a scan has finished', async () => {
      await writeItem(positionKey(), { v: { N: '1' }, buckets: { SS: ['2992247#a'] } });
      await expect(store.listOpen()).resolves.toEqual({ entries: [], unreadable: [] });
      await store.finishScan({ startedAtMs: NOW, floorMs: 0 });
      expect((await readItem(positionKey()))?.['buckets']).toBeUndefined();
    });

    it('holds hundreds at once', async () => {
      const failures = Array.from({ length: 300 }, (_, index) => ({ ...FAILURE, guid: `${index}-x` }));
      await store.open(failures);
      expect((await store.listOpen()).entries).toHaveLength(300);
    });
  });

  it('says so where the table does not answer', async () => {
    const { call } = dynamo;
    const nowhere = createSweepStore({ call, table: 'nowhere', host: 'h', appId, now: () => nowMs });
    await expect(nowhere.readPosition()).rejects.toMatchObject({ code: 'ledger_unavailable' });
  });
}
