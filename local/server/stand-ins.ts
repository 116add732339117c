/** What the functions talk to on this machine, and the environment that tells each of them so. */
import { devNull } from 'node:os';
import { createAppKey } from '../github/app-key.ts';
import { createDynamoDB, createLedgerTable, LOCAL_AWS } from '../aws/dynamodb.ts';
import { loadWorld } from '../fixtures/fixtures.ts';
import { createGitHub } from '../github/server.ts';
import type { GitHub } from '../github/types.ts';
import type { GitHubChoice, LocalSettings } from './settings.ts';
import { createSecretsManager, type SecretsManager } from '../aws/secrets-manager.ts';
import { createSqs, type Sqs } from '../aws/sqs.ts';

export type FunctionName = 'webhook' | 'worker' | 'sweeper';

export interface StandIns {
  /** The GitHub stand-in; undefined where the functions talk to another GitHub. */
  readonly github: GitHub | undefined;
  readonly secretsManager: SecretsManager;
  /** undefined inline. */
  readonly sqs: Sqs | undefined;
  readonly apiUrl: string;
  /** The whole environment of each function: no more than the deployment would give it. */
  readonly env: Readonly<Record<FunctionName, Readonly<Record<string, string>>>>;
  close(): Promise<void>;
}

interface StandInOptions {
  readonly settings: LocalSettings;
  readonly webhookSecret: string;
  readonly queued: boolean;
}

interface GitHubSide {
  readonly standIn?: GitHub;
  readonly appId: string;
  readonly apiUrl: string;
  readonly privateKeyPem: string;
}

const WEBHOOK_SECRET_ID = 'hookmint/webhook-secret';
const PRIVATE_KEY_SECRET_ID = 'hookmint/private-key';
const LEDGER_TABLE = 'hookmint-ledger';

export async function startStandIns({ settings, webhookSecret, queued }: StandInOptions): Promise<StandIns> {
  const servers: { close(): Promise<void> }[] = [];
  const keep = <T extends { close(): Promise<void> }>(server: T): T => {
    servers.push(server);
    return server;
  };
  const { standIn, appId, apiUrl, privateKeyPem } = await chooseGitHub(settings.github);
  if (standIn !== undefined) keep(standIn);
  const secretsManager = keep(await createSecretsManager());
  // As JSON: a secret that begins with a brace would otherwise be taken for it.
  secretsManager.put(WEBHOOK_SECRET_ID, JSON.stringify({ webhookSecret }));
  secretsManager.put(PRIVATE_KEY_SECRET_ID, privateKeyPem);
  const dynamodb = keep(await createDynamoDB());
  await createLedgerTable(dynamodb.url, LEDGER_TABLE);
  const sqs = queued ? keep(await createSqs()) : undefined;

  const shared = {
    ...settings.passedOn,
    ...withoutProxyForLoopback(settings.passedOn),
    GITHUB_APP_ID: appId,
    GITHUB_API_URL: apiUrl,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
    AWS_REGION: LOCAL_AWS.region,
    AWS_ACCESS_KEY_ID: LOCAL_AWS.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: LOCAL_AWS.credentials.secretAccessKey,
    // Whoever has an AWS account has these files: nothing in them may lead there.
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    // Only said on Node 20, eight lines long, and no news to somebody who tries this out.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
  const queue = sqs && { DELIVERY_QUEUE_URL: sqs.queueUrl, AWS_ENDPOINT_URL_SQS: sqs.url };
  const handling = { PRIVATE_KEY_SECRET_ID, LEDGER_TABLE, AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url };
  return {
    github: standIn,
    secretsManager,
    sqs,
    apiUrl,
    env: {
      webhook: { ...shared, WEBHOOK_SECRET_ID, ...(queue ?? handling) },
      worker: { ...shared, ...handling, ...queue },
      sweeper: { ...shared, ...handling, ...queue },
    },
    async close() {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

async function chooseGitHub(choice: GitHubChoice): Promise<GitHubSide> {
  if (choice.kind === 'real') return choice;
  const world = await loadWorld();
  const appId = String(world.app.id);
  const { privateKeyPem, publicKey } = createAppKey();
  if (choice.kind === 'other-stand-in') return { apiUrl: choice.apiUrl, appId, privateKeyPem };
  const standIn = await createGitHub({ ...world, app: { ...world.app, publicKeys: [publicKey] } });
  return { standIn, apiUrl: standIn.url, appId, privateKeyPem };
}

function withoutProxyForLoopback({ NO_PROXY, no_proxy }: LocalSettings['passedOn']): Record<string, string> {
  const hosts = [NO_PROXY ?? no_proxy ?? [], '127.0.0.1', 'localhost'].flat().join(',');
  return { NO_PROXY: hosts, no_proxy: hosts };
}
