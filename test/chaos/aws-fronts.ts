/** SQS, DynamoDB and Secrets Manager, as the campaign has them: the stand-ins, with the faults of the plan in front. */
import type { HttpOutcome, HttpReply, HttpRequest, HttpServer } from '../../local/http/server.ts';
import { type JsonObject, parseJson, readText, toObject } from '../../lib/json/json.ts';
import type { AwsClocks, AwsService } from './aws-clocks.ts';
import type { Counts } from './counts.ts';
import type { PlannedDelivery } from './plan.ts';
import { type Forward, openProxy } from './proxy.ts';
import type { Stage } from './stage.ts';

interface FrontsDeps {
  readonly planOf: ReadonlyMap<string, PlannedDelivery>;
  readonly counts: Counts;
  readonly clocks: AwsClocks;
}

interface Deps extends FrontsDeps {
  /** Where the stand-in is. */
  readonly url: string;
}

export interface AwsFronts {
  readonly queue: QueueFront;
  /** What tells a function of them. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export interface QueueFront extends Omit<HttpServer, 'end'> {
  /** Takes no message of this delivery until it is opened. */
  shut(guid: string): void;
  open(guid: string): void;
}

/**
 * A matter of this harness alone: the worker puts a failed message off for ten seconds, then for up to
 * an hour, so that twelve attempts take hours. Here a message comes back after a second, and at once where
 * it has failed so often that it would wait longer than for any lease.
 */
const SHORTEST_BACKOFF_SECONDS = 20;
const LONGEST_WAIT_SECONDS = 1;

/** Of the SDK, for one call. */
const SDK_TRIES = 3;

function shorten(seconds: number): number {
  return seconds >= SHORTEST_BACKOFF_SECONDS ? 0 : Math.min(seconds, LONGEST_WAIT_SECONDS);
}

export async function openAwsFronts(
  { sqs, dynamodbUrl, secretsManager }: Pick<Stage, 'sqs' | 'dynamodbUrl' | 'secretsManager'>,
  deps: FrontsDeps,
): Promise<AwsFronts> {
  await using opened = new AsyncDisposableStack();
  const close = (front: Pick<HttpServer, 'close'>): Promise<void> => front.close();
  const queue = opened.adopt(await openQueueFront({ ...deps, url: sqs.url }, sqs.queueUrl), close);
  const ledger = opened.adopt(await openLedgerFront({ ...deps, url: dynamodbUrl }), close);
  const secrets = opened.adopt(await openSecretsFront({ ...deps, url: secretsManager.url }), close);
  const fronts = opened.move();
  return {
    queue,
    env: {
      AWS_ENDPOINT_URL_SQS: queue.url,
      AWS_ENDPOINT_URL_DYNAMODB: ledger.url,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
      DELIVERY_QUEUE_URL: new URL(new URL(sqs.queueUrl).pathname, queue.url).href,
    },
    close: () => fronts.disposeAsync(),
  };
}

/** @param deliveriesUrl Of the queue; what goes to others are dead letters. */
async function openQueueFront(
  { url, planOf, counts, clocks }: Deps,
  deliveriesUrl: string,
): Promise<QueueFront> {
  const shut = new Set<string>();
  const sent = new Set<string>();
  const burials = new Map<string, number>();

  const front = await openFront({ service: 'SQS', url, clocks }, async (request, forward) => {
    const input = toObject(parseJson(request.body));
    switch (operationOf(request)) {
      case 'ChangeMessageVisibility': {
        const VisibilityTimeout = shorten(Number(input['VisibilityTimeout']));
        return forward(withBody(request, { ...input, VisibilityTimeout }));
      }
      case 'GetQueueUrl': {
        const reply = await forward(request);
        return { ...reply, body: reply.body?.replaceAll(new URL(url).host, new URL(front.url).host) ?? '' };
      }
      case 'SendMessage': {
        const plan = planOf.get(guidOf(readText(input, 'MessageBody')) ?? '');
        if (plan === undefined) return forward(request);
        const isDelivery = samePath(readText(input, 'QueueUrl'), deliveriesUrl);
        const sendAfter = (DelaySeconds: number) => forward(withBody(request, { ...input, DelaySeconds }));
        return isDelivery ? send(plan, sendAfter) : bury(plan, () => forward(request));
      }
      default:
        return forward(request);
    }
  });

  async function send(
    { guid, copy, delaySeconds }: PlannedDelivery,
    sendAfter: (seconds: number) => Promise<HttpReply>,
  ): Promise<HttpOutcome> {
    if (shut.has(guid)) {
      counts.add('faults: SQS', 'message refused');
      return UNAVAILABLE;
    }
    const reply = await sendAfter(delaySeconds);
    if (sent.has(guid)) return reply;
    sent.add(guid);
    if (copy === 'message copied') {
      counts.add('copies', copy);
      await sendAfter(2 - delaySeconds);
    }
    if (copy !== 'answer of the queue lost') return reply;
    counts.add('copies', 'sent again after a lost answer');
    return 'reset';
  }

  /** Refused to the last try of the SDK: the message must then go back, and be buried later. */
  async function bury(
    { guid, burial }: PlannedDelivery,
    forward: () => Promise<HttpReply>,
  ): Promise<HttpOutcome> {
    const times = (burials.get(guid) ?? 0) + 1;
    burials.set(guid, times);
    if (burial === 'as it is' || times > SDK_TRIES) return forward();
    counts.add('faults: SQS', 'dead letter refused');
    return UNAVAILABLE;
  }

  return {
    url: front.url,
    close: () => front.close(),
    shut: (guid) => void shut.add(guid),
    open: (guid) => void shut.delete(guid),
  };
}

