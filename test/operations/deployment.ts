/**
 * A deployment of either shape on this machine, with the hands of whoever runs it: Secrets Manager by
 * its API, the App's settings at GitHub, and GitHub's log of deliveries.
 */
import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { expect } from 'vitest';
import { isObject, type JsonObject, parseJson, readText, toObject } from '../../lib/json/json.ts';
import { LOCAL_AWS } from '../../local/aws/dynamodb.ts';
import type { EventSource } from '../../local/aws/event-source.ts';
import type { LambdaFunction } from '../../local/aws/lambda.ts';
import { createAppKey } from '../../local/github/app-key.ts';
import type { GitHub } from '../../local/github/types.ts';
import { PRIVATE_KEY_SECRET_ID, WEBHOOK_SECRET_ID } from '../../local/server/stand-ins.ts';
import { type Fixture, loadFixture, loadWorld } from '../harness/deliver.ts';
import { startDeployment } from '../harness/deployment.ts';

export type Shape = 'inline' | 'queued';
type SecretName = keyof typeof SECRET_IDS;

const SECRET_IDS = { 'webhook-secret': WEBHOOK_SECRET_ID, 'private-key': PRIVATE_KEY_SECRET_ID } as const;

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
  readonly dynamodbUrl: string;
  /** The App's settings. */
  readonly settings: { webhookSecret: string };
  /** `aws secretsmanager put-secret-value`. */
  put(name: SecretName, value: string, options?: PutOptions): Promise<void>;
  /** New processes of webhook and worker, which know nothing yet. */
  coldStart(env?: Readonly<Record<string, string>>): Promise<void>;
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

/** The processes that take what comes. */
interface Functions {
  readonly webhook: LambdaFunction;
  /** Only queued. */
  readonly worker?: LambdaFunction;
  readonly polling?: EventSource;
}

/** Both secrets are empty at first. */
export async function deploy(shape: Shape, { privateKey = createAppKey() } = {}): Promise<Deployment> {
  const queued = shape === 'queued';
  const world = loadWorld();
  await using started = new AsyncDisposableStack();
  const deployed = started.adopt(
    await startDeployment({
      world: {
        ...world,
        installations: world.installations?.map((each) => ({ ...each, repositories: 'all' })) ?? [],
      },
      appKey: privateKey,
      webhookSecret: 'nothing is signed with this one',
      queued,
      secretsFilled: false,
      timeoutMs: 20_000,
    }),
    (each) => each.close(),
  );
  const { github, secretsManager, dynamodbUrl } = deployed;
  const secrets = new SecretsManagerClient({ ...LOCAL_AWS, endpoint: secretsManager.url });
  const dynamodb = new DynamoDBClient({ ...LOCAL_AWS, endpoint: dynamodbUrl });
  started.defer(() => [secrets, dynamodb].forEach((client) => client.destroy()));
  const lines = () => deployed.lines.map(parseJson).filter(isObject);

  const startFunctions = async (env = {}): Promise<Functions> => {
    const webhook = await deployed.start('webhook', { env });
    if (!queued) return { webhook };
    const worker = await deployed.start('worker', { env });
    return { webhook, worker, polling: deployed.poll(worker) };
  };
  /** The first ones start with the first delivery, or at a cold start before that. */
  let functions: Promise<Functions> | undefined;
  const running = started.move();

  /** The end of its handlers, from the worker's lines; at least as many as there were before, and one. */
  const untilHandled = async (id: string, before: number): Promise<void> => {
    const message = `the worker ends ${id}`;
    await expect.poll(() => deliveryLines(id).length, { message }).toBeGreaterThan(before);
  };
  const linesOf = (id: string, message: string) =>
    lines().filter((line) => line['delivery'] === id && line['message'] === message);
  const deliveryLines = (id: string) =>
    linesOf(id, 'delivery').filter(({ outcome, next }) => outcome !== 'queued' && next !== 'again');

  async function send(fixture: Fixture, options: { id: string; secret: string }) {
    const { id } = options;
    const [handled, ended] = [linesOf(id, 'handler').length, deliveryLines(id).length];
    functions ??= startFunctions();
    const { webhook } = await functions;
    const { status, body } = await deployed.deliver(fixture, { ...options, to: webhook });
    const answer = toObject(body);
    if (answer['outcome'] === 'queued') await untilHandled(id, ended);
    const reported = Array.isArray(answer['handlers']) ? answer['handlers'].map(toObject) : [];
    const outcomes = reported.length > 0 ? reported : linesOf(id, 'handler').slice(handled);
    return {
      status,
      outcomes: Object.fromEntries(outcomes.map((each) => [each['name'] ?? each['handler'], toText(each)])),
    };
  }

  const settings = { webhookSecret: 'the first webhook secret' };
  const deployment: Deployment = {
    github,
    dynamodb,
    dynamodbUrl,
    settings,
    lines,
    async put(name, value, { token } = {}) {
      const request = {
        SecretId: SECRET_IDS[name],
        SecretString: value,
        ...(token && { ClientRequestToken: token }),
      };
      await secrets.send(new PutSecretValueCommand(request));
    },
    async coldStart(env = {}) {
      const { webhook, worker, polling } = (await functions) ?? {};
      await polling?.stop();
      await Promise.all([webhook?.close(), worker?.close()]);
      functions = startFunctions(env);
      await functions;
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
      const sweeper = await deployed.start('sweeper');
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
