/** What every function is made of. */
import { SYSTEM_CLOCK } from '../async/clock.ts';
import type { CallDeps } from '../aws/call.ts';
import { createSecretReader, createSecretsClient } from '../aws/secrets-manager.ts';
import type { HandlerTable } from '../dispatch/define-handler.ts';
import { createConnections, type Connections } from '../http/connections.ts';
import { createFetch } from '../http/fetch.ts';
import { createLog, type BoundLog } from '../log/log.ts';
import type { LogLevel } from '../log/level.ts';
import type { Tracer } from '../tracing/tracer.ts';
import { createSecretCache, type SecretCache } from '../secrets/secret-cache.ts';
import { createSettingsReader, type ReadSettings } from '../settings/read-settings.ts';
import type { Environment } from './config.ts';
import { loadTracer } from './load-tracer.ts';
import { startWarmUp, type WarmUp } from './warm-up.ts';

/** What an entry point hands to the package. */
export interface FunctionOptions {
  /** The app's table of contents, made by `defineHandlers`. */
  readonly handlers: HandlerTable;
  /** `process.env` in Lambda: the package reads none by itself. */
  readonly env: Environment;
}

/** What all functions are made of. Made once for each process. */
export interface Parts {
  readonly log: BoundLog;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly secretCache: SecretCache;
  /** What handlers are told. */
  readonly settings: ReadSettings;
  /** To GitHub. */
  readonly connections: Connections;
  /** What calls to DynamoDB and SQS are made with. */
  readonly aws: CallDeps & { readonly connections: Connections };
  readonly warmUp: WarmUp;
  /** Absent where nobody asked for traces. */
  readonly tracer: Tracer | undefined;
}

interface PartsConfig {
  readonly logLevel: LogLevel;
  readonly tracesEndpoint: string | undefined;
  readonly tracesHeadersSecretId: string | undefined;
  /** Of a function that verifies: the one secret whose other versions mean something. */
  readonly webhookSecretId?: string;
}

/** What every function is made of: clock, connections, log and clients of AWS, one of each for a process. */
export async function createParts(config: PartsConfig, env: Environment): Promise<Parts> {
  const now = Date.now;
  // Set by Lambda: which of two versions wrote a line, while a release takes over.
  const version = env['AWS_LAMBDA_FUNCTION_VERSION'];
  const log = createLog({
    level: config.logLevel,
    write: (line) => process.stdout.write(`${line}\n`),
    now,
  }).with(version === undefined ? {} : { version });
  const aws = createAws(env);
  const readSecret = createSecretReader(createSecretsClient(aws));
  const rotating = new Set(config.webhookSecretId === undefined ? [] : [config.webhookSecretId]);
  const secretCache = createSecretCache({ readSecret, rotating, clock: SYSTEM_CLOCK, log });
  const connections = createConnections({ now, env });
  const { tracesEndpoint: endpoint, tracesHeadersSecretId: headersSecretId } = config;
  const tracing = { headersSecretId, secretCache, fetch: createFetch(connections), log, env };
  return {
    log,
    now,
    secretCache,
    settings: createSettingsReader({ env, secretCache }),
    connections,
    aws,
    warmUp: startWarmUp(),
    tracer: endpoint === undefined ? undefined : await loadTracer(endpoint, tracing),
  };
}

/** Every call of ours to AWS may be repeated, so its connections are kept until they turn out to be dead. */
function createAws(env: Environment): Parts['aws'] {
  const connections = createConnections({ now: Date.now, env, maxIdleMs: Infinity });
  return {
    env,
    clock: SYSTEM_CLOCK,
    fetch: createFetch(connections),
    closeIdle: () => connections.closeIdle(),
    random: Math.random,
    connections,
  };
}
