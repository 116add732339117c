/**
 * A deployment of either shape on this machine, with the hands of whoever runs it: Secrets Manager by
 * its API, the App's settings at GitHub, and GitHub's log of deliveries.
 */
import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createAppKey } from '../../local/github/app-key.ts';
import { createDynamoDB, createLedgerTable, LOCAL_AWS } from '../../local/aws/dynamodb.ts';
import { startEventSource } from '../../local/aws/event-source.ts';
import { createGitHub } from '../../local/github/server.ts';
import type { GitHub } from '../../local/github/types.ts';
import { isObject, type JsonObject, parseJson, readText, toObject } from '../../lib/json/json.ts';
import { type LambdaFunction, startLambda } from '../../local/aws/lambda.ts';
import { createSecretsManager } from '../../local/aws/secrets-manager.ts';
import { createSqs } from '../../local/aws/sqs.ts';
import { builtFunction, loadFixture, loadWorld, sign, type Fixture } from '../harness/deliver.ts';
import { toEvent } from '../harness/lambda-event.ts';

export type Shape = 'inline' | 'queued';
type SecretName = 'webhook-secret' | 'private-key';

export const TABLE = 'ledger';

/** What `put` gives a version to be known by, so that a second try makes no second version. */
interface PutOptions {
  readonly token?: string;
}

interface DeliverOptions {
  readonly id?: string;
  /** In place of what stands in the App's settings. */
  readonly secret?: string;
  /** When GitHub sent it, for its log. */
  readonly at?: Date;
}

export interface Delivered {
  readonly id: string;
  /** What GitHub got. */
  readonly status: number;
  /** By handler, with its reason, whoever ran it. Empty where the delivery was not taken. */
  readonly outcomes: Readonly<Record<string, string>>;
}

export interface Deployment {
  readonly github: GitHub;
  readonly dynamodb: DynamoDBClient;
  /** The App's settings. */
  readonly settings: { webhookSecret: string };
  /** `aws secretsmanager put-secret-value`. */
  put(name: SecretName, value: string, options?: PutOptions): Promise<void>;
  /** New processes of webhook and worker, which know nothing yet. */
  coldStart(): Promise<void>;
  /** GitHub delivers what happened, and keeps the answer in its log. */
  deliver(fixture: Fixture, options?: DeliverOptions): Promise<Delivered>;
  /** Somebody opens the first issue of a repository that nobody has a token for. */
  openIssue(): Promise<Fixture>;
  /** `aws lambda invoke` of the sweeper, in a new process. */
  sweep(): Promise<unknown>;
  /** Every line that the functions wrote, parsed. */
  lines(): readonly JsonObject[];
  close(): Promise<void>;
}

const UNTIL_HANDLED_MS = 15_000;

