/** The environment of the functions, checked whole. Reads no secret: only the names of secrets stand here. */
import { ServiceFault } from '../faults.ts';
import { type DeclaredSettings, findSettingProblems } from '../settings/declared.ts';
import type { LogLevel } from '../log/level.ts';
import { type FunctionKind, readVariables, VARIABLES, type Values, type VariableName } from './variables.ts';

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

/** What signs the App's JWT: a private key in Secrets Manager, or a key in KMS that nobody can read. */
export type SigningKey =
  { readonly kind: 'secret'; readonly secretId: string } | { readonly kind: 'kms'; readonly keyId: string };

/** Of the webhook function that runs the handlers itself. */
export interface InlineWebhookConfig extends CommonConfig {
  readonly kind: 'inline';
  readonly webhookSecretId: string;
  readonly signingKey: SigningKey;
  /** Without it a copy of a delivery is handled again. */
  readonly ledgerTable: string | undefined;
}

/** Of the webhook function that hands deliveries to the queue: it never reads the private key. */
export interface QueuedWebhookConfig extends CommonConfig {
  readonly kind: 'queued';
  readonly webhookSecretId: string;
  readonly queueUrl: string;
}

interface WorkerConfig extends CommonConfig {
  readonly signingKey: SigningKey;
  readonly ledgerTable: string;
  /** The worker can do without it; the sweeper sends through it what is too large for the webhook. */
  readonly queueUrl: string | undefined;
}

interface RotatorConfig extends CommonConfig {
  readonly webhookSecretId: string;
  readonly signingKey: SigningKey;
}

/** Where there is no queue, the sweeper runs handlers itself. */
export type SweeperConfig = WorkerConfig;

/** `process.env`, or what a test has in its place. */
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

/** The environment of the rotator function. @throws ServiceFault `config_invalid` */
export function loadRotatorConfig(env: Environment): RotatorConfig {
  return load('rotator', { env, settings: {} }, toRotator);
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
  const all = [...problems, ...findConflicts(kind, env, values), ...findSettingProblems(settings, env)];
  if (all.length === 0) return Object.freeze(compose(values));
  throw new ServiceFault('config_invalid', `The environment is not usable: ${all.join('; ')}.`);
}

function findConflicts(kind: FunctionKind, env: Environment, values: Values): readonly string[] {
  if (kind !== 'webhook queued') return findKeyConflict(env);
  const privateKey = values.get('PRIVATE_KEY_SECRET_ID');
  return privateKey !== undefined && privateKey === values.get('WEBHOOK_SECRET_ID')
    ? [
        'PRIVATE_KEY_SECRET_ID names the webhook secret: with a queue the public function must not be able to read the private key',
      ]
    : [];
}

/** The App signs with one key: whoever has moved it into KMS must not leave a way to read it. */
function findKeyConflict({
  PRIVATE_KEY_SECRET_ID: secret,
  PRIVATE_KEY_KMS_KEY_ID: key,
}: Environment): readonly string[] {
  if (secret !== undefined && key !== undefined)
    return [
      'PRIVATE_KEY_SECRET_ID and PRIVATE_KEY_KMS_KEY_ID exclude one another: the App signs with one key',
    ];
  if (secret !== undefined || key !== undefined) return [];
  return [
    `PRIVATE_KEY_SECRET_ID is missing: ${VARIABLES.PRIVATE_KEY_SECRET_ID.is}. Or PRIVATE_KEY_KMS_KEY_ID: ${VARIABLES.PRIVATE_KEY_KMS_KEY_ID.is}`,
  ];
}

function toInlineWebhook(values: Values): InlineWebhookConfig {
  return {
    kind: 'inline',
    ...toCommon(values),
    webhookSecretId: take(values, 'WEBHOOK_SECRET_ID'),
    signingKey: toSigningKey(values),
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
    signingKey: toSigningKey(values),
    ledgerTable: take(values, 'LEDGER_TABLE'),
    queueUrl: values.get('DELIVERY_QUEUE_URL'),
  };
}

function toSigningKey(values: Values): SigningKey {
  const keyId = values.get('PRIVATE_KEY_KMS_KEY_ID');
  return keyId === undefined
    ? { kind: 'secret', secretId: take(values, 'PRIVATE_KEY_SECRET_ID') }
    : { kind: 'kms', keyId };
}

function toRotator(values: Values): RotatorConfig {
  return {
    ...toCommon(values),
    webhookSecretId: take(values, 'WEBHOOK_SECRET_ID'),
    signingKey: toSigningKey(values),
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
