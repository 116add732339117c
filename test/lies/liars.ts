/**
 * A queued deployment in which every answer to a function comes through somebody who may lie. Each row of the table has a
 * delivery, a repository and an installation of its own, by which its calls are known.
 */
import type { HttpReply, HttpRequest } from '../../local/http/server.ts';
import { LOCAL_AWS } from '../../local/aws/dynamodb.ts';
import { readCredential, sha256 } from '../../local/github/credentials.ts';
import type { LambdaFunction } from '../../local/aws/lambda.ts';
import { encodeMessage } from '../../lib/queue/message.ts';
import { parseJson, readText, toObject } from '../../lib/json/json.ts';
import { openProxy } from '../chaos/proxy.ts';
import { type Deployment, startDeployment } from '../harness/deployment.ts';
import type { Lie } from './lies.ts';

/** The calls of one delivery's way, and of the sweep's. */
export type Call =
  | 'mint'
  | 'look-up'
  | 'comment'
  | 'detail'
  | 'list'
  | 'ask'
  | 'claim'
  | 'settle'
  | 'read'
  | 'position'
  | 'send'
  | 'secret';

export interface Way {
  readonly guid: string;
  readonly logId: string;
  readonly installationId: number;
  readonly repository: { readonly id: number; readonly name: string };
}

export interface Liars {
  readonly scene: Deployment;
  /** Environment of a function that hears them. */
  readonly env: Readonly<Record<string, string>>;
  wayOf(row: number): Way;
  /** From now on the answers to this call of that delivery are lies. */
  lie(way: Way, call: Call, lie: Lie): void;
  stopLying(way: Way): void;
  /** How often the effect took place. */
  effects(way: Way): number;
  /** Tokens that were used for what they are not. */
  readonly misuses: readonly string[];
}

const OWNER = { login: 'octo-org', id: 99 };
const PERMISSIONS = { issues: 'write', contents: 'read', metadata: 'read' };

/** @param rows How many. */
export async function openLiars(rows: number, stack: AsyncDisposableStack): Promise<Liars> {
  const ways = Array.from({ length: rows }, (_, number) => toWay(number));
  const scene = stack.adopt(
    await startDeployment({ handlers: 'test/lies/handlers.ts', world: toWorld(ways), queued: true }),
    (each) => each.close(),
  );
  const lies = new Map<Way, { readonly call: Call; readonly lie: Lie }>();
  const effects = new Map<Way, number>();
  const misuses: string[] = [];

  /** What a function gets of what was answered. */
  async function tell(request: HttpRequest, forward: () => Promise<HttpReply>): Promise<HttpReply> {
    const truth = await forward();
    const call = toCall(request);
    for (const [way, { call: lied, lie }] of lies) {
      if (call === undefined || !isOf(request, call, way)) continue;
      if (call === lied) return lie(truth);
      // A record is read by whoever could not write it.
      if (lied === 'read' && call === 'claim') return CONDITION_FAILED;
    }
    return truth;
  }

  const open = async (url: string): Promise<string> => {
    const front = await openProxy(url, (request, forward) =>
      tell(request, async () => takeEffect(request) ?? forward(request)),
    );
    stack.defer(() => front.close());
    return front.url;
  };

  function takeEffect(request: HttpRequest): HttpReply | undefined {
    const way = ways.find((each) => isOf(request, 'comment', each));
    if (way === undefined || toCall(request) !== 'comment') return undefined;
    effects.set(way, (effects.get(way) ?? 0) + 1);
    const credential = readCredential(request.headers.authorization);
    const digest = credential.kind === 'token' ? sha256(credential.text) : undefined;
    const { grant } = scene.github.tokens.find(({ sha256: known }) => known === digest) ?? {};
    const isMeant =
      grant?.installationId === way.installationId &&
      grant.repositoryIds?.join() === String(way.repository.id) &&
      JSON.stringify(grant.permissions) === '{"issues":"write"}';
    if (!isMeant) misuses.push(way.guid);
    return { status: 201, headers: { 'content-type': 'application/json' }, body: '{"id":1}' };
  }

  const sqs = await open(scene.sqs.url);
  return {
    scene,
    env: {
      GITHUB_API_URL: await open(scene.github.url),
      AWS_ENDPOINT_URL_DYNAMODB: await open(scene.dynamodbUrl),
      AWS_ENDPOINT_URL_SECRETS_MANAGER: await open(scene.secretsManager.url),
      AWS_ENDPOINT_URL_SQS: sqs,
      DELIVERY_QUEUE_URL: new URL(new URL(scene.sqs.queueUrl).pathname, sqs).href,
    },
    wayOf(row) {
      const way = ways[row];
      if (way === undefined) throw new Error('so many rows were not told of');
      return way;
    },
    lie: (way, call, lie) => void lies.set(way, { call, lie }),
    stopLying: (way) => void lies.delete(way),
    effects: (way) => effects.get(way) ?? 0,
    misuses,
  };
}

