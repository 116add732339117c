/** The webhook function built with a handler table of one's own, in a folder and a process of its own. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildTestFunctions } from './build.ts';
import type { LambdaResult } from '../../lib/webhook/answer.ts';
import { createAppKey } from '../../local/github/app-key.ts';
import { createGitHub } from '../../local/github/server.ts';
import type { GitHub } from '../../local/github/types.ts';
import { startLambda } from '../../local/aws/lambda.ts';
import { createSecretsManager, type SecretsManager } from '../../local/aws/secrets-manager.ts';
import { loadWorld, sign } from './deliver.ts';
import { toEvent } from './lambda-event.ts';

const WEBHOOK_SECRET = 'the webhook secret of the built app';

export interface BuiltApp {
  readonly github: GitHub;
  readonly secretsManager: SecretsManager;
  readonly webhookSecret: string;
  readonly privateKeyPem: string;
  readonly lines: readonly string[];
  readonly exited: Promise<number | null>;
  send(event: string, payload: object): Promise<LambdaResult>;
  close(): Promise<void>;
}

interface BuiltAppOptions {
  /** Path of the handler table. */
  readonly handlers: string;
  readonly timeoutMs?: number;
  /** More environment, or other values. */
  readonly env?: Readonly<Record<string, string>>;
  /** Names of variables to leave out. */
  readonly without?: readonly string[];
}

export async function startBuiltApp({
  handlers,
  timeoutMs = 10_000,
  env = {},
  without = [],
}: BuiltAppOptions): Promise<BuiltApp> {
  const { privateKeyPem, publicKey } = createAppKey();
  await using started = new AsyncDisposableStack();
  const outdir = started.adopt(await mkdtemp(join(tmpdir(), 'hookmint-')), (folder) =>
    rm(folder, { recursive: true }),
  );
  await buildTestFunctions({ handlers, outdir });
  const world = loadWorld();
  const app = { ...world.app, publicKeys: [publicKey] };
  const github = started.adopt(await createGitHub({ ...world, app }), (server) => server.close());
  const secretsManager = started.adopt(await createSecretsManager(), (server) => server.close());
  secretsManager.put('webhook-secret', WEBHOOK_SECRET);
  secretsManager.put('private-key', privateKeyPem);
  const variables = {
    GITHUB_APP_ID: String(app.id),
    GITHUB_API_URL: github.url,
    WEBHOOK_SECRET_ID: 'webhook-secret',
    PRIVATE_KEY_SECRET_ID: 'private-key',
    LOG_LEVEL: 'debug',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    ...env,
  };
  const lambda = started.adopt(
    await startLambda({
      bundle: join(outdir, 'functions/webhook.mjs'),
      timeoutMs,
      env: Object.fromEntries(Object.entries(variables).filter(([name]) => !without.includes(name))),
    }),
    (running) => running.close(),
  );
  const { lines, exited } = lambda;
  const running = started.move();

  return {
    github,
    secretsManager,
    webhookSecret: WEBHOOK_SECRET,
    privateKeyPem,
    lines,
    exited,
    async send(event, payload) {
      const body = JSON.stringify(payload);
      const headers = {
        'Content-Type': 'application/json',
        'X-GitHub-Event': event,
        'X-GitHub-Delivery': randomUUID(),
        'X-Hub-Signature-256': sign(body, WEBHOOK_SECRET),
      };
      const result: unknown = await lambda.invoke(toEvent('function_url', { headers, body }));
      // What the function answers is checked by whoever sent the delivery.
      return result as LambdaResult;
    },
    close: () => running.disposeAsync(),
  };
}
