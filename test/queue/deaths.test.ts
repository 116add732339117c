/** Processes that die at a delivery: what that may cost the others, and how it ends. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import { createDynamoDBCall, type DynamoDBCall } from '../../lib/aws/dynamodb.ts';
import { createLedger } from '../../lib/aws/ledger.ts';
import { defineHandler, type HandlerTable } from '../../lib/dispatch/define-handler.ts';
import { createDispatch } from '../../lib/dispatch/dispatch.ts';
import { createParking } from '../../lib/dispatch/parking.ts';
import { createRouter } from '../../lib/dispatch/route.ts';
import type { GitHubApp } from '../../lib/github/app.ts';
import type { DeliveryDetail } from '../../lib/github/logged-delivery.ts';
import { createLog } from '../../lib/log/log.ts';
import { encodeMessage, type QueuedContent } from '../../lib/queue/message.ts';
import type { QueueRecord } from '../../lib/queue/queue.ts';
import { createReadBack } from '../../lib/queue/read-back.ts';
import { createWorkOff } from '../../lib/queue/work.ts';
import { createDynamoDB, createLedgerTable, type DynamoDB } from '../../local/aws/dynamodb.ts';
import { toCallDeps } from '../harness/aws-calls.ts';

const NOON = Date.UTC(2026, 10, 22, 12);
/** Six times the worker's timeout: then SQS shows again what a dead worker had. */
const VISIBILITY_MS = 360_000;
const SCOPE = { host: 'api.github.com', appId: '31415' };
const never = new Promise<never>(() => {});

let dynamodb: DynamoDB;
let call: DynamoDBCall;
let tables = 0;

beforeAll(async () => {
  dynamodb = await createDynamoDB();
  call = createDynamoDBCall(toCallDeps(dynamodb.url));
});
afterAll(() => dynamodb.close());

let table: string;
let nowMs: number;
const now = (): number => nowMs;
/** What became of the messages that are over. */
let verdicts: Map<string, string>;
/** Runs of handlers: name, delivery, attempt. */
let runs: (readonly [handler: string, delivery: string, attempt: number])[];
let atWork: number;
let mostAtWork: number;

beforeEach(async () => {
  table = `deaths-${(tables += 1)}`;
  await createLedgerTable(dynamodb.url, table);
  nowMs = NOON;
  verdicts = new Map();
  runs = [];
  atWork = 0;
  mostAtWork = 0;
});

/** A process: once it is dead, nothing that it does reaches anybody. */
interface Process {
  kill(): Promise<never>;
  /** What ends with the process, and otherwise with its work. */
  until<T>(work: Promise<T>): Promise<T | 'killed'>;
  readonly call: DynamoDBCall;
}

function startProcess(): Process {
  const death = Promise.withResolvers<'killed'>();
  let dead = false;
  return {
    kill() {
      dead = true;
      death.resolve('killed');
      return never;
    },
    until: (doing) => Promise.race([death.promise, doing]),
    call: (...of) => (dead ? never : call(...of)),
  };
}

interface World {
  /** Handlers by name: what they do to their process. */
  readonly handlers: Readonly<
    Record<string, (delivery: string, process: Process) => Promise<unknown> | void>
  >;
  readonly detail?: (guid: string, process: Process) => Promise<DeliveryDetail | undefined>;
}

