/** Everything that the functions of a campaign talk to, and the functions themselves, built with its handlers. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { buildTestFunctions } from '../harness/build.ts';
import { createAppKey } from '../../local/github/app-key.ts';
import { createDynamoDB, createLedgerTable, LOCAL_AWS } from '../../local/aws/dynamodb.ts';
import { createGitHub } from '../../local/github/server.ts';
import type { GitHub } from '../../local/github/types.ts';
import { type LambdaFunction, startLambda } from '../../local/aws/lambda.ts';
import { createSecretsManager, type SecretsManager } from '../../local/aws/secrets-manager.ts';
import { createSqs, type Sqs } from '../../local/aws/sqs.ts';
import { OWNER, REPOSITORIES, SUSPENDED } from './plan.ts';

export interface Stage {
  readonly github: GitHub;
  readonly sqs: Sqs;
  readonly secretsManager: SecretsManager;
  readonly dynamodbUrl: string;
  readonly webhookSecret: string;
  /** Texts that no line and no answer may hold. */
  readonly secrets: readonly string[];
  readonly appId: number;
  /** Starts a process of a function; it ends with the stage. */
  start(
    name: 'webhook' | 'worker' | 'sweeper',
    options: { readonly env: Readonly<Record<string, string>>; readonly timeoutMs: number },
  ): Promise<LambdaFunction>;
  /** State and reason by the end of their keys: `GUID#handler`. */
  readLedger(): Promise<ReadonlyMap<string, { readonly state: string; readonly reason: string }>>;
  close(): Promise<void>;
}

const APP_ID = 31_415;
const TABLE = 'ledger';
const WEBHOOK_SECRET = 'the webhook secret of the campaign';
const PERMISSIONS = { issues: 'write', metadata: 'read' };

/** Shorter than it takes a worker to end, so that messages come back while they are at work. */
const VISIBILITY_SECONDS = 2;

/** @param onLine Told of every line that any function writes. */
export async function openStage(onLine: (line: string) => void): Promise<Stage> {
  await using opened = new AsyncDisposableStack();
  const outdir = opened.adopt(await mkdtemp(join(tmpdir(), 'hookmint-')), (folder) =>
    rm(folder, { recursive: true }),
  );
  await buildTestFunctions({ handlers: 'test/chaos/handlers.ts', outdir });
  const { privateKeyPem, publicKey } = createAppKey();
  const github = opened.adopt(await createGitHub(toWorld(publicKey)), (each) => each.close());
  const secretsManager = opened.adopt(await createSecretsManager(), (each) => each.close());
  secretsManager.put('webhook-secret', WEBHOOK_SECRET);
  secretsManager.put('private-key', privateKeyPem);
  const dynamodb = opened.adopt(await createDynamoDB(), (each) => each.close());
  await createLedgerTable(dynamodb.url, TABLE);
  const sqs = opened.adopt(await createSqs({ visibilitySeconds: VISIBILITY_SECONDS }), (each) =>
    each.close(),
  );
  const running = opened.use(new AsyncDisposableStack());
  const stage = opened.move();

  return {
    github,
    sqs,
    secretsManager,
    dynamodbUrl: dynamodb.url,
    webhookSecret: WEBHOOK_SECRET,
    secrets: [WEBHOOK_SECRET, /[A-Za-z0-9+/]{60}/.exec(privateKeyPem)?.[0] ?? privateKeyPem],
    appId: APP_ID,
    async start(name, { env, timeoutMs }) {
      const lambda = await startLambda({
        bundle: join(outdir, 'functions', `${name}.mjs`),
        timeoutMs,
        onLine,
        env: {
          GITHUB_APP_ID: String(APP_ID),
          PRIVATE_KEY_SECRET_ID: 'private-key',
          LEDGER_TABLE: TABLE,
          AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
          AWS_REGION: LOCAL_AWS.region,
          AWS_ACCESS_KEY_ID: 'local',
          AWS_SECRET_ACCESS_KEY: 'local',
          AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
          ...env,
        },
      });
      running.defer(() => lambda.close());
      return lambda;
    },
    readLedger: () => readLedger(dynamodb.url),
    close: () => stage.disposeAsync(),
  };
}

function toWorld(
  publicKey: ReturnType<typeof createAppKey>['publicKey'],
): Parameters<typeof createGitHub>[0] {
  const places = [...REPOSITORIES, SUSPENDED];
  return {
    app: {
      id: APP_ID,
      clientId: 'Iv23liHookmintChaos1',
      slug: 'hookmint',
      publicKeys: [publicKey],
      permissions: PERMISSIONS,
    },
    installations: places.map(({ installationId, name }) => ({
      id: installationId,
      account: { login: OWNER, type: 'Organization' },
      permissions: PERMISSIONS,
      repositories: [name],
      suspended: name === SUSPENDED.name,
    })),
    repositories: places.map(({ id, name }) => ({ id, full_name: `${OWNER}/${name}` })),
  };
}

async function readLedger(url: string) {
  const client = new DynamoDBClient({ ...LOCAL_AWS, endpoint: url });
  const records = new Map<string, { state: string; reason: string }>();
  for await (const { Items = [] } of paginateScan({ client }, { TableName: TABLE, ConsistentRead: true })) {
    for (const { id, state, reason } of Items) {
      if (id?.S?.startsWith('delivery#') !== true) continue;
      const key = id.S.split('#').slice(-2).join('#');
      records.set(key, { state: state?.S ?? '', reason: reason?.S ?? '' });
    }
  }
  client.destroy();
  return records;
}