/** The first claim or settlement of a delivery, as planned. The SDK tries again by itself. */
function openLedgerFront({ url, planOf, counts, clocks }: Deps): Promise<HttpServer> {
  const met = new Set<string>();
  return openFront({ service: 'DynamoDB', url, clocks }, async (request, forward) => {
    const plan = operationOf(request) === 'PutItem' ? planOf.get(ledgerGuid(request)) : undefined;
    if (plan === undefined || plan.ledger === 'as it is' || met.has(plan.guid)) return forward(request);
    if (!plan.ledger.startsWith(kindOf(request))) return forward(request);
    met.add(plan.guid);
    counts.add('faults: DynamoDB', plan.ledger);
    if (plan.ledger.endsWith('refused')) return UNAVAILABLE;
    await forward(request);
    return 'reset';
  });
}

/** Its other faults are ordered of the stand-in itself. */
function openSecretsFront({ url, clocks }: Pick<Deps, 'url' | 'clocks'>): Promise<HttpServer> {
  return openFront({ service: 'Secrets Manager', url, clocks }, (request, forward) => forward(request));
}

interface Front extends Pick<Deps, 'url' | 'clocks'> {
  readonly service: AwsService;
}

/** @param meet What becomes of a request that was signed at a time which its server takes. */
function openFront(
  { service, url, clocks }: Front,
  meet: (request: HttpRequest, forward: Forward) => Promise<HttpOutcome>,
): Promise<HttpServer> {
  return openProxy(url, (request, forward) => clocks.serve(service, request, () => meet(request, forward)));
}

function kindOf({ body }: HttpRequest): 'claim' | 'settle' {
  return body.includes('"state":{"S":"claimed"}') ? 'claim' : 'settle';
}

/** The delivery in a message; undefined where it holds none. */
export function guidOf(messageBody = ''): string | undefined {
  return readText(toObject(toObject(parseJson(messageBody))['delivery']), 'id');
}

const UNAVAILABLE: HttpReply = {
  status: 503,
  headers: { 'content-type': 'application/x-amz-json-1.0' },
  body: JSON.stringify({ __type: 'ServiceUnavailable', message: 'down for a moment' }),
};

/** `AmazonSQS.SendMessage` → `SendMessage`. */
function operationOf({ headers }: HttpRequest): string | undefined {
  return String(headers['x-amz-target'] ?? '')
    .split('.')
    .at(-1);
}

function withBody(request: HttpRequest, input: JsonObject): HttpRequest {
  return { ...request, body: JSON.stringify(input) };
}

function samePath(a = '', b = ''): boolean {
  return URL.canParse(a) && URL.canParse(b) && new URL(a).pathname === new URL(b).pathname;
}

/** Keys end in `#GUID#handler`. */
function ledgerGuid({ body }: HttpRequest): string {
  const item = toObject(toObject(parseJson(body))['Item']);
  const id = readText(toObject(item['id']), 'S') ?? '';
  return id.split('#').at(-2) ?? '';
}
