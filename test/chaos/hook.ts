/**
 * The other side of GitHub: delivers to the webhook function, keeps the log of what came of it, and
 * delivers again what the sweep asks for.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { StoredDelivery } from '../../local/github/delivery-log.ts';
import type { GitHub } from '../../local/github/types.ts';
import { parseJson, readText, toObject } from '../../lib/json/json.ts';
import type { LambdaFunction } from '../../local/aws/lambda.ts';
import { signBody } from '../../local/fixtures/sign.ts';
import { MAX_BODY_BYTES } from '../../local/aws/function-url.ts';
import { toEvent } from '../../local/aws/lambda-event.ts';
import type { QueueFront } from './aws-fronts.ts';
import type { Counts } from './counts.ts';
import { createFiller } from './filler.ts';
import { MARKER, type Reader } from './lines.ts';
import { OWNER, type Plan, type PlannedDelivery } from './plan.ts';

export interface Hook {
  /** Delivers everything, some of it side by side. */
  deliverAll(plan: Plan): Promise<void>;
  /** Deliveries that were sent so far. */
  sent(): number;
}

interface Deps {
  readonly github: GitHub;
  readonly appId: number;
  readonly secret: string;
  readonly queue: QueueFront;
  readonly counts: Counts;
  readonly reader: Reader;
  /** A new process of the webhook function, at whose start Secrets Manager refuses so often. */
  readonly startWebhook: (refusals?: number) => Promise<LambdaFunction>;
}

const SIDE_BY_SIDE = 4;

/** All entries are dated back so far: the sweep waits two minutes before it asks for what failed, by its own clock. */
const DATED_BACK_MS = 12 * 60_000;

export async function openHook(deps: Deps): Promise<Hook> {
  const { github, queue, counts, reader } = deps;
  let webhook = Promise.resolve(await deps.startWebhook());
  let sent = 0;

  github.deliveries.onRedeliver(async ({ guid, request }) => {
    counts.add('sweep', 'delivered again');
    const answer = await post(guid, request);
    // A second failure would be asked for in ten minutes: so long no campaign waits.
    return answer.statusCode < 300 ? answer : post(guid, request);
  });

  async function post(guid: string, { headers, payload }: StoredDelivery['request']) {
    const body = JSON.stringify(payload);
    if (body.length > MAX_BODY_BYTES) {
      counts.add('answers', '413');
      return { guid, statusCode: 413, response: { payload: 'Request Entity Too Large' } };
    }
    const signed = { ...headers, 'X-Hub-Signature-256': signBody(body, deps.secret) };
    const event = toEvent('function_url', { headers: signed, body });
    // Where the function ends as a whole, the front door answers 502.
    const result = toObject(await (await webhook).invoke(event).catch(() => undefined));
    const statusCode = typeof result['statusCode'] === 'number' ? result['statusCode'] : 502;
    const text = readText(result, 'body') ?? '';
    reader.answer(text);
    const reason = readText(toObject(parseJson(text)), 'reason');
    counts.add('answers', reason === undefined ? String(statusCode) : `${statusCode} ${reason}`);
    return { guid, statusCode, response: { payload: text } };
  }

  async function deliver(plan: PlannedDelivery): Promise<void> {
    const request = toRequest(plan, deps.appId);
    const entry = { guid: plan.guid, event: 'issues', action: plan.action, request };
    const deliveredAt = new Date(Date.now() - DATED_BACK_MS);
    if (plan.fillerBytes > 0) counts.add('payloads', plan.door);
    if (plan.door === 'queue down') queue.shut(plan.guid);
    const { statusCode, response } = await post(plan.guid, request);
    github.deliveries.add({ ...entry, deliveredAt, statusCode, response });
    if (plan.door === 'queue down') queue.open(plan.guid);
  }

  /** Ready to be asked for: what a delivery would meet by chance, none of the sweep's shall meet. */
  async function warmUp(): Promise<void> {
    const payload = { zen: 'Keep it logically awesome.' };
    const headers = {
      'Content-Type': 'application/json',
      'X-GitHub-Event': 'ping',
      'X-GitHub-Delivery': 'warm-up',
    };
    while ((await post('warm-up', { headers, payload })).statusCode >= 300) await sleep(500);
  }

  return {
    sent: () => sent,
    async deliverAll({ deliveries, coldStarts }) {
      const waiting = [...deliveries.entries()];
      const deliverNext = async (): Promise<void> => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          const [index, plan] = next;
          const refusals = coldStarts.get(index);
          if (refusals !== undefined) webhook = deps.startWebhook(refusals);
          const copies = plan.copy === 'posted twice' ? [plan, plan] : [plan];
          if (copies.length > 1) counts.add('copies', 'posted twice');
          await Promise.all(copies.map(deliver));
          sent += 1;
        }
      };
      await Promise.all(Array.from({ length: SIDE_BY_SIDE }, deliverNext));
      await warmUp();
    },
  };
}

function toRequest(plan: PlannedDelivery, appId: number): StoredDelivery['request'] {
  const { action, failures, repository, installationId } = plan;
  return {
    headers: {
      'Content-Type': 'application/json',
      'X-GitHub-Event': 'issues',
      'X-GitHub-Delivery': plan.guid,
      'X-GitHub-Hook-ID': '458',
      'X-GitHub-Hook-Installation-Target-Type': 'integration',
      'X-GitHub-Hook-Installation-Target-ID': String(appId),
    },
    payload: {
      action,
      issue: { number: failures, title: MARKER, body: MARKER },
      repository: { ...repository, full_name: `${OWNER}/${repository.name}`, owner: { login: OWNER } },
      installation: { id: installationId },
      ...(plan.fillerBytes > 0 && { filler: createFiller(plan) }),
    },
  };
}
