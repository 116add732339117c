/** What the functions talk to on this machine, and the environment that tells each of them so. */
import { devNull } from 'node:os';
import { createDynamoDB, createLedgerTable, LOCAL_AWS } from '../aws/dynamodb.ts';
import { createKms, type Kms } from '../aws/kms.ts';
import { createSecretsManager, type SecretsManager } from '../aws/secrets-manager.ts';
import { createSqs, type Sqs } from '../aws/sqs.ts';
import type { RecordedWorld } from '../fixtures/fixtures.ts';
import { createAppKey } from '../github/app-key.ts';
import { createGitHub } from '../github/server.ts';
import type { KeptDeliveries } from '../github/delivery-log.ts';
import type { GitHub, GitHubOptions } from '../github/types.ts';
import type { HandlerSettings } from './handler-settings.ts';

/** What `npm start` runs. */
export type FunctionName = 'webhook' | 'worker' | 'sweeper';

/** What is deployed. */
export type DeployedFunction = FunctionName | 'rotator';

type Environment = Readonly<Record<string, string>>;

export type FunctionEnvironments = Readonly<Record<DeployedFunction, Environment>>;

export interface StandInOptions {
  readonly github: GitHubSource;
  readonly webhookSecret: string;
  /** A queue, its dead letters, and functions that are told of them. Default: none, which is the inline deployment. */
  readonly queued?: boolean;
  /** Default true. An inline webhook function can do without. */
  readonly ledger?: boolean;
  /** The folder that keeps the ledger's table. Default: in memory. */
  readonly ledgerPath?: string | undefined;
  /** Where the stand-in for GitHub listens, unless another one does. Default: any free port. */
  readonly githubPort?: number;
  /** Keeps the log of that stand-in for the next one. Default: it ends with it. */
  readonly keptDeliveries?: KeptDeliveries | undefined;
  /** Whether the two secrets have a value, or are empty as the deployment makes them. Default true. */
  readonly secretsFilled?: boolean;
  /** The private key in KMS, and nowhere else. Default false: in Secrets Manager. */
  readonly kms?: boolean;
  /** How long a message that was received is hidden. Default: as deployed. */
  readonly visibilitySeconds?: number;
  /** More environment for each function: how much it logs, and the like. */
  readonly variables?: Environment;
  /** What handlers are told. */
  readonly handlers?: HandlerSettings;
}

/** Which GitHub the functions talk to, and as which App. */
export type GitHubSource =
  | {
      readonly kind: 'stand-in';
      /** What the stand-in knows, and which App it is asked by. */
      readonly world: RecordedWorld;
      /** Default: one that is made for it. */
      readonly appKey?: ReturnType<typeof createAppKey>;
    }
  /** One that is there already: the real one, or another stand-in. */
  | {
      readonly kind: 'elsewhere';
      /** Client id or numeric id. */
      readonly appId: string;
      readonly apiUrl: string;
      readonly privateKeyPem: string;
    };

export interface StandIns {
  /** The GitHub stand-in; undefined where the functions talk to another GitHub. */
  readonly github: GitHub | undefined;
  readonly secretsManager: SecretsManager;
  /** undefined where the private key is in Secrets Manager. */
  readonly kms: Kms | undefined;
  /** undefined inline. */
  readonly sqs: Sqs | undefined;
  /** Where DynamoDB answers; undefined without a ledger. Its table is `LEDGER_TABLE`. */
  readonly dynamodbUrl: string | undefined;
  readonly apiUrl: string;
  readonly privateKeyPem: string;
  /** The whole environment of each function: no more than the deployment would give it. */
  readonly env: FunctionEnvironments;
  /** The same with other `variables` and settings of handlers, whose secrets are put in. */
  describe(variables: Environment, handlers: HandlerSettings): FunctionEnvironments;
  close(): Promise<void>;
}

export const WEBHOOK_SECRET_ID = 'hookmint/webhook-secret';
export const PRIVATE_KEY_SECRET_ID = 'hookmint/private-key';
const PRIVATE_KEY_ALIAS = 'alias/hookmint-local';
export const LEDGER_TABLE = 'hookmint-ledger';