/** Both secrets are empty at first. */
export async function deploy(shape: Shape, { privateKey = createAppKey() } = {}): Promise<Deployment> {
  await using started = new AsyncDisposableStack();
  const world = loadWorld();
  const github = started.adopt(
    await createGitHub({
      ...world,
      app: { ...world.app, publicKeys: [privateKey.publicKey] },
      installations: world.installations?.map((each) => ({ ...each, repositories: 'all' })) ?? [],
    }),
    (server) => server.close(),
  );
  const secretsManager = started.adopt(await createSecretsManager(), (server) => server.close());
  for (const name of ['webhook-secret', 'private-key']) secretsManager.createEmpty(name);
  const table = started.adopt(await createDynamoDB(), (server) => server.close());
  await createLedgerTable(table.url, TABLE);
  const sqs = shape === 'queued' ? started.adopt(await createSqs(), (server) => server.close()) : undefined;
  const secrets = new SecretsManagerClient({ ...LOCAL_AWS, endpoint: secretsManager.url });
  const dynamodb = new DynamoDBClient({ ...LOCAL_AWS, endpoint: table.url });
  started.defer(() => [secrets, dynamodb].forEach((client) => client.destroy()));

  const handling = {
    PRIVATE_KEY_SECRET_ID: 'private-key',
    LEDGER_TABLE: TABLE,
    AWS_ENDPOINT_URL_DYNAMODB: table.url,
  };
  const queue = sqs && { DELIVERY_QUEUE_URL: sqs.queueUrl, AWS_ENDPOINT_URL_SQS: sqs.url };
  const env = {
    webhook: { WEBHOOK_SECRET_ID: 'webhook-secret', ...(queue ?? handling) },
    worker: { ...handling, ...queue },
    sweeper: { ...handling, ...queue },
  };
  const written: string[] = [];
  const start = (name: keyof typeof env): Promise<LambdaFunction> =>
    startLambda({
      bundle: builtFunction(name),
      timeoutMs: 20_000,
      onLine: (line) => void written.push(line),
      env: {
        GITHUB_APP_ID: String(world.app.id),
        GITHUB_API_URL: github.url,
        AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
        AWS_REGION: LOCAL_AWS.region,
        AWS_ACCESS_KEY_ID: LOCAL_AWS.credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: LOCAL_AWS.credentials.secretAccessKey,
        ...env[name],
      },
    });
  const lines = () => written.map(parseJson).filter(isObject);

  let functions = started.use(new AsyncDisposableStack());
  let webhook: LambdaFunction;
  const startFunctions = async (): Promise<void> => {
    webhook = functions.adopt(await start('webhook'), (running) => running.close());
    if (sqs === undefined) return;
    const worker = functions.adopt(await start('worker'), (running) => running.close());
    const source = startEventSource({ sqs, invoke: (event) => worker.invoke(event) });
    functions.defer(() => source.stop());
  };
  await startFunctions();
  const running = started.move();
  running.defer(() => functions.disposeAsync());

  /** The end of its handlers, from the worker's lines; at least as many as there were before, and one. */
  const untilHandled = async (id: string, before: number): Promise<void> => {
    const endsAt = Date.now() + UNTIL_HANDLED_MS;
    while (deliveryLines(id).length <= before) {
      if (Date.now() > endsAt) throw new Error(`the worker never ended ${id}`);
      await new Promise((resolve) => void setTimeout(resolve, 20));
    }
  };
  const linesOf = (id: string, message: string) =>
    lines().filter((line) => line['delivery'] === id && line['message'] === message);
  const deliveryLines = (id: string) =>
    linesOf(id, 'delivery').filter(({ outcome, next }) => outcome !== 'queued' && next !== 'again');

  async function send({ headers, body: payload }: Fixture, { id, secret }: { id: string; secret: string }) {
    const body = JSON.stringify(payload);
    const request = {
      headers: { ...headers, 'X-GitHub-Delivery': id, 'X-Hub-Signature-256': sign(body, secret) },
      body,
    };
    const [handled, ended] = [linesOf(id, 'handler').length, deliveryLines(id).length];
    const result = toObject(await webhook.invoke(toEvent('function_url', request)));
    const answer = toObject(parseJson(readText(result, 'body') ?? ''));
    if (answer['outcome'] === 'queued') await untilHandled(id, ended);
    const reported = Array.isArray(answer['handlers']) ? answer['handlers'].map(toObject) : [];
    const outcomes = reported.length > 0 ? reported : linesOf(id, 'handler').slice(handled);
    return {
      status: Number(result['statusCode']),
      outcomes: Object.fromEntries(outcomes.map((each) => [each['name'] ?? each['handler'], toText(each)])),
    };
  }

  const settings = { webhookSecret: 'the first webhook secret' };
  const deployment: Deployment = {
    github,
    dynamodb,
    settings,
    lines,
    async put(name, value, { token } = {}) {
      const request = { SecretId: name, SecretString: value, ...(token && { ClientRequestToken: token }) };
      await secrets.send(new PutSecretValueCommand(request));
    },
    async coldStart() {
      await functions.disposeAsync();
      functions = new AsyncDisposableStack();
      await startFunctions();
    },
    async deliver(fixture, { id = randomUUID(), secret = settings.webhookSecret, at = new Date() } = {}) {
      const { status, outcomes } = await send(fixture, { id, secret });
      const { headers, body } = fixture;
      github.deliveries.add({
        guid: id,
        event: String(headers['X-GitHub-Event']),
        action: readText(toObject(body), 'action') ?? null,
        deliveredAt: at,
        statusCode: status,
        request: { headers: toTexts(headers), payload: body },
      });
      return { id, status, outcomes };
    },
    async openIssue() {
      const { headers, body } = loadFixture('issues-opened-first-time');
      const { owner } = toObject(toObject(body)['repository']);
      const name = `repository-${randomUUID()}`;
      const repository = { id: nextRepositoryId(), name, full_name: `octo-org/${name}`, owner };
      const { id, full_name } = repository;
      const issues = [{ number: 14, title: 'The first', user: 'monalisa' }];
      await github.addRepository({ id, full_name, issues });
      return { headers, body: { ...body, repository } };
    },
    async sweep() {
      const sweeper = await start('sweeper');
      try {
        return await sweeper.invoke({});
      } finally {
        await sweeper.close();
      }
    },
    close: () => running.disposeAsync(),
  };
  github.deliveries.onRedeliver(async ({ guid, request: { headers, payload } }) => {
    const fixture = { headers, body: payload ?? {} };
    const { status } = await send(fixture, { id: guid, secret: settings.webhookSecret });
    return { statusCode: status };
  });
  return deployment;
}

let repositories = 900_000_000;
function nextRepositoryId(): number {
  repositories += 1;
  return repositories;
}

function toText(ended: JsonObject): string {
  return [readText(ended, 'outcome'), readText(ended, 'reason')]
    .filter((part) => part !== undefined)
    .join(': ');
}

function toTexts(headers: Fixture['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
