/** The webhook function: takes deliveries from GitHub, and handles or enqueues them. */
import { SYSTEM_CLOCK } from '../async/clock.ts';
import { createDynamoDBCall } from '../aws/dynamodb.ts';
import { createLedger, type TableLedger } from '../aws/ledger.ts';
import { createQueueWriter } from '../aws/queue.ts';
import { createSqsCall } from '../aws/sqs.ts';
import { loadWebhookConfig, type InlineWebhookConfig, type QueuedWebhookConfig } from './config.ts';
import { createRouter } from '../dispatch/route.ts';
import { toAnswerBudgetMs } from '../github/hosts.ts';
import type { Destination } from '../webhook/hand-over.ts';
import { createIntake, type Intake } from '../webhook/intake.ts';
import { traceIntake } from '../webhook/trace-intake.ts';
import { createEnqueue } from '../queue/enqueue.ts';
import { type DeclaredSettings, readDeclared } from '../settings/declared.ts';
import { containStrayErrors } from './stray-errors.ts';
import { createFunctionDispatch } from './function-dispatch.ts';
import { createApp } from './github-app.ts';
import { rehearse } from './rehearsal.ts';
import { createParts, type FunctionOptions, type Parts } from './parts.ts';
import { createWebhookSecrets } from '../secrets/webhook-secrets.ts';

/**
 * Makes the webhook function of an app. Everything is made during init: the environment is checked, and what
 * the first delivery needs is read while Lambda lends the full CPU.
 *
 * @returns Lambda's entry point: takes the event of a function URL, an HTTP or REST API, or a load balancer.
 * @throws ServiceFault `config_invalid`, naming every variable at fault, never a value.
 */
export async function createWebhookFunction({ handlers, env }: FunctionOptions): Promise<Intake> {
  const declared = readDeclared(handlers);
  const config = loadWebhookConfig(env, declared);
  const parts = await createParts(config, env);
  const { log, now, secretCache, warmUp, tracer } = parts;
  const secrets = createWebhookSecrets({ cache: secretCache, secretId: config.webhookSecretId, now, log });
  warmUp.begin((signal) => secrets.live(signal));
  const intake = createIntake({
    secrets,
    router: createRouter(handlers),
    destination:
      config.kind === 'inline' ? await toHandlers(config, declared, parts) : toQueue(config, parts),
    appId: config.appId,
    budgetMs: toAnswerBudgetMs(config.apiUrl),
    clock: SYSTEM_CLOCK,
    log,
  });
  if (config.kind === 'inline') {
    const withLedger = config.ledgerTable !== undefined;
    // By then all that is to be asked of the network has been asked.
    warmUp.begin((signal) => secrets.live(signal).then(() => rehearse({ withLedger })));
  }
  await warmUp.done();
  return traceIntake(intake, tracer);
}

async function toHandlers(
  config: InlineWebhookConfig,
  declared: DeclaredSettings,
  parts: Parts,
): Promise<Destination> {
  const { log, settings, connections, warmUp } = parts;
  const app = await createApp(config, parts);
  warmUp.begin((signal) => connections.warm(new URL(config.apiUrl), signal));
  warmUp.begin((signal) => app.prepare(signal));
  warmUp.begin((signal) => settings(declared, signal));
  const ledger = openLedger(config.ledgerTable, parts);
  if (ledger !== undefined) warmUp.begin((signal) => ledger.prepare(signal));
  containStrayErrors(process, log.guarding({ secrets: () => app.heldTokens() }));
  return {
    kind: 'handlers',
    dispatch: createFunctionDispatch({ app, ledger, ledgerScope: config }, parts),
  };
}

function openLedger(table: string | undefined, { now, aws }: Parts): TableLedger | undefined {
  return table === undefined ? undefined : createLedger({ table, now, call: createDynamoDBCall(aws) });
}

function toQueue({ queueUrl, host }: QueuedWebhookConfig, parts: Parts): Destination {
  const { log, aws, warmUp, tracer } = parts;
  containStrayErrors(process, log);
  warmUp.begin((signal) => aws.connections.warm(new URL(queueUrl), signal));
  const queue = createQueueWriter({ queueUrl, call: createSqsCall(aws), tracer });
  return { kind: 'queue', enqueue: createEnqueue(queue, host) };
}
