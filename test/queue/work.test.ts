/** Batches through the real dispatcher and the real ledger table; the queue and the handlers are ours. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import { createDynamoDBCall, type DynamoDBCall } from '../../lib/aws/dynamodb.ts';
import { createLedger } from '../../lib/aws/ledger.ts';
import { defineHandler, type Handler, type HandlerTable } from '../../lib/dispatch/define-handler.ts';
import { giveUp, retry, skip } from '../../lib/dispatch/endings.ts';
import { createDispatch } from '../../lib/dispatch/dispatch.ts';
import { createParking } from '../../lib/dispatch/parking.ts';
import { createRouter } from '../../lib/dispatch/route.ts';
import { ServiceFault } from '../../lib/faults.ts';
import type { GitHubApp } from '../../lib/github/app.ts';
import { createLog } from '../../lib/log/log.ts';
import { encodeMessage, toRedriven, type QueuedContent } from '../../lib/queue/message.ts';
import type { ReadBack } from '../../lib/queue/read-back.ts';
import type { QueueReader, QueueRecord } from '../../lib/queue/queue.ts';
import { createWorkOff } from '../../lib/queue/work.ts';
import { toCallDeps } from '../harness/aws-calls.ts';
import { thrownBy } from '../harness/thrown.ts';
import { createDynamoDB, createLedgerTable, type DynamoDB } from '../../local/aws/dynamodb.ts';

const NOON = Date.UTC(2026, 10, 22, 12);

let dynamodb: DynamoDB;
let call: DynamoDBCall;

beforeAll(async () => {
  dynamodb = await createDynamoDB();
  await createLedgerTable(dynamodb.url, 'ledger');
  call = createDynamoDBCall(toCallDeps(dynamodb.url));
});

afterAll(() => dynamodb.close());

let nowMs: number;
let postponed: Map<string, number>;
let buried: Map<string, string>;
let lines: string[];
let deliveries = 0;

beforeEach(() => {
  nowMs = NOON;
  postponed = new Map();
  buried = new Map();
  lines = [];
});

interface Options {
  readonly table: HandlerTable;
  readonly app?: Partial<GitHubApp>;
  readonly queue?: Partial<QueueReader>;
  readonly readBack?: ReadBack;
  readonly ledgerTable?: string;
  readonly random?: number;
  /** In the place of the call that everything here shares. */
  readonly counted?: DynamoDBCall;
}

function createWorker({
  table,
  app,
  queue,
  readBack,
  ledgerTable = 'ledger',
  random = 0,
  counted = call,
}: Options) {
  const now = (): number => nowMs;
  const log = createLog({ level: 'info', write: (line) => lines.push(line), now });
  const noApp: Partial<GitHubApp> = {
    authorise: () => Promise.reject(new Error('no token was expected')),
    checkMint() {},
    notice() {},
  };
  const ledger = createLedger({ table: ledgerTable, now, call: counted });
  const ledgerScope = { host: 'api.github.com', appId: '31415' };
  return createWorkOff({
    router: createRouter(table),
    dispatch: createDispatch({
      app: { ...noApp, ...app } as GitHubApp,
      ledger,
      ledgerScope,
      parking: createParking(now),
      clock: { ...SYSTEM_CLOCK, now },
    }),
    readBack: readBack ?? (() => Promise.reject(new Error('no look into the log was expected'))),
    noteIgnored: ledger.noteIgnored,
    ledgerScope,
    queue: {
      postpone: ({ messageId }, seconds) => Promise.resolve(void postponed.set(messageId, seconds)),
      bury: ({ messageId }, reason) => Promise.resolve(void buried.set(messageId, reason)),
      ...queue,
    },
    clock: { ...SYSTEM_CLOCK, now },
    random: () => random,
    log,
  });
}

function handler(
  name: string,
  handle: () => Promise<void> | void,
): () => Promise<{ default: Handler<'issues'> }> {
  return () => Promise.resolve({ default: defineHandler('issues', { name, permissions: {}, handle }) });
}

/** A handler that says whether it wants a delivery. */
function choosing(name: string, when: () => boolean): () => Promise<{ default: Handler<'issues'> }> {
  const options = { name, permissions: {}, when, handle() {} };
  return () => Promise.resolve({ default: defineHandler('issues', options) });
}

