/** SQS and DynamoDB, as the campaign has them: the stand-ins, with the faults of the plan in front. */
import type { HttpReply, HttpRequest, HttpServer } from '../../local/http-server.ts';
import { type JsonObject, parseJson, textAt, toObject } from '../../local/json.ts';
import type { Counts } from './counts.ts';
import type { PlannedDelivery } from './plan.ts';
import { openProxy } from './proxy.ts';

interface Deps {
  /** Where the stand-in is. */
  readonly url: string;
  readonly planOf: ReadonlyMap<string, PlannedDelivery>;
  readonly counts: Counts;
}

export interface QueueFront extends HttpServer {
  /** Takes no message of this delivery until it is opened. */
  shut(guid: string): void;
  open(guid: string): void;
}

/**
 * A matter of this harness alone: the worker puts a failed message off for ten seconds, then for up to
 * an hour, so that twelve attempts take hours. Here such a message comes back at once, and one that waits
 * for a known time, a lease or a rate limit, after a second.
 */
const SHORTEST_BACKOFF_SECONDS = 10;
const LONGEST_WAIT_SECONDS = 1;

function shorten(seconds: number): number {
  return seconds >= SHORTEST_BACKOFF_SECONDS ? 0 : Math.min(seconds, LONGEST_WAIT_SECONDS);
}

/** @param deliveriesUrl Of the queue; what goes to others are dead letters. */
export async function openQueueFront(
  { url, planOf, counts }: Deps,
  deliveriesUrl: string,
): Promise<QueueFront> {
  const closed = new Set<string>();
  const met = new Set<string>();
  const front = await openProxy(url, async (request, forward) => {
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
        const isDeadLetter = !samePath(textAt(input, 'QueueUrl'), deliveriesUrl);
        const plan = planOf.get(guidOf(textAt(input, 'MessageBody')) ?? '');
        if (plan === undefined || isDeadLetter) return forward(request);
        if (closed.has(plan.guid)) {
          counts.add('faults: SQS', 'send refused');
          return UNAVAILABLE;
        }
        const sent = await forward(withBody(request, { ...input, DelaySeconds: plan.delaySeconds }));
        if (met.has(plan.guid)) return sent;
        met.add(plan.guid);
        if (plan.copy === 'message copied') {
          counts.add('copies', 'message copied');
          await forward(withBody(request, { ...input, DelaySeconds: 2 - plan.delaySeconds }));
        }
        if (plan.copy !== 'answer of the queue lost') return sent;
        counts.add('copies', 'sent again after a lost answer');
        return 'reset';
      }
      default:
        return forward(request);
    }
  });
  return {
    url: front.url,
    close: () => front.close(),
    shut: (guid) => void closed.add(guid),
    open: (guid) => void closed.delete(guid),
  };
}

/** The first claim or settlement of a delivery, as planned. The SDK tries again by itself. */
export function openLedgerFront({ url, planOf, counts }: Deps): Promise<HttpServer> {
  const met = new Set<string>();
  return openProxy(url, async (request, forward) => {
    const plan = operationOf(request) === 'PutItem' ? planOf.get(ledgerGuid(request)) : undefined;
    if (plan === undefined || plan.ledger === 'as it is' || met.has(plan.guid)) return forward(request);
    const isClaim = request.body.includes('"state":{"S":"claimed"}');
    if (isClaim !== plan.ledger.startsWith('claim')) return forward(request);
    met.add(plan.guid);
    counts.add('faults: DynamoDB', plan.ledger);
    if (plan.ledger.endsWith('refused')) return UNAVAILABLE;
    await forward(request);
    return 'reset';
  });
}

/** The delivery in a message; undefined where it holds none. */
export function guidOf(messageBody = ''): string | undefined {
  return textAt(toObject(toObject(parseJson(messageBody))['delivery']), 'id');
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
  const id = textAt(toObject(item['id']), 'S') ?? '';
  return id.split('#').at(-2) ?? '';
}
