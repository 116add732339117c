/** What the clients of the functions may send: all that the list of rights has, and nothing else. */
import { GetItemCommand, DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import { createLedger } from '../../lib/aws/ledger.ts';
import { createQueueReader, createQueueWriter } from '../../lib/aws/queue.ts';
import { heldTo, type Part, RIGHTS } from '../../lib/aws/rights.ts';
import { createSecretReader } from '../../lib/aws/secrets-manager.ts';
import { createSweepStore } from '../../lib/aws/sweep-store.ts';
import { type HttpServer, listen } from '../../local/http/server.ts';
import { recordingLog } from '../github/scene.ts';

/** Answers every call with next to nothing, and remembers which it was. */
let server: HttpServer;
const asked = new Set<string>();
beforeAll(async () => {
  server = await listen((request) => {
    const [api = '', operation = ''] = String(request.headers['x-amz-target']).split('.');
    asked.add(`${SERVICES[api] ?? api}:${operation}`);
    const body = { Attributes: { RedrivePolicy: '{"deadLetterTargetArn":"arn:aws:sqs:r:1:dead"}' } };
    const text = JSON.stringify({ ...body, QueueUrl: `${server.url}/1/dead` });
    return Promise.resolve({ status: 200, body: operation === 'GetItem' ? '{}' : text });
  });
});
afterAll(() => server.close());

const SERVICES: Readonly<Record<string, string>> = {
  secretsmanager: 'secretsmanager',
  DynamoDB_20120810: 'dynamodb',
  AmazonSQS: 'sqs',
};

beforeEach(() => {
  asked.clear();
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv('AWS_ENDPOINT_URL', server.url);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
});
afterEach(() => void vi.unstubAllEnvs());

const CLAIM = {
  key: { host: 'host', appId: '1', hookId: '1', deliveryId: '1', handler: 'h' },
  leaseUntil: new Date(1),
  messageId: null,
  askedAt: new Date(0),
  byPerson: false,
  maxAttempts: 1,
  replay: false,
  alone: true,
} as const;

const patience = (): AbortSignal => new AbortController().signal;

const RECORD = {
  messageId: '1',
  receiptHandle: '1',
  body: '{}',
  receiveCount: 1,
  queueArn: 'arn:aws:sqs:eu-central-1:123456789012:queue',
  sentAt: new Date(0),
};

/** Calls of each part that need all of its rights. What the answers are taken for does not matter here. */
const CALLS: Readonly<Record<Part, () => readonly Promise<unknown>[]>> = {
  secretReader: () => [createSecretReader()('id', 'current', patience())],
  ledger: () => {
    const ledger = createLedger({ table: 'table', now: Date.now });
    return [ledger.prepare(patience()), ledger.claim(CLAIM, patience())];
  },
  sweepStore: () => {
    const store = createSweepStore({ table: 'table', host: 'host', appId: '1', now: Date.now });
    return [store.readPosition(), store.rememberGood(['guid']), store.pauseUntil(1)];
  },
  queueWriter: () => [createQueueWriter({ queueUrl: server.url }).send('{}', 'group', patience())],
  queueReader: () => {
    const queue = createQueueReader({ queueUrl: undefined, clock: SYSTEM_CLOCK, log: recordingLog().log });
    return [queue.postpone(RECORD, 1), queue.bury(RECORD, 'reason')];
  },
};

describe('each part', () => {
  it.each(Object.entries(CALLS))('%s uses every right that it has', async (part, call) => {
    await Promise.allSettled(call());
    const rights: Readonly<Record<string, readonly string[]>> = RIGHTS;
    expect([...asked].toSorted()).toEqual(rights[part]?.toSorted());
  });
});

describe('a client that is held to a part', () => {
  it('sends no command that this part has no right to', () => {
    const client = heldTo('ledger', new DynamoDBClient({}));
    const command = new UpdateItemCommand({ TableName: 'table', Key: { id: { S: '1' } } });
    expect(() => client.send(command)).toThrow('ledger has no right to UpdateItemCommand');
    expect([...asked]).toEqual([]);
  });

  it('sends the others', async () => {
    const client = heldTo('ledger', new DynamoDBClient({}));
    await client.send(new GetItemCommand({ TableName: 'table', Key: { id: { S: '1' } } }));
    expect([...asked]).toEqual(['dynamodb:GetItem']);
  });
});