function toContent(payload: unknown): QueuedContent {
  return { kind: 'body', format: 'json', body: Buffer.from(JSON.stringify(payload)) };
}

/** A record of a delivery of its own, or another copy of `id`. */
function record(
  changes: Partial<QueueRecord> & { id?: string; content?: QueuedContent; replay?: boolean } = {},
): QueueRecord {
  deliveries += 1;
  const {
    id = `work-${deliveries}`,
    content = toContent({ action: 'opened', installation: { id: 5 } }),
    replay = false,
  } = changes;
  const envelope = { id, event: 'issues', hookId: '7', targetAppId: null, receivedAt: new Date(NOON) };
  return {
    messageId: `message-${deliveries}`,
    receiptHandle: 'receipt',
    queueArn: 'arn:aws:sqs:eu-west-1:123456789012:deliveries',
    receiveCount: 1,
    sentAt: new Date(NOON),
    body: encodeMessage({ envelope, content, replay }),
    ...changes,
  };
}

describe('a batch', () => {
  it('takes what was handled off the queue', async () => {
    const runs: string[] = [];
    const workOff = createWorker({ table: { issues: handler('greet', () => void runs.push('greet')) } });
    expect(await workOff([record(), record()], 10_000)).toEqual([]);
    expect(runs).toEqual(['greet', 'greet']);
  });

  it('runs for a retry only the handlers that are not done', async () => {
    const runs: string[] = [];
    let broken = true;
    const workOff = createWorker({
      table: {
        issues: [
          handler('first', () => void runs.push('first')),
          handler('second', () => {
            runs.push('second');
            if (broken) throw new Error('not yet');
          }),
        ],
      },
    });
    const message = record();
    expect(await workOff([message], 10_000)).toEqual([message.messageId]);
    expect(postponed.get(message.messageId)).toBe(10);
    broken = false;
    expect(await workOff([{ ...message, receiveCount: 2 }], 10_000)).toEqual([]);
    expect(runs.toSorted()).toEqual(['first', 'second', 'second']);
  });

  it('handles the copies of a delivery once', async () => {
    let runs = 0;
    const workOff = createWorker({ table: { issues: handler('greet', () => void (runs += 1)) } });
    await workOff([record({ id: 'copied' })], 10_000);
    expect(await workOff([record({ id: 'copied' }), record({ id: 'copied' })], 10_000)).toEqual([]);
    expect(runs).toBe(1);
  });

  it('hands a copy back while the first is at work, and spends no attempt on it', async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const attempts: number[] = [];
    const table: HandlerTable = {
      issues: () =>
        Promise.resolve({
          default: defineHandler('issues', {
            permissions: {},
            async handle({ delivery }) {
              attempts.push(delivery.attempt);
              await gate;
            },
          }),
        }),
    };
    const workOff = createWorker({ table });
    const first = workOff([record({ id: 'at-work' })], 10_000);
    await expect.poll(() => attempts).toEqual([1]);
    const copy = record({ id: 'at-work' });
    expect(await workOff([copy], 10_000)).toEqual([copy.messageId]);
    // 10 s of the function less 0.5 s, and 3 s of lease beyond.
    expect(postponed.get(copy.messageId)).toBe(13);
    open();
    expect(await first).toEqual([]);
    expect(await workOff([{ ...copy, receiveCount: 2 }], 10_000)).toEqual([]);
    expect(attempts).toEqual([1]);
  });

  it('lets no record touch the others: a poison one between good ones', async () => {
    let runs = 0;
    const workOff = createWorker({ table: { issues: handler('greet', () => void (runs += 1)) } });
    const poison = record({ body: 'not ours' });
    expect(await workOff([record(), poison, record()], 10_000)).toEqual([]);
    expect(runs).toBe(2);
    expect(buried).toEqual(new Map([[poison.messageId, 'message_malformed']]));
  });

  it('hands a message of another version back, and not away', async () => {
    const workOff = createWorker({ table: {} });
    const later = record({ body: '{"v":4}' });
    expect(await workOff([later], 10_000)).toEqual([later.messageId]);
    expect(buried.size).toBe(0);
  });

  it('keeps a record that could not be put among the dead letters', async () => {
    const queue = { bury: () => Promise.reject(new ServiceFault('queue_unavailable', 'SQS is away')) };
    const workOff = createWorker({ table: {}, queue });
    const poison = record({ body: 'not ours' });
    expect(await workOff([poison], 10_000)).toEqual([poison.messageId]);
  });

  it('begins nothing when its time is up, and hands it back at once', async () => {
    let runs = 0;
    const workOff = createWorker({ table: { issues: handler('greet', () => void (runs += 1)) } });
    const late = record();
    expect(await workOff([late], 900)).toEqual([late.messageId]);
    expect(postponed.get(late.messageId)).toBe(0);
    expect(runs).toBe(0);
  });

  it('hands back what it did not finish in time, whether or not the handler heeds its signal', async () => {
    const workOff = createWorker({ table: { issues: handler('hang', () => new Promise<void>(() => {})) } });
    const message = record();
    expect(await workOff([message], 2_050)).toEqual([message.messageId]);
    expect(lines.some((line) => line.includes('"reason":"deadline"'))).toBe(true);
  });

  it('answers in time also where SQS stays silent, and hands back what it cannot speak for', async () => {
    const queue = { postpone: () => new Promise<void>(() => {}) };
    const table = { issues: handler('hang', () => new Promise<void>(() => {})) };
    const workOff = createWorker({ table, queue });
    const message = record();
    expect(await workOff([message], 1_200)).toEqual([message.messageId]);
  });

  it('hands everything back while the ledger does not answer, and runs nothing', async () => {
    let runs = 0;
    const table = { issues: handler('greet', () => void (runs += 1)) };
    const workOff = createWorker({ table, ledgerTable: 'no-such-table' });
    const message = record();
    expect(await workOff([message], 10_000)).toEqual([message.messageId]);
    expect(runs).toBe(0);
  });
});

