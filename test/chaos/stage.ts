/** Everything that the functions of a campaign talk to, and the functions themselves, built with its handlers. */
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { LOCAL_AWS } from '../../local/aws/dynamodb.ts';
import type { RecordedWorld } from '../../local/fixtures/fixtures.ts';
import { LEDGER_TABLE } from '../../local/server/stand-ins.ts';
import { type Deployment, startDeployment } from '../harness/deployment.ts';
import { OWNER, REPOSITORIES, SUSPENDED } from './plan.ts';

export interface Stage extends Pick<
  Deployment,
  'github' | 'sqs' | 'secretsManager' | 'dynamodbUrl' | 'webhookSecret' | 'start' | 'stop'
> {
  /** Texts that no line and no answer may hold. */
  readonly secrets: readonly string[];
  readonly appId: number;
  /** State and reason by the end of their keys: `GUID#handler`. */
  readLedger(): Promise<ReadonlyMap<string, { readonly state: string; readonly reason: string }>>;
}

const APP_ID = 31_415;
const WEBHOOK_SECRET = 'the webhook secret of the campaign';
const PERMISSIONS = { issues: 'write', metadata: 'read' };

/** Shorter than it takes a worker to end, so that messages come back while they are at work. */
const VISIBILITY_SECONDS = 2;

/** @param onLine Told of every line that any function writes. */
export async function openStage(onLine: (line: string) => void): Promise<Stage> {
  const deployment = await startDeployment({
    handlers: 'test/chaos/handlers.ts',
    world: toWorld(),
    webhookSecret: WEBHOOK_SECRET,
    queued: true,
    visibilitySeconds: VISIBILITY_SECONDS,
    onLine,
  });
  const { privateKeyPem, dynamodbUrl } = deployment;
  return Object.assign(deployment, {
    secrets: [WEBHOOK_SECRET, /[A-Za-z0-9+/]{60}/.exec(privateKeyPem)?.[0] ?? privateKeyPem],
    appId: APP_ID,
    readLedger: () => readLedger(dynamodbUrl),
  });
}

function toWorld(): RecordedWorld {
  const places = [...REPOSITORIES, SUSPENDED];
  return {
    app: { id: APP_ID, clientId: 'Iv23liHookmintChaos1', slug: 'hookmint', permissions: PERMISSIONS },
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
  for await (const { Items = [] } of paginateScan(
    { client },
    { TableName: LEDGER_TABLE, ConsistentRead: true },
  )) {
    for (const { id, state, reason } of Items) {
      if (id?.S?.startsWith('delivery#') !== true) continue;
      const key = id.S.split('#').slice(-2).join('#');
      records.set(key, { state: state?.S ?? '', reason: reason?.S ?? '' });
    }
  }
  client.destroy();
  return records;
}
