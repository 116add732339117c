/** A sweep against the GitHub stand-in and a DynamoDB stand-in, with clock, connection and time in hand. */
import { createPrivateKey, randomUUID } from 'node:crypto';
import { createSweepStore } from '../../lib/aws/sweep-store.ts';
import { SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import { createSender, type ApiRequest, type SendToGitHub } from '../../lib/github/api.ts';
import { createAppCalls } from '../../lib/github/app-calls.ts';
import { createAppJwtSource } from '../../lib/github/app-jwt.ts';
import { createKeySigner } from '../../lib/github/key-signer.ts';
import { createDeliveryLog } from '../../lib/github/delivery-log.ts';
import { createConnections } from '../../lib/http/connections.ts';
import { createFetch, type Fetch } from '../../lib/http/fetch.ts';
import { createLog, type LogFields } from '../../lib/log/log.ts';
import type { PulledDelivery, SweepDeps } from '../../lib/sweep/run.ts';
import type { SweepStore } from '../../lib/sweep/store.ts';
import { createSweep, type SweepOptions, type SweepSummary } from '../../lib/sweep/sweep.ts';
import { createAppKey } from '../../local/github/app-key.ts';
import type { DeliverySpec, StoredDelivery } from '../../local/github/delivery-log.ts';
import { createGitHub } from '../../local/github/server.ts';
import type { GitHub } from '../../local/github/types.ts';
import type { Dynamo } from './dynamodb.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** What `GITHUB_APP_ID` may be. */
const CLIENT_ID = 'Iv23liHookmint';

const { privateKeyPem, publicKey } = createAppKey();
const signers = [createKeySigner(createPrivateKey(privateKeyPem))];

/** The paths of a page of the log, in the order of the calls: `…?per_page=100`, and with `&cursor=…`. */
type Intercept = (method: string, url: URL) => Response | undefined;

export interface Scene {
  readonly github: GitHub;
  /** To the stand-in, before it is asked: an answer in its place. */
  intercept: Intercept;
  /** Changes the text of each of the stand-in's answers. */
  rewrite: (text: string) => string;
  /** Told of each call. */
  onCall: (request: Pick<ApiRequest, 'method' | 'path' | 'secondTryAfterMs'>) => void;
  /** Moves all clocks. */
  advance(ms: number): void;
  readonly logged: readonly LogFields[];
  /** What was pulled, and the answer to the next ones. */
  readonly pulled: PulledDelivery[];
  pullAnswer: 'done' | 'failed' | 'lost';
  readonly store: SweepStore;
  /** Records a delivery in GitHub's log, so many minutes ago. */
  deliver(minutesAgo: number, delivery?: Partial<DeliverySpec>): StoredDelivery;
  run(options?: Partial<SweepOptions>, deps?: Partial<SweepDeps>): Promise<SweepSummary>;
  /** Ids of the redeliveries that GitHub was asked for, in order. */
  asked(): readonly string[];
  /** Log lines with this message. */
  lines(message: string): readonly LogFields[];
  close(): Promise<void>;
}

/** Every scene is another App: the table is shared. */
export async function openScene(dynamo: Dynamo): Promise<Scene> {
  let nowMs = NOW;
  const now = (): number => nowMs;
  const github = await createGitHub({
    app: { id: 4711, clientId: CLIENT_ID, slug: 'hookmint', publicKeys: [publicKey], permissions: {} },
    now,
  });
  const logged: LogFields[] = [];
  const write = (line: string): void => {
    const fields: LogFields = JSON.parse(line);
    logged.push(fields);
  };
  const log = createLog({ level: 'debug', write, now });
  const { table } = dynamo;
  const store = createSweepStore({
    call: dynamo.call,
    table,
    host: 'api.github.com',
    appId: randomUUID(),
    now,
  });

  const throughNode = createFetch(createConnections({ now: Date.now, env: {} }));
  const fetch: Fetch = async (url, init) => {
    const inItsPlace = scene.intercept(init?.method ?? 'GET', new URL(url));
    if (inItsPlace !== undefined) return inItsPlace;
    const answer = await throughNode(url, init);
    const text = scene.rewrite(await answer.text());
    return new Response(text, { status: answer.status, headers: [...answer.headers] });
  };
  const sendAny = createSender(github.url, fetch, SYSTEM_CLOCK);
  const send: SendToGitHub = (request, signal) => {
    scene.onCall(request);
    return sendAny(request, signal);
  };
  const source = { signers: async () => signers, refreshed: async () => signers };
  const call = createAppCalls({ send, jwts: createAppJwtSource(CLIENT_ID, now), signers: source, log });

  const deps: SweepDeps = {
    deliveryLog: createDeliveryLog(call),
    store,
    claims: (event, action) => event === 'push' || (event === 'issues' && action === 'opened'),
    async pull(delivery) {
      scene.pulled.push(delivery);
      return scene.pullAnswer;
    },
    now,
    log,
    pause: async () => undefined,
  };

  const scene: Scene = {
    github,
    store,
    logged,
    intercept: () => undefined,
    rewrite: (text) => text,
    onCall: () => {},
    pulled: [],
    pullAnswer: 'done',
    advance(ms) {
      nowMs += ms;
    },
    deliver: (minutesAgo, delivery) =>
      github.deliveries.add({
        event: 'issues',
        action: 'opened',
        deliveredAt: new Date(nowMs - minutesAgo * MINUTE),
        statusCode: 500,
        ...delivery,
      }),
    run: (options, more) =>
      createSweep({ ...deps, ...more }).run({
        signal: new AbortController().signal,
        remainingMs: () => 60_000,
        ...options,
      }),
    asked: () =>
      github.calls.flatMap(({ method, path, status }) => {
        const id = /\/(\d+)\/attempts$/.exec(path)?.[1];
        return method === 'POST' && status === 202 && id !== undefined ? [id] : [];
      }),
    lines: (message) => logged.filter((line) => line['message'] === message),
    close: () => github.close(),
  };
  return scene;
}