describe('a delivery that no handler wants', () => {
  const unwanted = [choosing('first', () => false), choosing('second', () => false)];
  /** Of the delivery: what the table has in the place of a handler. */
  const readNote = async (id: string) => {
    const key = { id: { S: `delivery#api.github.com#31415#7#${id}#(ignored)` } };
    return (await call('GetItem', { TableName: 'ledger', Key: key }, AbortSignal.timeout(5_000))).Item;
  };

  it('is noted in the ledger, with one write however many handlers there are', async () => {
    const writes: string[] = [];
    const counting: DynamoDBCall = (operation, ...of) => {
      writes.push(operation);
      return call(operation, ...of);
    };
    const workOff = createWorker({ table: { issues: unwanted }, counted: counting });
    expect(await workOff([record({ id: 'unwanted' })], 10_000)).toEqual([]);
    expect(writes).toEqual(['PutItem']);
    expect(await readNote('unwanted')).toMatchObject({
      v: { N: '2' },
      state: { S: 'done' },
      reason: { S: 'ignored' },
      endedAtMs: { N: String(NOON) },
      expiresAt: { N: String(NOON / 1000 + 30 * 24 * 60 * 60) },
    });
    nowMs = NOON + 60_000;
    expect(await workOff([record({ id: 'unwanted' })], 10_000)).toEqual([]);
    expect(await readNote('unwanted')).toMatchObject({ endedAtMs: { N: String(NOON) } });
  });

  it('is noted where a newer release has no handler of it any more', async () => {
    expect(await createWorker({ table: {} })([record({ id: 'dropped' })], 10_000)).toEqual([]);
    expect(await readNote('dropped')).toMatchObject({ reason: { S: 'ignored' } });
  });

  it('comes back where the ledger does not answer', async () => {
    const message = record();
    const workOff = createWorker({ table: { issues: unwanted }, ledgerTable: 'no such table' });
    expect(await workOff([message], 10_000)).toEqual([message.messageId]);
    expect(postponed.get(message.messageId)).toBe(10);
  });

  it('is not noted where one of its handlers wants it, or none can be asked', async () => {
    const table = { issues: [...unwanted, handler('greet', () => {})] };
    await createWorker({ table })([record({ id: 'wanted' })], 10_000);
    await createWorker({ table: { issues: () => Promise.reject(new Error('no module')) } })(
      [record({ id: 'unasked' })],
      10_000,
    );
    expect([await readNote('wanted'), await readNote('unasked')]).toEqual([undefined, undefined]);
  });
});

