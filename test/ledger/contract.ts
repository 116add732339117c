/** What every keeper of the ledger must do. Run against each of them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AttributeValue,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { createDynamoDBCall, type DynamoDBCall } from '../../lib/aws/dynamodb.ts';
import { createLedger } from '../../lib/aws/ledger.ts';
import { toRecordId } from '../../lib/aws/ledger-items.ts';
import { createSweepStore } from '../../lib/aws/sweep-store.ts';
import type { Claimed, ClaimRequest, Ledger } from '../../lib/ledger/ledger.ts';
import { readField } from '../../lib/json/json.ts';
import { createLedgerTable, LOCAL_AWS } from '../../local/aws/dynamodb.ts';
import { toCallDeps } from '../harness/aws-calls.ts';

interface Table {
  readonly url: string;
  close(): Promise<void>;
}

const NOON = Date.UTC(2026, 10, 22, 12);
const signal = new AbortController().signal;

/** As the sweep finds it. */
const FAILURE = {
  logId: '3804004623172239366',
  event: 'issues',
  action: 'opened',
  statusCode: 500,
  deliveredAtMs: NOON,
  latestAtMs: NOON,
  nextAtMs: NOON,
  installationId: null,
  repositoryId: null,
};

export function describeLedger(name: string, start: () => Promise<Table>): void {
  describe(`the ledger in ${name}`, () => {
    let table: Table;
    let client: DynamoDBClient;
    let call: DynamoDBCall;
    let ledger: Ledger;
    let nowMs = NOON;
    let deliveries = 0;

    beforeAll(async () => {
      table = await start();
      await createLedgerTable(table.url, 'ledger');
      client = new DynamoDBClient({ ...LOCAL_AWS, endpoint: table.url });
      call = createDynamoDBCall(toCallDeps(table.url));
      ledger = createLedger({ table: 'ledger', now: () => nowMs, call });
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
        messageId: 'message-1',
        askedAt: new Date(NOON - 1_000),
        byPerson: false,
        maxAttempts: 3,
        replay: false,
        alone: true,
        ...changes,
      };
    };
    const claim = async (wanted: ClaimRequest): Promise<Claimed> => {
      const got = await ledger.claim(wanted, signal);
      if (got.state !== 'claimed') throw new Error(`not claimed: ${got.state}`);
      return got;
    };
    /** What else might have written the record. */
    const alter = async ({ key }: ClaimRequest, changes: Record<string, AttributeValue>): Promise<void> => {
      const place = { TableName: 'ledger', Key: { id: { S: toRecordId(key) } } };
      const { Item } = await client.send(new GetItemCommand({ ...place, ConsistentRead: true }));
      await client.send(new PutItemCommand({ TableName: 'ledger', Item: { ...Item, ...changes } }));
    };
    const ask = (wanted: ClaimRequest, messageId: string, askedAtMs = NOON - 1_000, replay = false) => {
      const asked = { ...wanted, messageId, askedAt: new Date(askedAtMs), replay };
      return ledger.claim({ ...asked, leaseUntil: new Date(nowMs + 10_000) }, signal);
    };

    /** The sweep finds the delivery failed, and asks GitHub for it now. */
    const sweepAsks = async ({ key }: ClaimRequest): Promise<void> => {
      const { host, appId, deliveryId: guid } = key;
      const store = createSweepStore({ table: 'ledger', host, appId, now: () => nowMs, call });
      await store.open([{ ...FAILURE, guid }]);
      const failure = await store.read(guid);
      if (typeof failure !== 'object') throw new Error(failure);
      const next = { attempts: 1, askedAtMs: nowMs, nextAtMs: nowMs + 600_000, exhausted: false };
      expect(await store.claim(failure, nowMs + 900_000, next)).toBeDefined();
    };

    it('gives a new delivery to the first who asks', async () => {
      expect(await claim(request())).toMatchObject({ state: 'claimed', attempt: 1, record: { fence: 1 } });
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
      expect(await claim(other)).toMatchObject({ record: { fence: 1 } });
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
      expect(await claim(wanted)).toMatchObject({ attempt: 2, record: { fence: 2 } });
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

    it('reports what is done as done, whatever brings it', async () => {
      const wanted = request();
      await ledger.settle(await claim(wanted), { state: 'done' }, signal);
      expect(await ledger.claim(wanted, signal)).toEqual({ state: 'done' });
      expect(await ledger.claim({ ...wanted, messageId: 'message-2' }, signal)).toEqual({ state: 'done' });
      expect(await ledger.claim({ ...wanted, messageId: null }, signal)).toEqual({ state: 'done' });
    });

    it('settles once: a settlement whose answer was lost can be repeated', async () => {
      const claimed = await claim(request());
      expect(await ledger.settle(claimed, { state: 'done' }, signal)).toBe('settled');
      expect(await ledger.settle(claimed, { state: 'done' }, signal)).toBe('settled');
    });

    it('hands out what failed again, counting the attempts of all messages together', async () => {
      const wanted = request();
      const failed = { state: 'failed', reason: 'handler_error', counts: true } as const;
      await ledger.settle(await claim(wanted), failed, signal);
      await ledger.settle(await claim({ ...wanted, messageId: 'message-2' }), failed, signal);
      const third = await claim(wanted);
      expect(third.attempt).toBe(3);
      nowMs = NOON + 5_000;
      await ledger.settle(third, failed, signal);
      const givenUp = { state: 'given_up', reason: 'handler_error' };
      for (const messageId of ['message-1', 'message-2', 'message-3', 'message-1'])
        expect(await ask(wanted, messageId)).toEqual(givenUp);
      expect(await ask(wanted, 'redriven', NOON + 5_001)).toMatchObject({ attempt: 1, record: { fence: 4 } });
    });

    it('gives up a handler whose process dies each time', async () => {
      const wanted = request();
      for (const attempt of [1, 2, 3]) {
        expect(await claim({ ...wanted, leaseUntil: new Date(nowMs + 10_000) })).toMatchObject({ attempt });
        nowMs += 10_000;
      }
      const exhausted = { state: 'given_up', reason: 'attempts_exhausted' };
      expect(await ledger.claim(wanted, signal)).toEqual(exhausted);
      expect(await ask(wanted, 'message-2', nowMs - 1)).toEqual(exhausted);
      expect(await ask(wanted, 'redriven', nowMs + 1)).toMatchObject({ state: 'claimed', attempt: 1 });
    });

    it('hands out a handler that a process died at only to who runs it alone', async () => {
      const wanted = { ...request(), alone: false };
      await claim(wanted);
      nowMs += 10_000;
      expect(await ledger.claim(wanted, signal)).toEqual({ state: 'abandoned', attempts: 0 });
      expect(await claim({ ...wanted, alone: true })).toMatchObject({ attempt: 1 });
    });

    it('counts a death for a handler that ran alone, and none that others were by', async () => {
      const wanted = request();
      const attempts: number[] = [];
      for (const alone of [false, true, true, true]) {
        const claimed = await claim({ ...wanted, alone: true, leaseUntil: new Date(nowMs + 10_000) });
        attempts.push(claimed.attempt);
        await alter(wanted, { alone: { BOOL: alone } });
        nowMs += 10_000;
      }
      expect(attempts).toEqual([1, 1, 2, 3]);
      expect(await ledger.claim(wanted, signal)).toMatchObject({ state: 'given_up' });
    });

    it('hands out to anybody, and does not count, what a release of before had claimed and not begun', async () => {
      const wanted = { ...request(), alone: false };
      await claim(wanted);
      await alter(wanted, { started: { BOOL: false } });
      nowMs += 10_000;
      expect(await claim(wanted)).toMatchObject({ attempt: 1, record: { started: true } });
    });

    it('takes back the attempt of what only waited, however often', async () => {
      const wanted = request();
      const waited = { state: 'failed', reason: 'rate_limited', counts: false } as const;
      for (let time = 0; time < 5; time += 1) {
        const claimed = await claim(wanted);
        expect(claimed.attempt).toBe(1);
        await ledger.settle(claimed, waited, signal);
      }
    });

    it('takes an attempt back once, though the answer to that is lost', async () => {
      const wanted = request();
      const never = { state: 'failed', reason: 'rate_limited', counts: false } as const;
      await ledger.settle(await claim(wanted), { ...never, counts: true }, signal);
      const second = await claim(wanted);
      await ledger.settle(second, never, signal);
      expect(await ledger.settle(second, never, signal)).toBe('settled');
      expect(await claim(wanted)).toMatchObject({ attempt: 2 });
    });

    it('counts a death where an attempt could not be taken back: the lease ends, and nobody knows better', async () => {
      const wanted = request();
      const nowhere = createLedger({ table: 'no-such-table', now: () => nowMs, call });
      const never = { state: 'failed', reason: 'rate_limited', counts: false } as const;
      const lost = nowhere.settle(await claim(wanted), never, signal);
      await expect(lost).rejects.toMatchObject({ code: 'ledger_unavailable' });
      nowMs += 10_000;
      expect(await ledger.claim({ ...wanted, alone: false }, signal)).toMatchObject({ state: 'abandoned' });
      expect(await claim(wanted)).toMatchObject({ attempt: 2 });
    });

    it.each(['skipped', 'given_up'] as const)(
      'runs what was %s once, however many messages take turns, until somebody asks again',
      async (state) => {
        const wanted = request();
        nowMs = NOON + 1_000;
        await ledger.settle(await claim(wanted), { state, reason: 'installation_suspended' }, signal);
        nowMs = NOON + 5_000;
        const ended = { state, reason: 'installation_suspended' };
        for (const messageId of ['message-1', 'message-2', 'message-1', 'message-3'])
          expect(await ask(wanted, messageId, NOON + 999)).toEqual(ended);
        expect(await ask(wanted, 'message-1', NOON + 1_001)).toEqual(ended);
        expect(await ask(wanted, 'redelivered', NOON + 1_001)).toMatchObject({ attempt: 1 });
      },
    );

    describe.each(['skipped', 'given_up'] as const)('of what was %s', (state) => {
      const ended = { state, reason: 'no such label' } as const;
      /** Ended a second after noon; then the sweep asked GitHub, a minute after noon. */
      const ASKED = NOON + 60_000;
      const askedBySweep = async (inline = false): Promise<ClaimRequest> => {
        const wanted = request(inline ? { messageId: null, askedAt: new Date(NOON) } : {});
        nowMs = NOON + 1_000;
        await ledger.settle(await claim(wanted), ended, signal);
        nowMs = ASKED;
        await sweepAsks(wanted);
        nowMs += 5_000;
        return wanted;
      };

      it('runs nothing again for the sweep', async () => {
        const wanted = await askedBySweep();
        expect(await ask(wanted, 'of the sweep', ASKED + 800)).toEqual(ended);
        expect(await ask(wanted, 'of the sweep', ASKED + 800)).toEqual(ended);
        expect(await ask(wanted, 'message-1', ASKED + 800)).toEqual(ended);
      });

      it('runs nothing again inline for the sweep', async () => {
        const wanted = await askedBySweep(true);
        expect(await ledger.claim({ ...wanted, askedAt: new Date(ASKED + 800) }, signal)).toEqual(ended);
      });

      it('runs it for a person who redelivers after the sweep', async () => {
        const wanted = await askedBySweep();
        await ask(wanted, 'of the sweep', ASKED + 800);
        expect(await ask(wanted, 'of a person', ASKED + 2_000)).toMatchObject({
          state: 'claimed',
          attempt: 1,
        });
      });

      it('runs it once where a person was faster than the sweep’s delivery', async () => {
        const wanted = await askedBySweep();
        expect(await ask(wanted, 'of a person', ASKED + 700)).toEqual(ended);
        const claimed = await ask(wanted, 'of the sweep', ASKED + 800);
        expect(claimed).toMatchObject({ state: 'claimed', attempt: 1 });
        if (claimed.state === 'claimed') await ledger.settle(claimed, ended, signal);
        for (const messageId of ['of a person', 'of the sweep'])
          expect(await ask(wanted, messageId, ASKED + 700)).toEqual(ended);
      });

      it('runs it for a person who redelivers what the sweep’s own delivery has run', async () => {
        const wanted = request();
        nowMs = ASKED;
        await sweepAsks(wanted);
        const first = { ...wanted, askedAt: new Date(ASKED + 800), leaseUntil: new Date(ASKED + 10_000) };
        await ledger.settle(await claim(first), ended, signal);
        nowMs += 5_000;
        expect(await ask(wanted, 'of a person', ASKED + 2_000)).toMatchObject({ state: 'claimed' });
      });

      it('runs it for who is known to be a person', async () => {
        const wanted = await askedBySweep();
        const redriven = { messageId: 'redriven', askedAt: new Date(ASKED + 700), byPerson: true };
        expect(await ledger.claim({ ...wanted, ...redriven }, signal)).toMatchObject({ state: 'claimed' });
      });

      it.each([
        { what: 'more than ten minutes after the sweep', askedAtMs: ASKED + 600_001, told: false },
        { what: 'ten minutes after the sweep', askedAtMs: ASKED + 600_000, told: true },
        { what: 'before the sweep, by a clock that is behind', askedAtMs: ASKED - 5_000, told: true },
        { what: 'well before the sweep', askedAtMs: ASKED - 5_001, told: false },
      ])('goes by when it was asked for: $what', async ({ askedAtMs, told }) => {
        const answer = await ask(await askedBySweep(), 'message-2', askedAtMs);
        expect(answer.state).toBe(told ? state : 'claimed');
      });

      it('takes what the sweep asked for elsewhere for no ask of its own', async () => {
        const wanted = await askedBySweep();
        const { key } = wanted;
        const other = { ...key, appId: '27182' };
        const first = { ...wanted, key: other, leaseUntil: new Date(nowMs + 10_000) };
        await ledger.settle(await claim(first), ended, signal);
        nowMs += 1_000;
        expect(await ask({ ...wanted, key: other }, 'message-2', nowMs)).toMatchObject({ state: 'claimed' });
      });
    });

    it('gives a handler that died so often as it may no more attempts for the sweep', async () => {
      const wanted = request();
      for (let attempt = 1; attempt <= 3; attempt += 1) {
        await claim({ ...wanted, leaseUntil: new Date(nowMs + 10_000) });
        nowMs += 10_000;
      }
      await sweepAsks(wanted);
      nowMs += 1_000;
      const exhausted = { state: 'given_up', reason: 'attempts_exhausted' };
      expect(await ask(wanted, 'of the sweep', nowMs)).toEqual(exhausted);
      expect(await ask(wanted, 'of a person', nowMs)).toMatchObject({ state: 'claimed', attempt: 1 });
    });

    it('runs what was skipped inline again when it is redelivered', async () => {
      const wanted = request({ messageId: null, askedAt: new Date(NOON) });
      await ledger.settle(await claim(wanted), { state: 'skipped', reason: 'no_repository' }, signal);
      expect(await ledger.claim({ ...wanted, askedAt: new Date(0) }, signal)).toMatchObject({
        state: 'skipped',
      });
      expect(await claim(wanted)).toMatchObject({ state: 'claimed' });
    });

    it('runs what is done again for a replay, once for each time that somebody asks', async () => {
      const wanted = request();
      await ledger.settle(await claim(wanted), { state: 'done' }, signal);
      nowMs = NOON + 10;
      const replay = { ...wanted, messageId: 'message-2', askedAt: new Date(NOON + 5), replay: true };
      await ledger.settle(await claim(replay), { state: 'done' }, signal);
      for (const messageId of ['message-2', 'message-1', 'message-2', 'also on its way'])
        expect(await ask(wanted, messageId, NOON + 5, true)).toEqual({ state: 'done' });
      expect(await ask(wanted, 'message-3', NOON + 11, true)).toMatchObject({ state: 'claimed' });
    });

    describe('where answers are lost', () => {
      /** Every write of this kind arrives; its answer does not. */
      const losing = (lost: (item: unknown) => boolean): Ledger => {
        const deaf: DynamoDBCall = async (operation, input, until) => {
          const answer = await call(operation, input, until);
          if (operation === 'PutItem' && lost(readField(input, 'Item'))) throw new Error('socket hang up');
          return answer;
        };
        return createLedger({ table: 'ledger', now: () => nowMs, call: deaf });
      };
      const isClaim = (item: unknown): boolean => readField(readField(item, 'state'), 'S') === 'claimed';

      it('knows its own claim again, and takes nobody else’s for it', async () => {
        const wanted = request();
        const deaf = losing(isClaim);
        expect(await deaf.claim(wanted, signal)).toMatchObject({ state: 'claimed', attempt: 1 });
        expect(await deaf.claim(wanted, signal)).toMatchObject({ state: 'busy' });
      });

      it('is told what has ended, and claims nothing, where the sweep asked', async () => {
        const wanted = request();
        const ended = { state: 'skipped', reason: 'no such label' } as const;
        await ledger.settle(await claim(wanted), ended, signal);
        nowMs += 60_000;
        await sweepAsks(wanted);
        const asked = { ...wanted, messageId: 'of the sweep', askedAt: new Date(nowMs) };
        expect(await losing(() => true).claim(asked, signal)).toEqual(ended);
        expect(await ask(wanted, 'of a person', nowMs)).toMatchObject({ state: 'claimed' });
      });

      it('knows its own claim where the SDK asked again, and was refused', async () => {
        const wanted = request();
        const twice: DynamoDBCall = async (operation, input, until) => {
          if (operation === 'PutItem') await call(operation, input, until);
          return call(operation, input, until);
        };
        const other = createLedger({ table: 'ledger', now: () => nowMs, call: twice });
        expect(await other.claim(wanted, signal)).toMatchObject({ state: 'claimed', attempt: 1 });
        expect(await ledger.claim(wanted, signal)).toMatchObject({ state: 'busy' });
      });

      /** Nothing is read, and of a claim no answer comes; whether it arrives is for the test to say. */
      const deafTo = (meet: (send: () => Promise<unknown>) => Promise<void>): Ledger => {
        const deaf: DynamoDBCall = async (operation, input, until) => {
          const send = () => call(operation, input, until);
          if (operation === 'GetItem') throw new Error('socket hang up');
          if (!isClaim(readField(input, 'Item'))) return send();
          await meet(send);
          throw new Error('socket hang up');
        };
        return createLedger({ table: 'ledger', now: () => nowMs, call: deaf });
      };

      it('gives back a claim that it cannot know of, with its attempt: nobody waits for its lease', async () => {
        const wanted = request();
        const deaf = deafTo(async (send) => void (await send()));
        await expect(deaf.claim(wanted, signal)).rejects.toMatchObject({ code: 'ledger_unavailable' });
        expect(await ledger.claim({ ...wanted, alone: false }, signal)).toMatchObject({ attempt: 1 });
      });

      it('gives back nobody else’s claim', async () => {
        const wanted = request();
        const deaf = deafTo(async () => void (await claim(wanted)));
        await expect(deaf.claim(wanted, signal)).rejects.toMatchObject({ code: 'ledger_unavailable' });
        expect(await ledger.claim(wanted, signal)).toMatchObject({ state: 'busy' });
      });

      it('settles', async () => {
        const claimed = await claim(request());
        expect(await losing(() => true).settle(claimed, { state: 'done' }, signal)).toBe('settled');
      });
    });

    it('keeps a record for thirty days, and no payload in it', async () => {
      const wanted = request();
      const failed = { state: 'failed', reason: 'deadline', counts: true } as const;
      await ledger.settle(await claim(wanted), failed, signal);
      const id = `delivery#api.github.com#31415#7#${wanted.key.deliveryId}#greet`;
      const { Item } = await client.send(new GetItemCommand({ TableName: 'ledger', Key: { id: { S: id } } }));
      expect(Item).toEqual({
        id: { S: id },
        v: { N: '2' },
        state: { S: 'failed' },
        alone: { BOOL: true },
        fence: { N: '1' },
        nonce: { S: expect.stringMatching(/^[0-9a-f-]{36}$/) },
        attempts: { N: '1' },
        carrier: { S: 'message-1' },
        messages: { L: [{ S: 'message-1' }] },
        endedAtMs: { N: String(NOON) },
        askedAtMs: { N: String(NOON - 1_000) },
        leaseUntilMs: { N: '0' },
        reason: { S: 'deadline' },
        expiresAt: { N: String(Date.UTC(2026, 11, 22, 12) / 1000) },
      });
    });

    it.each([
      { what: 'a format that it does not read', change: { v: { N: '4' } } },
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
      const nowhere = createLedger({ table: 'no-such-table', now: () => nowMs, call });
      await expect(nowhere.claim(request(), signal)).rejects.toMatchObject({ code: 'ledger_unavailable' });
    });
  });
}
