/** The queued deployment on this machine: the built functions in processes of their own, with all stand-ins. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createAppKey } from '../../local/github/app-key.ts';
import { createDynamoDB, createLedgerTable, type DynamoDB, LOCAL_AWS } from '../../local/aws/dynamodb.ts';
import { type EventSource, startEventSource } from '../../local/aws/event-source.ts';
import { createGitHub } from '../../local/github/server.ts';
import type { GitHub } from '../../local/github/types.ts';
import { isObject, parseJson, readText, toObject } from '../../lib/json/json.ts';
import { type LambdaFunction, startLambda } from '../../local/aws/lambda.ts';
import { createSecretsManager, type SecretsManager } from '../../local/aws/secrets-manager.ts';
import { createSqs, type Sqs } from '../../local/aws/sqs.ts';
import { loadWorld, sign } from '../harness/deliver.ts';
import { toEvent } from '../harness/lambda-event.ts';

const SECRET = 'the webhook secret of the queued deployment';
const appKey = createAppKey();

/** What a payload needs for a token of `octo-org/widgets`. */
export const PAYLOAD = {
  issue: { number: 14 },
  repository: { id: 186853002, name: 'widgets', full_name: 'octo-org/widgets', owner: { login: 'octo-org' } },
  installation: { id: 51230417 },
};

export interface QueuedScene {
  readonly github: GitHub;
  /** The webhook's own; the worker has another. */
  readonly secretsManager: SecretsManager;
  readonly sqs: Sqs;
  /** Its table is `ledger`. */
  readonly dynamodb: DynamoDB;
  readonly webhook: LambdaFunction;
  /** Signs a delivery of `issues` and hands it to the webhook. */
  deliver(payload: object, options?: { readonly id?: string; readonly event?: string }): Promise<Delivered>;
  /** @param options functions: folder of another release. */
  startWorker(options?: {
    readonly timeoutMs?: number;
    readonly functions?: string;
  }): Promise<LambdaFunction>;
  /** Polls the queue for a worker. */
  poll(worker: LambdaFunction): EventSource;
  /** Bodies of the comments on the issue. */
  comments(): Promise<readonly string[]>;
  close(): Promise<void>;
}

interface Delivered {
  readonly id: string;
  readonly body: string;
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly answer: Readonly<Record<string, unknown>>;
}

interface SceneOptions {
  /** Folder of the built functions. */
  readonly functions: string;
  readonly visibilitySeconds?: number;
  /** More environment for the webhook, or other values. */
  readonly webhookEnv?: Readonly<Record<string, string>>;
}

export async function startQueued({
  functions,
  visibilitySeconds = 1,
  webhookEnv = {},
}: SceneOptions): Promise<QueuedScene> {
  await using started = new AsyncDisposableStack();
  let stack: AsyncDisposableStack = started;
  const world = loadWorld();
  const github = started.adopt(
    await createGitHub({ ...world, app: { ...world.app, publicKeys: [appKey.publicKey] } }),
    (server) => server.close(),
  );
  const startSecrets = async (secrets: Readonly<Record<string, string>>): Promise<SecretsManager> => {
    const manager = started.adopt(await createSecretsManager(), (server) => server.close());
    for (const [id, value] of Object.entries(secrets)) manager.put(id, value);
    return manager;
  };
  // Both hold both: what a function reads is its own choice.
  const secrets = { 'webhook-secret': SECRET, 'private-key': appKey.privateKeyPem };
  const secretsManager = await startSecrets(secrets);
  const workerSecrets = await startSecrets(secrets);
  const dynamodb = started.adopt(await createDynamoDB(), (server) => server.close());
  await createLedgerTable(dynamodb.url, 'ledger');
  const sqs = started.adopt(await createSqs({ visibilitySeconds }), (server) => server.close());

  const shared = {
    GITHUB_APP_ID: String(world.app.id),
    GITHUB_API_URL: github.url,
    DELIVERY_QUEUE_URL: sqs.queueUrl,
    AWS_ENDPOINT_URL_SQS: sqs.url,
    AWS_REGION: LOCAL_AWS.region,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  };
  const start = async (
    name: string,
    env: Readonly<Record<string, string>>,
    timeoutMs?: number,
    release = functions,
  ): Promise<LambdaFunction> => {
    const bundle = join(release, `${name}.mjs`);
    const lambda = await startLambda({ bundle, env: { ...shared, ...env }, ...(timeoutMs && { timeoutMs }) });
    return stack.adopt(lambda, (running) => running.close());
  };
  const webhook = await start('webhook', {
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
    WEBHOOK_SECRET_ID: 'webhook-secret',
    ...webhookEnv,
  });
  stack = started.move();

  return {
    github,
    secretsManager,
    sqs,
    dynamodb,
    webhook,
    async deliver(payload, { id = randomUUID(), event = 'issues' } = {}) {
      const body = JSON.stringify(payload);
      const headers = {
        'Content-Type': 'application/json',
        'X-GitHub-Event': event,
        'X-GitHub-Delivery': id,
        'X-GitHub-Hook-ID': '7',
        'X-Hub-Signature-256': sign(body, SECRET),
      };
      const result = toObject(await webhook.invoke(toEvent('function_url', { headers, body })));
      return {
        id,
        body,
        status: Number(result['statusCode']),
        retryAfter: readText(toObject(result['headers']), 'retry-after'),
        answer: toObject(parseJson(readText(result, 'body') ?? '')),
      };
    },
    startWorker: ({ timeoutMs, functions: release } = {}) =>
      start(
        'worker',
        {
          AWS_ENDPOINT_URL_SECRETS_MANAGER: workerSecrets.url,
          AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
          LEDGER_TABLE: 'ledger',
          PRIVATE_KEY_SECRET_ID: 'private-key',
        },
        timeoutMs,
        release,
      ),
    poll(worker) {
      const source = startEventSource({ sqs, invoke: (event) => worker.invoke(event) });
      stack.defer(() => source.stop());
      return source;
    },
    comments: async () => (await github.seen.comments('octo-org/widgets', 14)).map(({ body }) => body),
    close: () => stack.disposeAsync(),
  };
}

/** The log lines of a function with this message. */
export function linesOf({ lines }: LambdaFunction, message: string) {
  return lines
    .map(parseJson)
    .filter(isObject)
    .filter((line) => line['message'] === message);
}
