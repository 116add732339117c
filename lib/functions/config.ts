/** The environment of the functions, checked whole. Reads no secret: only the names of secrets stand here. */
import { ServiceFault } from '../faults.ts';
import { type DeclaredSettings, findSettingProblems } from '../settings/declared.ts';
import type { LogLevel } from '../log/level.ts';
import { type FunctionKind, readVariables, type Values, type VariableName } from './variables.ts';

interface CommonConfig {
  /** Issuer of the App's JWT: client id (`Iv23…`) or numeric App id. */
  readonly appId: string;
  /** Base URL of GitHub's REST API, without a trailing slash. */
  readonly apiUrl: string;
  /** Host of the API, with its port where it has one: names the App's home in ledger and queue. */
  readonly host: string;
  readonly logLevel: LogLevel;
  /** Of a collector of OpenTelemetry; undefined where nobody asked for traces. */
  readonly tracesEndpoint: string | undefined;
  /** Of the headers that it wants. */
  readonly tracesHeadersSecretId: string | undefined;
}

export interface InlineWebhookConfig extends CommonConfig {
  readonly kind: 'inline';
  readonly webhookSecretId: string;
  readonly privateKeySecretId: string;
  /** Without it a copy of a delivery is handled again. */
  readonly ledgerTable: string | undefined;
}

export interface QueuedWebhookConfig extends CommonConfig {
  readonly kind: 'queued';
  readonly webhookSecretId: string;
  readonly queueUrl: string;
}

export interface WorkerConfig extends CommonConfig {
  readonly privateKeySecretId: string;
  readonly ledgerTable: string;
  /** The worker can do without it; the sweeper sends through it what is too large for the webhook. */
  readonly queueUrl: string | undefined;
}

/** Where there is no queue, the sweeper runs handlers itself. */
export type SweeperConfig = WorkerConfig;

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment of the webhook function; `DELIVERY_QUEUE_URL` decides the deployment.
 *
 * @param settings What the handlers declare: needed where the function runs them itself.
 * @throws ServiceFault `config_invalid`, naming every variable at fault and what is wrong, never a value.
 */
export function loadWebhookConfig(
  env: Environment,
  settings: DeclaredSettings = {},
): InlineWebhookConfig | QueuedWebhookConfig {
  return env['DELIVERY_QUEUE_URL'] === undefined
    ? load('webhook inline', { env, settings }, toInlineWebhook)
    : load('webhook queued', { env, settings: {} }, toQueuedWebhook);
}

/** The environment of the worker function. @throws ServiceFault `config_invalid` */
export function loadWorkerConfig(env: Environment, settings: DeclaredSettings = {}): WorkerConfig {
  return load('worker', { env, settings }, toWorker);
}

/** The environment of the sweeper function. @throws ServiceFault `config_invalid` */
export function loadSweeperConfig(env: Environment, settings: DeclaredSettings = {}): SweeperConfig {
  const runsHandlers = env['DELIVERY_QUEUE_URL'] === undefined;
  return load('sweeper', { env, settings: runsHandlers ? settings : {} }, toWorker);
}

interface Given {
  readonly env: Environment;
  readonly settings: DeclaredSettings;
}

function load<T extends object>(
  kind: FunctionKind,
  { env, settings }: Given,
  compose: (values: Values) => T,
): T {
  const { values, problems } = readVariables(kind, env);
  const all = [...problems, ...findConflicts(kind, values), ...findSettingProblems(settings, env)];
  if (all.length === 0) return Object.freeze(compose(values));
  throw new ServiceFault('config_invalid', `The environment is not usable: ${all.join('; ')}.`);
}

function findConflicts(kind: FunctionKind, values: Values): string[] {
  const privateKey = values.get('PRIVATE_KEY_SECRET_ID');
  return kind === 'webhook queued' &&
    privateKey !== undefined &&
    privateKey === values.get('WEBHOOK_SECRET_ID')
    ? [
        'PRIVATE_KEY_SECRET_ID names the webhook secret: with a queue the public function must not be able to read the private key',
      ]
    : [];
}

function toInlineWebhook(values: Values): InlineWebhookConfig {
  return {
    kind: 'inline',
    ...toCommon(values),
    webhookSecretId: take(values, 'WEBHOOK_SECRET_ID'),
    privateKeySecretId: take(values, 'PRIVATE_KEY_SECRET_ID'),
    ledgerTable: values.get('LEDGER_TABLE'),
  };
}

function toQueuedWebhook(values: Values): QueuedWebhookConfig {
  return {
    kind: 'queued',
    ...toCommon(values),
    webhookSecretId: take(values, 'WEBHOOK_SECRET_ID'),
    queueUrl: take(values, 'DELIVERY_QUEUE_URL'),
  };
}

function toWorker(values: Values): WorkerConfig {
  return {
    ...toCommon(values),
    privateKeySecretId: take(values, 'PRIVATE_KEY_SECRET_ID'),
    ledgerTable: take(values, 'LEDGER_TABLE'),
    queueUrl: values.get('DELIVERY_QUEUE_URL'),
  };
}

function toCommon(values: Values): CommonConfig {
  const apiUrl = take(values, 'GITHUB_API_URL').replace(/\/+$/, '');
  return {
    appId: take(values, 'GITHUB_APP_ID'),
    apiUrl,
    host: new URL(apiUrl).host,
    logLevel: toLogLevel(take(values, 'LOG_LEVEL').toLowerCase()),
    tracesEndpoint: values.get('OTEL_EXPORTER_OTLP_ENDPOINT'),
    tracesHeadersSecretId: values.get('OTEL_EXPORTER_OTLP_HEADERS_SECRET_ID'),
  };
}

function toLogLevel(text: string): LogLevel {
  return text === 'debug' || text === 'warn' || text === 'error' ? text : 'info';
}

/** What the table of variables says a function needs is there: its absence was a problem before. */
function take(values: Values, name: VariableName): string {
  const value = values.get(name);
  if (value === undefined) throw new Error(`${name} is needed here, but not by the table of variables`);
  return value;
}
