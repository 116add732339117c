import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import { createLedger } from '../../lib/aws/ledger.ts';
import { createQueueReader, createQueueWriter } from '../../lib/aws/queue.ts';
import { createSecretReader } from '../../lib/aws/secrets-manager.ts';
import { createSweepStore } from '../../lib/aws/sweep-store.ts';
import { recordingLog } from '../github/scene.ts';

const NOWHERE = 'http://127.0.0.1:9';
const QUEUE = `${NOWHERE}/123456789012/queue`;
const NO_ENVIRONMENT = 'Unable to find environment variable credentials.';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hookmint-aws-'));
  const profile = join(folder, 'credentials');
  await writeFile(profile, '[default]\naws_access_key_id = profile\naws_secret_access_key = profile\n');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', profile);
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv('AWS_ENDPOINT_URL', NOWHERE);
  vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const patient = (): AbortSignal => new AbortController().signal;

it.each([
  { name: 'Secrets Manager', call: () => createSecretReader()('id', 'current', patient()) },
  {
    name: 'the ledger',
    call: () => createLedger({ table: 'table', now: Date.now }).prepare(patient()),
  },
  {
    name: 'the sweep',
    call: () => createSweepStore({ table: 'table', host: 'host', appId: '1', now: Date.now }).readPosition(),
  },
  {
    name: 'the queue, to send',
    call: () => createQueueWriter({ queueUrl: QUEUE }).send('message', 'group', patient()),
  },
  {
    name: 'the queue, to bury',
    call: () => {
      const { log } = recordingLog();
      const record = {
        messageId: '1',
        receiptHandle: '1',
        body: '{}',
        receiveCount: 1,
        queueArn: 'arn',
        sentAt: new Date(0),
      };
      return createQueueReader({ queueUrl: QUEUE, clock: SYSTEM_CLOCK, log }).bury(record, 'reason');
    },
  },
])('the client of $name takes its credentials from the environment alone', async ({ call }) => {
  const error: unknown = await call().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  expect(cause).toMatchObject({ message: NO_ENVIRONMENT });
});