function toWay(number: number): Way {
  return {
    guid: `3f2a0000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    logId: String(5_000_000 + number),
    installationId: 7_000 + number,
    repository: { id: 9_000 + number, name: `r-${number}` },
  };
}

function toWorld(ways: readonly Way[]) {
  return {
    app: { id: 31_415, clientId: 'Iv23liHookmintLies1', slug: 'hookmint', permissions: PERMISSIONS },
    installations: ways.map(({ installationId, repository }) => ({
      id: installationId,
      account: { ...OWNER, type: 'Organization' as const },
      permissions: PERMISSIONS,
      repositories: [repository.name],
    })),
    repositories: ways.map(({ repository: { id, name } }) => ({ id, full_name: `${OWNER.login}/${name}` })),
  };
}

/** The payload of a way's delivery. @param installed Whether it names its installation. */
export function toPayload({ installationId, repository }: Way, installed = true): object {
  return {
    action: 'opened',
    issue: { number: 1 },
    repository: { ...repository, full_name: `${OWNER.login}/${repository.name}`, owner: OWNER },
    ...(installed && { installation: { id: installationId } }),
  };
}

export function toHeaders({ guid }: Way): Readonly<Record<string, string>> {
  return {
    'Content-Type': 'application/json',
    'X-GitHub-Event': 'issues',
    'X-GitHub-Delivery': guid,
    'X-GitHub-Hook-ID': '458',
  };
}

/** Hands a worker the message of a way's delivery. @returns Whether it goes back. */
export async function hand(
  worker: LambdaFunction,
  { guid, logId }: Way,
  payload: object | 'in the log',
  sqs: Deployment['sqs'],
): Promise<boolean> {
  const envelope = { id: guid, event: 'issues', hookId: '458', targetAppId: null, receivedAt: new Date() };
  const content =
    payload === 'in the log'
      ? ({ kind: 'reference', logId } as const)
      : ({ kind: 'body', format: 'json', body: Buffer.from(JSON.stringify(payload)) } as const);
  const record = {
    messageId: guid,
    receiptHandle: `receipt of ${guid}`,
    body: encodeMessage({ envelope, content, replay: false }),
    attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(Date.now()) },
    eventSource: 'aws:sqs',
    eventSourceARN: sqs.queueArn,
    awsRegion: LOCAL_AWS.region,
  };
  const { batchItemFailures } = toObject(await worker.invoke({ Records: [record] }));
  return Array.isArray(batchItemFailures) && batchItemFailures.length > 0;
}

const CONDITION_FAILED: HttpReply = {
  status: 400,
  headers: { 'content-type': 'application/x-amz-json-1.0' },
  body: '{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"The conditional request failed"}',
};

function toCall({ method, path, headers, body }: HttpRequest): Call | undefined {
  const [, operation] = String(headers['x-amz-target'] ?? '').split('.');
  if (operation === 'PutItem') {
    return body.includes('"state":{"S":"claimed"}') ? 'claim' : 'settle';
  }
  if (operation === 'GetItem') return body.includes('"sweep#') ? 'position' : 'read';
  if (operation === 'SendMessage') return 'send';
  if (operation === 'GetSecretValue') return 'secret';
  if (path.endsWith('/access_tokens')) return 'mint';
  if (path.endsWith('/installation')) return 'look-up';
  if (path.endsWith('/comments')) return 'comment';
  if (path.endsWith('/attempts')) return 'ask';
  if (path.endsWith('/deliveries')) return 'list';
  return path.includes('/deliveries/') && method === 'GET' ? 'detail' : undefined;
}

/** Whether a call is about this delivery. Some are about none: they are every delivery's. */
function isOf({ path, body }: HttpRequest, call: Call, way: Way): boolean {
  switch (call) {
    case 'mint':
      return path.includes(`/${way.installationId}/`);
    case 'look-up':
    case 'comment':
      return path.includes(`/${way.repository.name}/`);
    case 'detail':
    case 'ask':
      return path.includes(`/${way.logId}`);
    case 'claim':
    case 'settle':
    case 'read':
      return body.includes(`#${way.guid}#`);
    case 'send':
      return (
        readText(
          toObject(toObject(parseJson(readText(toObject(parseJson(body)), 'MessageBody') ?? ''))['delivery']),
          'id',
        ) === way.guid
      );
    case 'list':
    case 'position':
    case 'secret':
      return true;
  }
}
