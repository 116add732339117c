/** What the functions may ask of AWS: all that the list of rights has, and nothing else. */
import { ListSecretsCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import { createDynamoDBCall, type DynamoDBOperations } from '../../lib/aws/dynamodb.ts';
import { createKmsClient, createKmsSigners } from '../../lib/aws/kms-signers.ts';
import { createLedger } from '../../lib/aws/ledger.ts';
import { createLedgerReader } from '../../lib/aws/ledger-reader.ts';
import { createQueueDepth } from '../../lib/aws/queue-depth.ts';
import { createQueueReader, createQueueWriter } from '../../lib/aws/queue.ts';
import { heldTo, type Part, RIGHTS } from '../../lib/aws/rights.ts';
import { createRotationClient, createSecretVersions } from '../../lib/aws/secret-versions.ts';
import { createSecretReader, createSecretsClient } from '../../lib/aws/secrets-manager.ts';
import { createSqsCall } from '../../lib/aws/sqs.ts';
import { createSweepStore } from '../../lib/aws/sweep-store.ts';
import { type HttpServer, listen } from '../../local/http/server.ts';
import { recordingLog } from '../github/scene.ts';
import { toCallDeps } from '../harness/aws-calls.ts';

/** Answers every call with next to nothing, and remembers which it was. */
let server: HttpServer;
const asked = new Set<string>();
beforeAll(async () => {
  server = await listen((request) => {
    const [api = '', operation = ''] = String(request.headers['x-amz-target']).split('.');
    asked.add(`${SERVICES[api] ?? api}:${operation}`);
    const RedrivePolicy = '{"deadLetterTargetArn":"arn:aws:sqs:r:1:dead"}';
    const text = JSON.stringify({ Attributes: { RedrivePolicy }, QueueUrl: `${server.url}/1/dead` });
    return Promise.resolve({ status: 200, body: operation === 'GetItem' ? '{}' : text });
  });
});
afterAll(() => server.close());

const SERVICES: Readonly<Record<string, string>> = {
  secretsmanager: 'secretsmanager',
  DynamoDB_20120810: 'dynamodb',
  AmazonSQS: 'sqs',
  TrentService: 'kms',
};

beforeEach(() => asked.clear());

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

const dynamodb = () => createDynamoDBCall(toCallDeps(server.url));
const sqs = () => createSqsCall(toCallDeps(server.url));
const secrets = () => createSecretsClient(toCallDeps(server.url));

/** Calls of each part that need all of its rights. What the answers are taken for does not matter here. */
const CALLS: Readonly<Record<Part, () => readonly Promise<unknown>[]>> = {
  secretReader: () => [createSecretReader(secrets())('id', 'current', patience())],
  kmsSigner: () => [
    createKmsSigners({
      keyId: 'alias/key',
      now: Date.now,
      client: createKmsClient(toCallDeps(server.url)),
    })
      .signers(patience())
      .then(([sign]) => sign?.({ iat: 1, exp: 2, iss: 1 })),
  ],
  rotation: () => {
    const versions = createSecretVersions('id', createRotationClient(toCallDeps(server.url)));
    return [
      versions.labels(patience()),
      versions.read('1', patience()),
      versions.put('1', 'text', patience()),
      versions.move('AWSPENDING', '1', undefined, patience()),
    ];
  },
  ledger: () => {
    const ledger = createLedger({ table: 'table', now: Date.now, call: dynamodb() });
    return [ledger.prepare(patience()), ledger.claim(CLAIM, patience())];
  },
  ledgerReader: () => [createLedgerReader({ table: 'table', call: dynamodb() }).has(CLAIM.key, patience())],
  queueDepth: () => [createQueueDepth({ queueUrl: server.url, call: sqs() })(patience())],
  sweepStore: () => {
    const of = { table: 'table', host: 'host', appId: '1', now: Date.now };
    const store = createSweepStore({ ...of, call: dynamodb() });
    return [store.readPosition(), store.rememberGood(['guid']), store.pauseUntil(1)];
  },
  queueWriter: () => [
    createQueueWriter({ queueUrl: server.url, call: sqs() }).send('{}', 'group', patience()),
  ],
  queueReader: () => {
    const { log } = recordingLog();
    const queue = createQueueReader({ queueUrl: undefined, call: sqs(), clock: SYSTEM_CLOCK, log });
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

const KEY = { TableName: 'table', Key: { id: { S: '1' } } };

describe('what is held to a part', () => {
  it('sends nothing that this part has no right to', async () => {
    const call = heldTo<DynamoDBOperations>('ledger', dynamodb());
    await expect(call('UpdateItem', KEY)).rejects.toThrow('ledger has no right to UpdateItem');
    expect(() => secrets().send(new ListSecretsCommand({}))).toThrow(
      'secretReader has no right to ListSecretsCommand',
    );
    expect([...asked]).toEqual([]);
  });

  it('sends the others', async () => {
    await heldTo<DynamoDBOperations>('ledger', dynamodb())('GetItem', KEY);
    expect([...asked]).toEqual(['dynamodb:GetItem']);
  });
});