/** What a new process makes of these messages: those that go back, or that it died. */
function work({ handlers, detail }: World, records: readonly QueueRecord[]) {
  const process = startProcess();
  const toModule = (name: string) => () =>
    Promise.resolve({
      default: defineHandler('issues', {
        name,
        permissions: {},
        async handle({ delivery: { id, attempt } }) {
          runs.push([name, id, attempt]);
          atWork += 1;
          mostAtWork = Math.max(mostAtWork, atWork);
          await new Promise((resolve) => setImmediate(resolve));
          await handlers[name]?.(id, process);
          atWork -= 1;
        },
      }),
    });
  const modules: HandlerTable = { issues: Object.keys(handlers).map(toModule) };
  const clock = { ...SYSTEM_CLOCK, now };
  const ledger = createLedger({ table, now, call: process.call });
  const workOff = createWorkOff({
    router: createRouter(modules),
    dispatch: createDispatch({
      app: { checkMint() {}, notice() {} } as unknown as GitHubApp,
      ledger,
      ledgerScope: SCOPE,
      parking: createParking(now),
      clock,
    }),
    readBack: createReadBack({
      deliveryLog: { detail: async ({ guid }) => detail?.(guid, process) },
      ledger,
      ledgerScope: SCOPE,
      clock,
    }),
    noteIgnored: ledger.noteIgnored,
    ledgerScope: SCOPE,
    queue: {
      postpone: async () => {},
      bury: async ({ messageId }, reason) => void verdicts.set(messageId, reason),
    },
    clock,
    random: () => 0,
    log: createLog({ level: 'error', write() {}, now }),
  });
  return process.until(workOff(records, 60_000));
}

function toRecord(id: string, content: QueuedContent = toBody({ action: 'opened' })): QueueRecord {
  const envelope = { id, event: 'issues', hookId: null, targetAppId: null, receivedAt: new Date(NOON) };
  return {
    messageId: id,
    receiptHandle: 'receipt',
    queueArn: 'arn:aws:sqs:eu-west-1:123456789012:deliveries',
    receiveCount: 1,
    sentAt: new Date(NOON),
    body: encodeMessage({ envelope, content, replay: false }),
  };
}

function toBody(payload: object): QueuedContent {
  return { kind: 'body', format: 'json', body: Buffer.from(JSON.stringify(payload)) };
}

const REFERENCE: QueuedContent = { kind: 'reference', logId: '1' };

/** Works as Lambda does, one process after the other, until nothing is left. */
async function workUntilDone(
  world: World,
  records: readonly QueueRecord[],
  mostRounds = 40,
): Promise<number> {
  let open = records;
  let round = 0;
  for (; open.length > 0 && round < mostRounds; round += 1) {
    const back = await work(
      world,
      open.map((record) => ({ ...record, receiveCount: round + 1 })),
    );
    if (back !== 'killed') {
      for (const { messageId } of open) {
        if (!back.includes(messageId) && !verdicts.has(messageId)) verdicts.set(messageId, 'done');
      }
      open = open.filter(({ messageId }) => back.includes(messageId));
    }
    atWork = 0;
    nowMs += VISIBILITY_MS;
  }
  return round;
}

describe('a delivery whose handler kills the process', () => {
  const NEIGHBOURS = Array.from({ length: 9 }, (_, index) => `neighbour-${index}`);
  const IDS = [...NEIGHBOURS.slice(0, 4), 'poison', ...NEIGHBOURS.slice(4)];
  const handlers = {
    label: (id: string, process: Process) => (id === 'poison' ? process.kill() : undefined),
  };

  it('is run alone from then on, and is a dead letter after twelve deaths of its own', async () => {
    await workUntilDone(
      { handlers },
      IDS.map((id) => toRecord(id)),
    );
    expect(verdicts.get('poison')).toBe('label: attempts_exhausted');
    // The first time it had company, which tells nothing about it.
    expect(runs.filter(([, id]) => id === 'poison').map(([, , attempt]) => attempt)).toEqual([
      1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
    ]);
  });

  it('costs none of its neighbours an attempt, nor more than one run', async () => {
    await workUntilDone(
      { handlers },
      IDS.map((id) => toRecord(id)),
    );
    for (const id of NEIGHBOURS) {
      expect(verdicts.get(id)).toBe('done');
      const attempts = runs.filter(([, other]) => other === id).map(([, , attempt]) => attempt);
      expect(attempts).toEqual(attempts.length === 1 ? [1] : [1, 1]);
    }
  });

  it('lets its neighbours end before it is run the second time alone', async () => {
    const records = IDS.map((id) => toRecord(id));
    for (let round = 0; round < 3; round += 1) {
      await work({ handlers }, records);
      nowMs += VISIBILITY_MS;
    }
    // In company; alone, in the order of the batch, until it kills; alone, after all others.
    const ran = runs.map(([, id]) => id);
    expect(ran.lastIndexOf('poison')).toBe(ran.length - 1);
    for (const id of NEIGHBOURS) expect(ran.filter((other) => other === id).length).toBeLessThanOrEqual(2);
  });

  it('is alone among its own handlers, too: the others of the delivery end', async () => {
    const both = { good: () => {}, bad: (_: string, process: Process) => process.kill() };
    await workUntilDone({ handlers: both }, [toRecord('both')]);
    expect(verdicts.get('both')).toBe('bad: attempts_exhausted');
    expect(runs.filter(([name]) => name === 'good').map(([, , attempt]) => attempt)).toEqual([1]);
  });

  it('that is a batch by itself was alone already, and spends an attempt', async () => {
    let alive = 1;
    const once = { label: (_: string, process: Process) => (alive-- > 0 ? process.kill() : undefined) };
    expect(await workUntilDone({ handlers: once }, [toRecord('once')])).toBe(2);
    expect(verdicts.get('once')).toBe('done');
    expect(runs.map(([, , attempt]) => attempt)).toEqual([1, 2]);
  });
});

