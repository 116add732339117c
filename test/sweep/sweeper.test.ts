/** The built sweeper function against the stand-ins: what came in by no front door is handled all the same. */
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { decodeMessage } from '../../lib/queue/message.ts';
import { createAppKey } from '../../local/github/app-key.ts';
import { createDynamoDB, createLedgerTable, type DynamoDB } from '../../local/aws/dynamodb.ts';
import { createGitHub } from '../../local/github/server.ts';
import type { GitHub } from '../../local/github/types.ts';
import { startLambda, type LambdaFunction } from '../../local/aws/lambda.ts';
import { createSecretsManager, type SecretsManager } from '../../local/aws/secrets-manager.ts';
import { createSqs, type Sqs } from '../../local/aws/sqs.ts';
import { builtFunction, loadFixture, loadWorld } from '../harness/deliver.ts';

const key = createAppKey();
const fixture = loadFixture('issues-opened-first-time');

let dynamodb: DynamoDB;
let secretsManager: SecretsManager;
let sqs: Sqs;
let github: GitHub;
let sweeper: LambdaFunction | undefined;

beforeAll(async () => {
  [dynamodb, secretsManager, sqs] = await Promise.all([
    createDynamoDB(),
    createSecretsManager(),
    createSqs(),
  ]);
  secretsManager.put('key', key.privateKeyPem);
});

beforeEach(async () => {
  const world = loadWorld();
  github = await createGitHub({ ...world, app: { ...world.app, publicKeys: [key.publicKey] } });
});

afterEach(async () => {
  await sweeper?.close();
  await github.close();
});

afterAll(async () => {
  await Promise.all([dynamodb.close(), secretsManager.close(), sqs.close()]);
});

/** A function of its own for each test, with a table of its own. */
async function startSweeper(table: string, env: Record<string, string> = {}): Promise<LambdaFunction> {
  await createLedgerTable(dynamodb.url, table);
  sweeper = await startLambda({
    bundle: builtFunction('sweeper'),
    timeoutMs: 30_000,
    env: {
      GITHUB_APP_ID: '31415',
      GITHUB_API_URL: github.url,
      PRIVATE_KEY_SECRET_ID: 'key',
      LEDGER_TABLE: table,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
      AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
      AWS_ENDPOINT_URL_SQS: sqs.url,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      ...env,
    },
  });
  return sweeper;
}

/** A delivery of five minutes ago that was refused. */
function refuse(statusCode: number, changes: object = {}) {
  const { headers, body } = fixture;
  return github.deliveries.add({
    guid: '0b989ba4-242f-11e5-81e1-c7b6966d2516',
    event: 'issues',
    action: 'opened',
    deliveredAt: new Date(Date.now() - 5 * 60_000),
    statusCode,
    request: { headers: headers as Record<string, string>, payload: body },
    ...changes,
  });
}

it('asks GitHub once to deliver again what failed', async () => {
  const redelivered: string[] = [];
  github.deliveries.onRedeliver(({ id }) => {
    redelivered.push(id);
    return { statusCode: 200 };
  });
  const { id } = refuse(502);
  const running = await startSweeper('asks');
  expect(await running.invoke({})).toMatchObject({ asked: 1, finished: true });
  expect(await running.invoke({})).toMatchObject({ asked: 0, finished: true });
  expect(redelivered).toEqual([id]);
});

it('runs the handlers itself for what was too large, inline, and once', async () => {
  refuse(413);
  const running = await startSweeper('inline');
  expect(await running.invoke({})).toMatchObject({ pulled: 1, asked: 0 });
  expect(await running.invoke({})).toMatchObject({ pulled: 0 });
  expect(await github.seen.comments('octo-org/widgets', 14)).toHaveLength(1);
});

it('enqueues a reference to what was too large where there is a queue', async () => {
  const { id, guid } = refuse(413);
  const running = await startSweeper('queued', { DELIVERY_QUEUE_URL: sqs.queueUrl });
  expect(await running.invoke({})).toMatchObject({ pulled: 1, asked: 0 });
  const { Messages } = await sqs.client.send(new ReceiveMessageCommand({ QueueUrl: sqs.queueUrl }));
  expect(decodeMessage(Messages?.[0]?.Body ?? '')).toMatchObject({
    kind: 'delivery',
    delivery: {
      envelope: {
        id: guid,
        event: 'issues',
        hookId: fixture.headers['X-GitHub-Hook-ID'],
        targetAppId: '31415',
      },
      content: { kind: 'reference', logId: id },
    },
  });
  expect(github.calls.some(({ path }) => path.includes('access_tokens'))).toBe(false);
});

it('changes nothing in a dry run, and says what it would do', async () => {
  const { id } = refuse(502);
  const running = await startSweeper('dry');
  expect(await running.invoke({ dryRun: true })).toMatchObject({
    asked: 1,
    dryRun: true,
    plan: [{ step: 'ask' }],
  });
  expect(github.calls.some(({ method, path }) => method === 'POST' && path.includes(id))).toBe(false);
});

it('asks for nothing that no handler claims', async () => {
  refuse(502, { event: 'push', action: null });
  const running = await startSweeper('unclaimed');
  expect(await running.invoke({})).toMatchObject({ asked: 0, finished: true });
});

it('goes back as far as it is told', async () => {
  refuse(502, { deliveredAt: new Date(Date.now() - 10 * 60 * 60_000) });
  const running = await startSweeper('back');
  expect(await running.invoke({ lookBackHours: 24 })).toMatchObject({ asked: 1 });
});
