/** What every keeper of the ledger must do. Run against each of them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { createLedger } from '../../lib/aws/ledger.ts';
import type { Claimed, ClaimRequest, Ledger } from '../../lib/ledger/ledger.ts';
import { createLedgerTable, LOCAL_AWS } from '../../local/aws/dynamodb.ts';

interface Table {
  readonly url: string;
  close(): Promise<void>;
}

const NOON = Date.UTC(2026, 10, 22, 12);
const signal = new AbortController().signal;

export function describeLedger(name: string, start: () => Promise<Table>): void {
  describe(`the ledger in ${name}`, () => {
    let table: Table;
    let client: DynamoDBClient;
    let ledger: Ledger;
    let nowMs = NOON;
    let deliveries = 0;

    beforeAll(async () => {
      table = await start();
      await createLedgerTable(table.url, 'ledger');
      client = new DynamoDBClient({ ...LOCAL_AWS, endpoint: table.url });
      ledger = createLedger({ table: 'ledger', now: () => nowMs, client });
    }, 60_000);

    afterAll(async () => {
      client.destroy();
      await table.close();
    });

    /** A claim on a delivery of its own, for 10 s. */
    const request = (changes: Partial<ClaimRequest> = {}): ClaimRequest => {
      nowMs = NOON;
      deliveries += 1;
      return {
        key: {
          host: 'api.github.com',
          appId: '31415',
          hookId: '7',
          deliveryId: `delivery-${deliveries}`,
          handler: 'greet',
        },
        leaseUntil: new Date(NOON + 10_000),
        carrier: 'message-1',
        maxAttempts: 3,
        replay: false,
        ...changes,
      };
    };
    const claim = async (wanted: ClaimRequest): Promise<Claimed> => {
      const got = await ledger.claim(wanted, signal);
      if (got.state !== 'claimed') throw new Error(`not claimed: ${got.state}`);
      return got;
    };

    it('gives a new delivery to the first who asks', async () => {
      expect(await claim(request())).toMatchObject({ state: 'claimed', fence: 1, attempt: 1 });
    });

    it('gives one of fifty who ask at once the claim, and tells the others that it is busy', async () => {
      const wanted = request();
      const got = await Promise.all(Array.from({ length: 50 }, () => ledger.claim(wanted, signal)));
      expect(got.filter(({ state }) => state === 'claimed')).toHaveLength(1);
      expect(got.filter(({ state }) => state === 'busy')).toHaveLength(49);
    });

    it.each([
      { what: 'host', change: { host: 'api.other.ghe.com' } },
      { what: 'App', change: { appId: '27182' } },
      { what: 'hook', change: { hookId: '8' } },
      { what: 'hook that is unknown', change: { hookId: null } },
      { what: 'delivery', change: { deliveryId: 'another' } },
      { what: 'handler', change: { handler: 'label' } },
    ])('takes the same work of another $what for other work', async ({ change }) => {
      const wanted = request();
      await claim(wanted);
      const deliveryId = 'deliveryId' in change ? `another-${deliveries}` : wanted.key.deliveryId;
      const other = { ...wanted, key: { ...wanted.key, ...change, deliveryId } };
      expect(await claim(other)).toMatchObject({ fence: 1 });
    });

    it('says until when a claim is held', async () => {
      const wanted = request();
      await claim(wanted);
      expect(await ledger.claim(wanted, signal)).toEqual({ state: 'busy', until: new Date(NOON + 10_000) });
    });

    it('frees the claim of an owner that died when its lease ends', async () => {
      const wanted = request();
      await claim(wanted);
      nowMs = NOON + 10_000;
      expect(await claim(wanted)).toMatchObject({ fence: 2, attempt: 2 });
    });

    it('lets an owner that comes back late settle nothing', async () => {
      const wanted = request();
      const late = await claim(wanted);
      nowMs = NOON + 10_000;
      const next = await claim({ ...wanted, leaseUntil: new Date(NOON + 20_000) });
      expect(await ledger.settle(late, { state: 'done' }, signal)).toBe('lost');
      expect(await ledger.claim(wanted, signal)).toMatchObject({ state: 'busy' });
      expect(await ledger.settle(next, { state: 'done' }, signal)).toBe('settled');
    });

    it('reports what is done as done, to every carrier', async () => {
      const wanted = request();
      await ledger.settle(await claim(wanted), { state: 'done' }, signal);
      expect(await ledger.claim(wanted, signal)).toEqual({ state: 'done' });
      expect(await ledger.claim({ ...wanted, carrier: 'message-2' }, signal)).toEqual({ state: 'done' });
      expect(await ledger.claim({ ...wanted, carrier: null }, signal)).toEqual({ state: 'done' });
    });

    it('settles once: a settlement whose answer was lost can be repeated', async () => {
      const claimed = await claim(request());
      expect(await ledger.settle(claimed, { state: 'done' }, signal)).toBe('settled');
      expect(await ledger.settle(claimed, { state: 'done' }, signal)).toBe('settled');
    });

    it('hands out what failed again, counting the attempts of one carrier', async () => {
      const wanted = request();
      const failed = { state: 'failed', reason: 'handler_error', waited: false } as const;
      await ledger.settle(await claim(wanted), failed, signal);
      await ledger.settle(await claim(wanted), failed, signal);
      const third = await claim(wanted);
      expect(third.attempt).toBe(3);
      await ledger.settle(third, failed, signal);
      expect(await ledger.claim(wanted, signal)).toEqual({ state: 'given_up', reason: 'handler_error' });
      expect(await claim({ ...wanted, carrier: 'message-2' })).toMatchObject({ attempt: 1, fence: 4 });
    });

    it('gives up on a carrier whose owners keep dying', async () => {
      const wanted = request();
      for (const attempt of [1, 2, 3]) {
        expect(await claim(wanted)).toMatchObject({ attempt });
        nowMs += 10_000;
      }
      expect(await ledger.claim(wanted, signal)).toEqual({ state: 'given_up', reason: 'attempts_exhausted' });
    });

    it('takes no attempt for waiting', async () => {
      const wanted = request();
      const waited = { state: 'failed', reason: 'rate_limited', waited: true } as const;
      for (let time = 0; time < 5; time += 1) {
        const claimed = await claim(wanted);
        expect(claimed.attempt).toBe(1);
        await ledger.settle(claimed, waited, signal);
      }
    });

    it('runs what was skipped for a later delivery, not for the same message', async () => {
      const wanted = request();
      await ledger.settle(
        await claim(wanted),
        { state: 'skipped', reason: 'installation_suspended' },
        signal,
      );
      expect(await ledger.claim(wanted, signal)).toEqual({
        state: 'skipped',
        reason: 'installation_suspended',
      });
      expect(await claim({ ...wanted, carrier: 'message-2' })).toMatchObject({ state: 'claimed' });
    });

    it('runs what was skipped inline again when it is redelivered', async () => {
      const wanted = request({ carrier: null });
      await ledger.settle(await claim(wanted), { state: 'skipped', reason: 'no_repository' }, signal);
      expect(await claim(wanted)).toMatchObject({ state: 'claimed' });
    });

    it('runs what is done again for a replay, once for each message', async () => {
      const wanted = request();
      await ledger.settle(await claim(wanted), { state: 'done' }, signal);
      const replay = { ...wanted, carrier: 'message-2', replay: true };
      await ledger.settle(await claim(replay), { state: 'done' }, signal);
      expect(await ledger.claim(replay, signal)).toEqual({ state: 'done' });
      expect(await claim({ ...replay, carrier: 'message-3' })).toMatchObject({ state: 'claimed' });
    });

    it('keeps a record for thirty days, and no payload in it', async () => {
      const wanted = request();
      await ledger.settle(
        await claim(wanted),
        { state: 'failed', reason: 'deadline', waited: false },
        signal,
      );
      const id = `delivery#api.github.com#31415#7#${wanted.key.deliveryId}#greet`;
      const { Item } = await client.send(new GetItemCommand({ TableName: 'ledger', Key: { id: { S: id } } }));
      expect(Item).toEqual({
        id: { S: id },
        v: { N: '1' },
        state: { S: 'failed' },
        fence: { N: '1' },
        attempts: { N: '1' },
        carrier: { S: 'message-1' },
        leaseUntilMs: { N: '0' },
        reason: { S: 'deadline' },
        expiresAt: { N: String(Date.UTC(2026, 11, 22, 12) / 1000) },
      });
    });

    it.each([
      { what: 'a format that it does not read', change: { v: { N: '3' } } },
      { what: 'a state that it does not know', change: { state: { S: 'paused' } } },
    ])('leaves a record of $what alone', async ({ change }) => {
      const { key } = request();
      const id = `delivery#api.github.com#31415#7#${key.deliveryId}#greet`;
      const record = { id: { S: id }, v: { N: '1' }, state: { S: 'done' }, fence: { N: '9' }, ...change };
      await client.send(new PutItemCommand({ TableName: 'ledger', Item: record }));
      await expect(ledger.claim({ ...request(), key }, signal)).rejects.toMatchObject({
        code: 'ledger_unreadable',
      });
      const { Item } = await client.send(new GetItemCommand({ TableName: 'ledger', Key: { id: { S: id } } }));
      expect(Item).toEqual(record);
    });

    it('claims nothing without an answer', async () => {
      const nowhere = createLedger({ table: 'no-such-table', now: () => nowMs, client });
      await expect(nowhere.claim(request(), signal)).rejects.toMatchObject({ code: 'ledger_unavailable' });
    });
  });
}