describe('a large delivery', () => {
  const payload = { action: 'opened', installation: { id: 5 } };
  const handlers = { label: () => {} };

  it('is read and run when nothing else is at work, one at a time', async () => {
    let reading = 0;
    const others: number[] = [];
    const detail = async () => {
      others.push(atWork + reading);
      reading += 1;
      await new Promise((resolve) => setImmediate(resolve));
      reading -= 1;
      return { headers: {}, payload };
    };
    const large = ['large-1', 'large-2', 'large-3'].map((id) => toRecord(id, REFERENCE));
    const heavy = toRecord('heavy', toBody({ ...payload, text: 'x'.repeat(2_100_000) }));
    await work({ handlers, detail }, [...large, heavy, toRecord('small-1'), toRecord('small-2')]);
    expect(others).toEqual([0, 0, 0]);
    const ran = runs.map(([, id]) => id);
    expect(ran.slice(0, 2).toSorted()).toEqual(['small-1', 'small-2']);
    expect(ran.slice(2).toSorted()).toEqual(['heavy', 'large-1', 'large-2', 'large-3']);
    expect(mostAtWork).toBe(2);
  });

  it('that kills the process while it is read is a dead letter after three deaths, and its neighbours are done', async () => {
    let deaths = 0;
    const detail = (guid: string, process: Process) => {
      if (guid !== 'poison') return Promise.resolve({ headers: {}, payload });
      deaths += 1;
      return process.kill();
    };
    const records = [toRecord('poison', REFERENCE), toRecord('small'), toRecord('large', REFERENCE)];
    await workUntilDone({ handlers, detail }, records);
    expect(deaths).toBe(3);
    expect(Object.fromEntries(verdicts)).toEqual({ poison: 'payload_deadly', small: 'done', large: 'done' });
    expect(runs.filter(([, id]) => id !== 'poison')).toHaveLength(2);
  });

  it('that GitHub does not show for a while loses nothing by it', async () => {
    let failures = 20;
    const detail = async () => {
      if (failures-- > 0) throw new Error('away');
      return { headers: {}, payload };
    };
    await workUntilDone({ handlers, detail }, [toRecord('later', REFERENCE)]);
    expect(verdicts.get('later')).toBe('done');
  });

  it('is the same delivery as the one that came by the front door: its hook stands in the log', async () => {
    const detail = async () => ({ headers: { 'x-github-hook-id': '458' }, payload });
    await work({ handlers, detail }, [toRecord('known', REFERENCE)]);
    const envelope = {
      id: 'known',
      event: 'issues',
      hookId: '458',
      targetAppId: null,
      receivedAt: new Date(NOON),
    };
    const copy = {
      ...toRecord('copy'),
      body: encodeMessage({ envelope, content: toBody(payload), replay: false }),
    };
    await work({ handlers, detail }, [copy]);
    expect(runs).toHaveLength(1);
  });
});