describe('the line of a delivery', () => {
  const LATER = thrownBy(() => retry('later', 60));
  const ends = (...thrown: readonly unknown[]) =>
    thrown.map((error, index) =>
      handler(`handler ${index}`, () => {
        if (error !== undefined) throw error;
      }),
    );

  it.each([
    { what: 'that was handled', thrown: [undefined], level: 'INFO' },
    { what: 'that waits for a known time', thrown: [LATER, undefined], level: 'WARN' },
    { what: 'that failed', thrown: [new Error('oops'), undefined], level: 'ERROR' },
    {
      what: 'that waits, and failed as well',
      thrown: [LATER, new Error('oops')],
      level: 'ERROR',
    },
    { what: 'that was given up', thrown: [thrownBy(() => giveUp('never'))], level: 'ERROR' },
  ])('$what is at $level', async ({ thrown, level }) => {
    const workOff = createWorker({ table: { issues: ends(...thrown) } });
    await workOff([record()], 10_000);
    const told = lines.map((line): unknown => JSON.parse(line));
    expect(told).toContainEqual(expect.objectContaining({ message: 'delivery', level }));
  });
});

describe('a handler that says how it goes on', () => {
  it.each([
    {
      what: 'is done after skip',
      thrown: thrownBy(() => skip('nothing to do')),
      back: false,
      dead: undefined,
    },
    {
      what: 'comes back at the time of retry',
      thrown: thrownBy(() => retry('the build runs', 90)),
      back: 90,
      dead: undefined,
    },
    {
      what: 'is dead after giveUp',
      thrown: thrownBy(() => giveUp('no such label')),
      back: false,
      dead: 'say: handler_gave_up: no such label',
    },
  ])('$what', async ({ thrown, back, dead }) => {
    const table = {
      issues: handler('say', () => {
        throw thrown;
      }),
    };
    const workOff = createWorker({ table });
    const message = record();
    expect(await workOff([message], 10_000)).toEqual(back === false ? [] : [message.messageId]);
    expect(postponed.get(message.messageId)).toBe(back === false ? undefined : back);
    expect(buried.get(message.messageId)).toBe(dead);
  });
});

describe('a delivery that keeps failing', () => {
  const failing = {
    issues: handler('fail', () => {
      throw new Error('always');
    }),
  };

  it('is among the dead letters after twelve attempts, with the reason', async () => {
    const workOff = createWorker({ table: failing });
    const message = record();
    for (let receiveCount = 1; receiveCount < 12; receiveCount += 1) {
      expect(await workOff([{ ...message, receiveCount }], 10_000)).toEqual([message.messageId]);
    }
    expect(await workOff([{ ...message, receiveCount: 12 }], 10_000)).toEqual([]);
    expect(buried.get(message.messageId)).toBe('fail: handler_error');
  });

  it('fails by its when() no more often than by its work', async () => {
    const when = (): boolean => {
      throw new Error('always');
    };
    const workOff = createWorker({ table: { issues: choosing('fail', when) } });
    const message = record();
    for (let receiveCount = 1; receiveCount < 12; receiveCount += 1) {
      expect(await workOff([{ ...message, receiveCount }], 10_000)).toEqual([message.messageId]);
    }
    expect(await workOff([{ ...message, receiveCount: 12 }], 10_000)).toEqual([]);
    expect(buried.get(message.messageId)).toBe('fail: handler_error');
  });

  it('starts anew when its dead letter is redriven', async () => {
    const workOff = createWorker({ table: failing });
    const message = record({ id: 'redriven' });
    for (let receiveCount = 1; receiveCount <= 12; receiveCount += 1) await workOff([message], 10_000);
    nowMs = NOON + 2_000;
    const sent = record({ id: 'redriven', sentAt: new Date(NOON + 1_000) });
    const redriven = { ...sent, body: toRedriven(sent.body, { replay: false }) ?? '' };
    expect(await workOff([redriven], 10_000)).toEqual([redriven.messageId]);
    expect(postponed.get(redriven.messageId)).toBe(10);
  });

  it('is dead when it has waited for three days', async () => {
    const workOff = createWorker({ table: failing });
    const old = record({ sentAt: new Date(NOON - 3 * 24 * 60 * 60_000 - 1) });
    expect(await workOff([old], 10_000)).toEqual([]);
    expect(buried.get(old.messageId)).toBe('too_old; fail: handler_error');
  });
});