/** Starts all of them, each on a free port of its own. Where one fails, those before it are closed again. */
export async function startStandIns(options: StandInOptions): Promise<StandIns> {
  const servers: Closable[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.close()));
  };
  try {
    const standIns = await openAll(options, (server) => {
      servers.push(server);
      return server;
    });
    return { ...standIns, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Closable {
  close(): Promise<void>;
}

async function openAll(
  {
    github: source,
    webhookSecret,
    queued = false,
    ledger = true,
    ledgerPath,
    githubPort,
    keptDeliveries,
    secretsFilled = true,
    kms: keyInKms = false,
    visibilitySeconds,
    variables = {},
    handlers = { variables: {}, secrets: {} },
  }: StandInOptions,
  keep: <T extends Closable>(server: T) => T,
): Promise<Omit<StandIns, 'close'>> {
  const { github, appId, apiUrl, privateKeyPem } = await openGitHub(source, {
    port: githubPort,
    keptDeliveries,
  });
  if (github !== undefined) keep(github);
  const secretsManager = keep(await createSecretsManager());
  const kms = keyInKms ? keep(await createKms()) : undefined;
  kms?.put(PRIVATE_KEY_ALIAS, privateKeyPem);
  if (secretsFilled) {
    // As JSON: a secret that begins with a brace would otherwise be taken for it.
    secretsManager.put(WEBHOOK_SECRET_ID, JSON.stringify({ webhookSecret }));
    if (kms === undefined) secretsManager.put(PRIVATE_KEY_SECRET_ID, privateKeyPem);
  } else {
    for (const id of [WEBHOOK_SECRET_ID, PRIVATE_KEY_SECRET_ID]) secretsManager.createEmpty(id);
  }
  const dynamodb = ledger ? keep(await createDynamoDB(ledgerPath)) : undefined;
  if (dynamodb !== undefined) await createLedgerTable(dynamodb.url, LEDGER_TABLE);
  const sqs = queued
    ? keep(await createSqs(visibilitySeconds === undefined ? {} : { visibilitySeconds }))
    : undefined;

  const app = { GITHUB_APP_ID: appId, GITHUB_API_URL: apiUrl };
  const describe: StandIns['describe'] = (given, { variables: told, secrets }) => {
    for (const [id, value] of Object.entries(secrets)) secretsManager.put(id, value);
    return describeFunctions(
      { shared: { ...given, ...withoutProxyForLoopback(given), ...app }, told },
      { secretsManagerUrl: secretsManager.url, kmsUrl: kms?.url, dynamodbUrl: dynamodb?.url, sqs },
    );
  };
  const env = describe(variables, handlers);
  return {
    github,
    secretsManager,
    kms,
    sqs,
    dynamodbUrl: dynamodb?.url,
    apiUrl,
    privateKeyPem,
    env,
    describe,
  };
}

async function openGitHub(
  source: GitHubSource,
  { port = 0, keptDeliveries }: Pick<GitHubOptions, 'keptDeliveries'> & { readonly port: number | undefined },
) {
  if (source.kind === 'elsewhere') return { ...source, github: undefined };
  const { world, appKey = createAppKey() } = source;
  const options = { ...world, app: { ...world.app, publicKeys: [appKey.publicKey] }, keptDeliveries };
  // Where the port is taken, any other one will do.
  const github = await createGitHub({ ...options, port }).catch(() => createGitHub(options));
  const { privateKeyPem } = appKey;
  return { github, appId: String(world.app.id), apiUrl: github.url, privateKeyPem };
}

interface Endpoints {
  readonly secretsManagerUrl: string;
  readonly kmsUrl: string | undefined;
  readonly dynamodbUrl: string | undefined;
  readonly sqs: Sqs | undefined;
}

/** What the deployment would tell each function, as far as it concerns this one. */
function describeFunctions(
  { shared: variables, told }: Readonly<Record<'shared' | 'told', Environment>>,
  { secretsManagerUrl, kmsUrl, dynamodbUrl, sqs }: Endpoints,
): FunctionEnvironments {
  const shared = {
    ...variables,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManagerUrl,
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
  const signing =
    kmsUrl === undefined
      ? { PRIVATE_KEY_SECRET_ID }
      : { PRIVATE_KEY_KMS_KEY_ID: PRIVATE_KEY_ALIAS, AWS_ENDPOINT_URL_KMS: kmsUrl };
  const handling = {
    ...signing,
    ...(dynamodbUrl !== undefined && { LEDGER_TABLE, AWS_ENDPOINT_URL_DYNAMODB: dynamodbUrl }),
  };
  return {
    webhook: { ...shared, WEBHOOK_SECRET_ID, ...(queue ?? { ...handling, ...told }) },
    worker: { ...shared, ...handling, ...told, ...queue },
    sweeper: { ...shared, ...handling, ...(queue ?? told) },
    rotator: { ...shared, ...signing, WEBHOOK_SECRET_ID },
  };
}

function withoutProxyForLoopback({ NO_PROXY, no_proxy }: Environment): Environment {
  const hosts = [NO_PROXY ?? no_proxy ?? [], '127.0.0.1', 'localhost'].flat().join(',');
  return { NO_PROXY: hosts, no_proxy: hosts };
}
