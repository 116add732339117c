/** A stage on paper: everything that the commands ask stands behind a door that can lie. Nothing is deployed. */
import { createPublicKey } from 'node:crypto';
import { vi } from 'vitest';
import { SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import { createCloudFormation } from '../../local/aws/cloudformation.ts';
import { createCloudWatchLogs } from '../../local/aws/cloudwatch-logs.ts';
import { createSecretsManager } from '../../local/aws/secrets-manager.ts';
import { createAppKey } from '../../local/github/app-key.ts';
import type { GitHub } from '../../local/github/types.ts';
import type { HttpOutcome, HttpRequest, HttpServer } from '../../local/http/server.ts';
import { openProxy } from '../chaos/proxy.ts';
import { PRIVATE_KEY_PEM, startAppScene, WEBHOOK_SECRET } from './app-scene.ts';
import type { Folder, RunningCommand, RunOptions } from './run.ts';

const SERVICES = ['github', 'cloudformation', 'secrets', 'dynamodb', 'sqs', 'logs'] as const;
export type Service = (typeof SERVICES)[number];

/** What a request meets; undefined: the truth. */
export type Lie = (request: HttpRequest) => HttpOutcome | undefined;

export interface LyingScene {
  readonly github: GitHub;
  readonly folder: Folder;
  /** Secrets that nothing may show. */
  readonly secrets: readonly string[];
  /** What lied before tells the truth from now on. */
  lie(service: Service, lie: Lie): void;
  tellTruth(): void;
  start(args: readonly string[], options?: Pick<RunOptions, 'isTTY'>): RunningCommand;
  close(): Promise<void>;
}

export const GUID = '0b989ba4-242f-11e5-81e1-c7b6966d2516';

const GROUP = '/aws/lambda/hookmint-prod-all';
const ENDPOINTS = {
  cloudformation: ['CLOUDFORMATION'],
  secrets: ['SECRETS_MANAGER'],
  dynamodb: ['DYNAMODB'],
  sqs: ['SQS', 'CLOUDWATCH'],
  logs: ['CLOUDWATCH_LOGS'],
} as const;

/**
 * Half a minute between the steps of a rotation passes in a moment; so does half a second between two looks, and the second
 * after which somebody at a terminal is told what is being done.
 */
const HURRIED = {
  now: () => Date.now(),
  after: (ms: number, callback: () => void) =>
    SYSTEM_CLOCK.after((ms > 30_000 && ms <= 40_000) || [500, 1_000, 2_500].includes(ms) ? 5 : ms, callback),
};

export async function startLyingScene(): Promise<LyingScene> {
  const other = createAppKey();
  const app = await startAppScene({
    app: { publicKeys: [createPublicKey(PRIVATE_KEY_PEM), other.publicKey] },
  });
  const { github, folder } = app;
  await folder.write('new.pem', other.privateKeyPem);
  await folder.write('serverless.yml', 'service: hookmint\nprovider:\n  region: eu-west-1\n');
  addDelivery(github);
  const [stacks, secrets, logs] = await Promise.all([
    createCloudFormation(),
    createSecretsManager(),
    createCloudWatchLogs(),
  ]);
  secrets.put('secret', WEBHOOK_SECRET);
  secrets.put('key', PRIVATE_KEY_PEM);
  logs.createGroup(GROUP);
  let told: { readonly service: Service; readonly lie: Lie } | undefined;
  const open = (service: Service, upstream: string): Promise<HttpServer> =>
    openProxy(upstream, async (request, forward) => {
      const lied = told?.service === service ? told.lie(request) : undefined;
      return lied ?? answerOnPaper(request) ?? forward(request);
    });
  const upstreams = { github: github.url, cloudformation: stacks.url, secrets: secrets.url, logs: logs.url };
  const doors = new Map<Service, HttpServer>();
  for (const service of SERVICES) {
    const upstream = service === 'dynamodb' || service === 'sqs' ? '' : upstreams[service];
    doors.set(service, await open(service, upstream));
  }
  const urlOf = (service: Service): string => doors.get(service)?.url ?? '';
  stacks.put('hookmint-prod', {
    GitHubAppId: '31415',
    GitHubApiUrl: urlOf('github'),
    WebhookAddress: 'https://hooks.example.com/',
    WebhookSecretArn: 'secret',
    PrivateKeySecretArn: 'key',
    LedgerTableName: 'ledger',
    DeliveryQueueUrl: `${urlOf('sqs')}/1/queue`,
    DeadLettersUrl: `${urlOf('sqs')}/1/dead`,
    WebhookLogGroupName: GROUP,
    SweeperLogGroupName: GROUP,
    WorkerLogGroupName: GROUP,
  });
  stubEnvironment(urlOf);
  return {
    github,
    folder,
    secrets: [WEBHOOK_SECRET, PRIVATE_KEY_PEM, other.privateKeyPem],
    lie: (service, lie) => void (told = { service, lie }),
    tellTruth: () => void (told = undefined),
    start: (args, options) =>
      folder.start([...args, '--json', '--stage', 'prod'], { ...options, clock: HURRIED }),
    async close() {
      vi.unstubAllEnvs();
      await Promise.all([...doors.values(), stacks, secrets, logs].map((server) => server.close()));
      await app.close();
    },
  };
}

function addDelivery(github: GitHub): void {
  github.deliveries.add({
    guid: GUID,
    event: 'issues',
    action: 'opened',
    statusCode: 202,
    deliveredAt: new Date(Date.now() - 3_600_000),
    request: {
      headers: { 'X-GitHub-Event': 'issues', 'X-GitHub-Hook-ID': '1' },
      payload: { action: 'opened', issue: { number: 14, title: 'Zaphod' } },
    },
    response: { payload: JSON.stringify({ outcome: 'queued' }) },
  });
}

/** A table without records, and queues without messages. */
function answerOnPaper({ headers }: HttpRequest): HttpOutcome | undefined {
  switch (headers['x-amz-target']) {
    case 'DynamoDB_20120810.BatchGetItem':
      return reply({ Responses: { ledger: [] }, UnprocessedKeys: {} });
    case 'AmazonSQS.GetQueueAttributes':
      return reply({ Attributes: { ApproximateNumberOfMessages: '0' } });
    case 'AmazonSQS.ReceiveMessage':
      return reply({});
    case 'Logs_20140328.FilterLogEvents':
      return reply({ events: [] });
    default:
      return undefined;
  }
}

function reply(body: object): HttpOutcome {
  return {
    status: 200,
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    body: JSON.stringify(body),
  };
}

function stubEnvironment(urlOf: (service: Service) => string): void {
  const endpoints = Object.entries(ENDPOINTS).flatMap(([service, names]) =>
    names.map((name) => [`AWS_ENDPOINT_URL_${name}`, urlOf(service as keyof typeof ENDPOINTS)] as const),
  );
  const variables = {
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_MAX_ATTEMPTS: '1', // how often the SDK tries is its own matter
  };
  for (const [name, value] of [...Object.entries(variables), ...endpoints]) vi.stubEnv(name, value);
}