it('is dead after three days also where its payload could never be read back', async () => {
  const away = () => Promise.reject(new ServiceFault('github_unavailable', 'GitHub is away'));
  const workOff = createWorker({ table: {}, readBack: away });
  const sentAt = new Date(NOON - 3 * 24 * 60 * 60_000 - 1);
  const old = record({ content: { kind: 'reference', logId: '1' }, sentAt });
  expect(await workOff([old], 10_000)).toEqual([]);
  expect(buried.get(old.messageId)).toBe('too_old; github_unavailable');
});

describe('two messages of one delivery', () => {
  /** The webhook got it at noon. */
  const skipping = (counted: () => void): HandlerTable => ({
    issues: handler('greet', () => {
      counted();
      throw skip('nothing to do');
    }),
  });

  it.each([
    { what: 'that its SDK made, seconds apart, run a handler once', later: 5_000, runs: 1 },
    { what: 'of which a person put one back later run it again', later: 3_600_000, runs: 2 },
  ])('$what', async ({ later, runs }) => {
    let ran = 0;
    const workOff = createWorker({ table: skipping(() => (ran += 1)) });
    nowMs = NOON + 1_000;
    const id = `twice, ${later}`;
    await workOff([record({ id })], 10_000);
    nowMs = NOON + later + 1_000;
    await workOff([record({ id, sentAt: new Date(NOON + later) })], 10_000);
    expect(ran).toBe(runs);
  });

  it('run it again where a person redrove one, however soon', async () => {
    let ran = 0;
    const workOff = createWorker({ table: skipping(() => (ran += 1)) });
    nowMs = NOON + 1_000;
    await workOff([record({ id: 'redriven soon' })], 10_000);
    nowMs = NOON + 3_000;
    const sent = record({ id: 'redriven soon', sentAt: new Date(NOON + 2_000) });
    const redriven = { ...sent, body: toRedriven(sent.body, { replay: false }) ?? '' };
    await workOff([redriven], 10_000);
    await workOff([redriven], 10_000);
    expect(ran).toBe(2);
  });
});

describe('a redrive', () => {
  it('runs what is done again only where it says replay, and once', async () => {
    let runs = 0;
    const workOff = createWorker({ table: { issues: handler('greet', () => void (runs += 1)) } });
    await workOff([record({ id: 'again' })], 10_000);
    await workOff([record({ id: 'again' })], 10_000);
    expect(runs).toBe(1);
    nowMs = NOON + 2_000;
    const replay = record({ id: 'again', replay: true, sentAt: new Date(NOON + 1_000) });
    await workOff([replay], 10_000);
    await workOff([replay], 10_000);
    expect(runs).toBe(2);
  });
});

describe('a rate limit', () => {
  it('parks the other deliveries of the installation before they spend a call', async () => {
    let calls = 0;
    const authorise = () => {
      calls += 1;
      return Promise.reject(new ServiceFault('rate_limited', 'wait', { retryAfterSeconds: 60 }));
    };
    const table: HandlerTable = {
      issues: () =>
        Promise.resolve({
          default: defineHandler('issues', {
            permissions: { issues: 'write' },
            repositories: 'installation',
            handle() {},
          }),
        }),
    };
    const workOff = createWorker({ table, app: { authorise } });
    const first = record();
    expect(await workOff([first], 10_000)).toEqual([first.messageId]);
    nowMs += 20_000;
    const second = record();
    expect(await workOff([second], 10_000)).toEqual([second.messageId]);
    expect([postponed.get(first.messageId), postponed.get(second.messageId)]).toEqual([60, 40]);
    const other = record({ content: toContent({ action: 'opened', installation: { id: 6 } }) });
    await workOff([other], 10_000);
    expect(calls).toBe(2);
    nowMs += 40_000;
    await workOff([second], 10_000);
    expect(calls).toBe(3);
  });
});

