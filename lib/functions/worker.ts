/** The worker function: takes batches of deliveries from the queue and runs their handlers. */
import { SYSTEM_CLOCK } from '../async/clock.ts';
import { createDynamoDBCall } from '../aws/dynamodb.ts';
import { createLedger } from '../aws/ledger.ts';
import { createQueueReader } from '../aws/queue.ts';
import { createSqsCall } from '../aws/sqs.ts';
import { loadWorkerConfig } from './config.ts';
import { createRouter } from '../dispatch/route.ts';
import { createDeliveryLog } from '../github/delivery-log.ts';
import type { InvocationContext } from '../webhook/intake.ts';
import { createReadBack } from '../queue/read-back.ts';
import { toRecords } from '../queue/records.ts';
import { createWorkOff } from '../queue/work.ts';
import { createFunctionDispatch } from './function-dispatch.ts';
import { createApp } from './github-app.ts';
import { readDeclared } from '../settings/declared.ts';
import { createParts, type FunctionOptions } from './parts.ts';
import { containStrayErrors } from './stray-errors.ts';

/** Where something other than Lambda invokes. */
const DEFAULT_TIME_MS = 30_000;

/** How long a batch may wait for its traces to be sent, and what is kept back for Lambda to take the answer. */
const FLUSH_MS = 1_000;
const LAST_WORD_MS = 200;

/** What Lambda takes for the messages that go back to the queue. */
export interface BatchResult {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/**
 * Makes the worker function of an app.
 *
 * @returns Lambda's entry point: takes SQS's event. What is named in the result goes back to the queue.
 * @throws ServiceFault `config_invalid`, naming every variable at fault, never a value.
 */
export async function createWorkerFunction({
  handlers,
  env,
}: FunctionOptions): Promise<(event: unknown, context?: InvocationContext) => Promise<BatchResult>> {
  const declared = readDeclared(handlers);
  const config = loadWorkerConfig(env, declared);
  const ledgerScope = { host: config.host, appId: config.appId };
  const parts = await createParts(config, env);
  const { log, now, settings, connections, aws, warmUp, tracer } = parts;
  const app = await createApp(config, parts);
  const ledger = createLedger({ table: config.ledgerTable, now, call: createDynamoDBCall(aws) });
  const deliveryLog = createDeliveryLog(app.call);
  containStrayErrors(process, log.guarding({ secrets: () => app.heldTokens() }));

  const workOff = createWorkOff({
    router: createRouter(handlers),
    dispatch: createFunctionDispatch({ app, ledger, ledgerScope }, parts),
    readBack: createReadBack({ deliveryLog, ledger, ledgerScope, clock: SYSTEM_CLOCK }),
    noteIgnored: ledger.noteIgnored,
    ledgerScope,
    queue: createQueueReader({
      queueUrl: config.queueUrl,
      call: createSqsCall(aws),
      clock: SYSTEM_CLOCK,
      log,
    }),
    clock: SYSTEM_CLOCK,
    random: Math.random,
    log,
    tracer,
  });

  warmUp.begin((signal) => app.prepare(signal));
  warmUp.begin((signal) => settings(declared, signal));
  warmUp.begin((signal) => ledger.prepare(signal));
  warmUp.begin((signal) => connections.warm(new URL(config.apiUrl), signal));
  await warmUp.done();

  return async (event, context = {}) => {
    const remainingMs = (): number => context.getRemainingTimeInMillis?.() ?? DEFAULT_TIME_MS;
    const back = await workOff(toRecords(event, now()), remainingMs());
    await tracer?.flush(Math.max(0, Math.min(FLUSH_MS, remainingMs() - LAST_WORD_MS)));
    return { batchItemFailures: back.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}
