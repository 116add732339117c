import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createDynamoDBCall } from '../../lib/aws/dynamodb.ts';
import { createSecretReader, createSecretsClient } from '../../lib/aws/secrets-manager.ts';
import { createSqsCall } from '../../lib/aws/sqs.ts';
import { toCallDeps } from '../harness/aws-calls.ts';

const NOWHERE = 'http://127.0.0.1:9';
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

/** With the credentials that a function has: none of its own, but those of its environment. */
const { credentials: _, ...deps } = toCallDeps(NOWHERE);

it.each([
  {
    name: 'Secrets Manager',
    call: () => createSecretReader(createSecretsClient(deps))('id', 'current', patient()),
  },
  {
    name: 'DynamoDB',
    call: () => createDynamoDBCall(deps)('GetItem', { TableName: 'table', Key: { id: { S: '1' } } }),
  },
  { name: 'SQS', call: () => createSqsCall(deps)('GetQueueUrl', { QueueName: 'queue' }) },
])('what calls $name takes its credentials from the environment alone', async ({ call }) => {
  const error: unknown = await call().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ message: NO_ENVIRONMENT });
});