describe('a reference', () => {
  const content = { kind: 'reference', logId: '3804004623172239366' } as const;

  it('is handled with the payload that the log of GitHub still has', async () => {
    const asked: string[] = [];
    let runs = 0;
    const readBack: ReadBack = ({ logId }) => {
      asked.push(logId);
      return Promise.resolve({ headers: {}, payload: { action: 'opened' } });
    };
    const workOff = createWorker({
      table: { 'issues.opened': handler('greet', () => void (runs += 1)) },
      readBack,
    });
    expect(await workOff([record({ content })], 10_000)).toEqual([]);
    expect(asked).toEqual(['3804004623172239366']);
    expect(runs).toBe(1);
  });

  it('is reported as lost where the log has forgotten the payload', async () => {
    const workOff = createWorker({ table: {}, readBack: () => Promise.resolve(undefined) });
    const message = record({ content });
    expect(await workOff([message], 10_000)).toEqual([]);
    expect(buried.get(message.messageId)).toBe('payload_lost');
  });

  it.each([
    { random: 0, seconds: 60 },
    { random: 0.5, seconds: 67 },
    { random: 0.999, seconds: 74 },
  ])('waits for the rate limit of the App, and up to a quarter longer: $seconds s', async (expected) => {
    const limit = new ServiceFault('app_rate_limited', 'wait', { retryAfterSeconds: 60 });
    const { random, seconds } = expected;
    const workOff = createWorker({ table: {}, readBack: () => Promise.reject(limit), random });
    const message = record({ content, receiveCount: 3 });
    expect(await workOff([message], 10_000)).toEqual([message.messageId]);
    expect(postponed.get(message.messageId)).toBe(seconds);
  });

  it('comes back where GitHub does not answer', async () => {
    const away = () => Promise.reject(new ServiceFault('github_unavailable', 'GitHub is away'));
    const workOff = createWorker({ table: {}, readBack: away });
    const message = record({ content, receiveCount: 3 });
    expect(await workOff([message], 10_000)).toEqual([message.messageId]);
    expect(postponed.get(message.messageId)).toBe(40);
  });
});

describe('several messages of one delivery', () => {
  /** SQS has a second message where GitHub saw a time-out; both come back until all of their handlers have ended. */
  async function workOffAll(table: HandlerTable, replay = false): Promise<void> {
    deliveries += 1;
    const id = `several-${deliveries}`;
    const workOff = createWorker({ table });
    const due = new Map(
      [1, 2].map((nth) => {
        const sentAt = new Date(NOON + nth);
        return [record({ id, replay, sentAt }), NOON + 10 * nth];
      }),
    );
    for (let receipts = 0; due.size > 0 && receipts < 200; receipts += 1) {
      const [next] = [...due].toSorted(([, a], [, b]) => a - b);
      if (next === undefined) return;
      const [message, atMs] = next;
      nowMs = Math.max(nowMs, atMs);
      const back = await workOff([message], 60_000);
      if (back.length === 0) due.delete(message);
      else due.set(message, nowMs + (postponed.get(message.messageId) ?? 0) * 1000);
    }
  }

  const failing = () => {
    throw new Error('always');
  };
  const waiting = () => {
    throw retry('later', 60);
  };

  it.each([
    { what: 'a handler that fails, twelve times', run: failing, beside: waiting, runs: 12 },
    {
      what: 'a handler that gives up, once',
      run: () => {
        throw giveUp('never');
      },
      beside: failing,
      runs: 1,
    },
    {
      what: 'a handler that skips, once',
      run: () => {
        throw skip('nothing to do');
      },
      beside: failing,
      runs: 1,
    },
    { what: 'a handler that is done, once', run: () => {}, beside: failing, runs: 1 },
    {
      what: 'a handler that is done, once where they replay it',
      run: () => {},
      beside: failing,
      runs: 1,
      replay: true,
    },
  ])('run $what, however they take turns', async ({ run, beside, runs, replay }) => {
    let ran = 0;
    const counted = (): void => {
      ran += 1;
      run();
    };
    await workOffAll({ issues: [handler('counted', counted), handler('beside', beside)] }, replay);
    expect(ran).toBe(runs);
  });
});
