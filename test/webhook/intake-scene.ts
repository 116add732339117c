/** An intake put together from parts that a test chooses, and a way to send it signed deliveries. No network. */
import type { Clock } from '../../lib/async/clock.ts';
import { defineHandler, type Handler, type HandlerTable } from '../../lib/dispatch/define-handler.ts';
import { createDispatch, type Dispatch } from '../../lib/dispatch/dispatch.ts';
import type { Ledger } from '../../lib/ledger/ledger.ts';
import { createParking } from '../../lib/dispatch/parking.ts';
import { createRouter } from '../../lib/dispatch/route.ts';
import type { GitHubApp } from '../../lib/github/app.ts';
import { createIntake, type InvocationContext } from '../../lib/webhook/intake.ts';
import { createLog } from '../../lib/log/log.ts';
import type { Enqueue } from '../../lib/queue/enqueue.ts';
import type { LambdaResult } from '../../lib/webhook/answer.ts';
import type { WebhookSecrets } from '../../lib/secrets/webhook-secrets.ts';
import { createManualClock } from '../harness/clock.ts';
import { sign } from '../harness/deliver.ts';
import { type EventShape, type HeaderValues, toEvent } from '../../local/aws/lambda-event.ts';

export const SECRET = 'the secret of this intake';
export const DELIVERY_ID = '72d3162e-cc78-11e3-81ab-4c9367dc0958';

export interface Sent {
  readonly event?: string | undefined;
  readonly body?: string | Buffer;
  /** In place of the usual ones; undefined takes one away. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly shape?: EventShape;
  readonly method?: string;
  readonly secret?: string;
  readonly at?: Date;
  readonly context?: InvocationContext;
}

export interface Scene {
  send(sent?: Sent): Promise<LambdaResult>;
  /** Log lines, parsed. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  /** The same, as written. */
  readonly text: () => string;
  /** How often the secrets were asked for, and asked for anew. */
  readonly reads: { live: number; refreshed: number };
  /** How often a token was asked for. */
  readonly mints: () => number;
}

interface SceneOptions {
  readonly table?: HandlerTable;
  readonly secrets?: WebhookSecrets;
  readonly app?: Pick<GitHubApp, 'authorise'> & Partial<Pick<GitHubApp, 'checkMint'>>;
  readonly ledger?: Ledger | undefined;
  readonly dispatch?: Dispatch;
  /** Makes it an intake with a queue. */
  readonly enqueue?: Enqueue;
  readonly appId?: string;
  readonly budgetMs?: number;
  /** Default: one that stands still. */
  readonly clock?: Clock;
  /** In place of the clock's. */
  readonly now?: () => number;
}

export function setScene({
  table = { issues: module(defineHandler('issues', { permissions: {}, handle() {} })) },
  appId = 'Iv23liHookmint',
  budgetMs = 8_500,
  clock: given = createManualClock(),
  now = () => given.now(),
  ...options
}: SceneOptions = {}): Scene {
  const clock: Clock = { now, after: (ms, callback) => given.after(ms, callback) };
  const written: string[] = [];
  const reads = { live: 0, refreshed: 0 };
  let mints = 0;
  const {
    secrets = {
      live: () => Promise.resolve([SECRET]),
      refreshed: () => Promise.resolve([SECRET]),
      versionOf: () => 'current' as const,
    },
  } = options;
  const app: Partial<GitHubApp> = {
    notice() {},
    checkMint: (installationId, grant) => options.app?.checkMint?.(installationId, grant),
    authorise(grant, occasion) {
      mints += 1;
      if (options.app === undefined) throw new Error('this scene has no App');
      return options.app.authorise(grant, occasion);
    },
  };
  const dispatch = createDispatch({
    app: app as GitHubApp,
    ledger: options.ledger,
    ledgerScope: { host: 'api.github.com', appId },
    parking: createParking(now),
    clock,
  });
  const handle = createIntake({
    secrets: {
      live(signal) {
        reads.live += 1;
        return secrets.live(signal);
      },
      refreshed(signal, atMostEveryMs) {
        reads.refreshed += 1;
        return secrets.refreshed(signal, atMostEveryMs);
      },
      versionOf: (secret) => secrets.versionOf(secret),
    },
    router: createRouter(table),
    destination:
      options.enqueue === undefined
        ? { kind: 'handlers', dispatch: options.dispatch ?? dispatch }
        : { kind: 'queue', enqueue: options.enqueue },
    appId,
    budgetMs,
    clock,
    log: createLog({ level: 'debug', write: (line) => void written.push(line), now }),
  });

  return {
    reads,
    mints: () => mints,
    text: () => written.join('\n'),
    get lines() {
      return written.map((line) => JSON.parse(line));
    },
    send({
      event = 'issues',
      body = '{"action":"opened"}',
      shape = 'function_url',
      secret = SECRET,
      ...sent
    } = {}) {
      const headers = toHeaders({
        'Content-Type': 'application/json',
        'X-GitHub-Event': event,
        'X-GitHub-Delivery': DELIVERY_ID,
        'X-GitHub-Hook-ID': '458',
        'X-Hub-Signature-256': sign(body, secret),
        ...sent.headers,
      });
      const { method = 'POST', at = new Date(now()), context } = sent;
      return handle(toEvent(shape, { headers, body, method, at }), context);
    },
  };
}

function toHeaders(headers: Readonly<Record<string, string | readonly string[] | undefined>>): HeaderValues {
  const present: Record<string, string | readonly string[]> = {};
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) present[name] = value;
  return present;
}

/** What `import()` of a handler's module gives. */
export function module(handler: Handler): () => Promise<{ readonly default: Handler }> {
  return () => Promise.resolve({ default: handler });
}
