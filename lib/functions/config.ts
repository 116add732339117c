/** The environment of the functions, checked whole. Reads no secret: only the names of secrets stand here. */
import { ServiceFault } from '../faults.ts';
import type { LogLevel } from '../log/log.ts';

interface CommonConfig {
  /** Issuer of the App's JWT: client id (`Iv23…`) or numeric App id. */
  readonly appId: string;
  /** Base URL of GitHub's REST API, without a trailing slash. */
  readonly apiUrl: string;
  /** Host of the API, with its port where it has one: names the App's home in ledger and queue. */
  readonly host: string;
  readonly logLevel: LogLevel;
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

const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/**
 * The environment of the webhook function; `DELIVERY_QUEUE_URL` decides the deployment.
 *
 * @throws ServiceFault `config_invalid`, naming every variable at fault and what is wrong, never a value.
 */
export function loadWebhookConfig(env: Environment): InlineWebhookConfig | QueuedWebhookConfig {
  return load(env, (variables) => {
    const common = readCommon(variables);
    const webhookSecretId = readSecretId(variables, 'WEBHOOK_SECRET_ID', 'the webhook secret');
    const queueUrl = readQueueUrl(variables);
    if (queueUrl === undefined) {
      const privateKeySecretId = readPrivateKeySecretId(variables);
      return {
        kind: 'inline',
        ...common,
        webhookSecretId,
        privateKeySecretId,
        ledgerTable: variables.read('LEDGER_TABLE'),
      };
    }
    if (variables.read('PRIVATE_KEY_SECRET_ID') === webhookSecretId) {
      variables.refuse(
        'PRIVATE_KEY_SECRET_ID',
        'names the webhook secret: with a queue the public function must not be able to read the private key',
      );
    }
    return { kind: 'queued', ...common, webhookSecretId, queueUrl };
  });
}

/** The environment of the worker function. @throws ServiceFault `config_invalid` */
export function loadWorkerConfig(env: Environment): WorkerConfig {
  return load(env, readWorker);
}

/** The environment of the sweeper function. @throws ServiceFault `config_invalid` */
export function loadSweeperConfig(env: Environment): SweeperConfig {
  return load(env, readWorker);
}

/** Variables by name; what is wrong with them is collected, so that one fault can tell it all. */
interface Variables {
  read(name: string): string | undefined;
  require(name: string, what: string): string;
  refuse(name: string, problem: string): void;
}

function load<T extends object>(env: Environment, read: (variables: Variables) => T): T {
  const problems: string[] = [];
  const refuse = (name: string, problem: string): void => {
    problems.push(`${name} ${problem}`);
  };
  const readOne = (name: string): string | undefined => {
    const value = env[name]?.trim();
    if (value === '') refuse(name, 'is blank');
    return value;
  };
  const require = (name: string, what: string): string => {
    const value = readOne(name);
    if (value === undefined) refuse(name, `is missing: ${what}`);
    return value ?? '';
  };
  const config = read({ read: readOne, require, refuse });
  if (problems.length === 0) return Object.freeze(config);
  throw new ServiceFault(
    'config_invalid',
    `The environment is not usable: ${[...new Set(problems)].join('; ')}.`,
  );
}

function readCommon(variables: Variables): CommonConfig {
  const appId = variables.require('GITHUB_APP_ID', "the App's client id or numeric id");
  if (appId !== '' && !isAppId(appId))
    variables.refuse('GITHUB_APP_ID', 'is neither a client id nor a number');
  const apiUrl = (variables.read('GITHUB_API_URL') ?? 'https://api.github.com').replace(/\/+$/, '');
  const problem = findApiUrlProblem(apiUrl);
  if (problem !== undefined) variables.refuse('GITHUB_API_URL', problem);
  const host = problem === undefined ? new URL(apiUrl).host : '';
  return { appId, apiUrl, host, logLevel: readLogLevel(variables) };
}

function readWorker(variables: Variables): WorkerConfig {
  return {
    ...readCommon(variables),
    privateKeySecretId: readPrivateKeySecretId(variables),
    ledgerTable: variables.require('LEDGER_TABLE', 'the DynamoDB table of the ledger'),
    queueUrl: readQueueUrl(variables),
  };
}

function readPrivateKeySecretId(variables: Variables): string {
  return readSecretId(variables, 'PRIVATE_KEY_SECRET_ID', "the App's private key");
}

/** Refuses the secret itself where its name belongs: it would go to AWS as a name, and into its logs. */
function readSecretId(variables: Variables, name: string, what: string): string {
  const id = variables.require(name, `the Secrets Manager id of ${what}`);
  if (id !== '' && !/^[\w/+=.@!:-]{1,2048}$/.test(id))
    variables.refuse(name, 'is not the name or ARN of a secret');
  return id;
}

/** A number that JSON keeps exact, or letters and digits. */
function isAppId(text: string): boolean {
  return /^\d+$/.test(text)
    ? Number(text) > 0 && Number.isSafeInteger(Number(text))
    : /^[A-Za-z][\w.-]*$/.test(text);
}

function readQueueUrl(variables: Variables): string | undefined {
  const url = variables.read('DELIVERY_QUEUE_URL');
  // An ARN parses as a URL, too.
  if (url !== undefined && url !== '' && !(URL.canParse(url) && /^https?:/i.test(url)))
    variables.refuse('DELIVERY_QUEUE_URL', 'is not the URL of a queue');
  return url;
}

function readLogLevel(variables: Variables): LogLevel {
  const value = (variables.read('LOG_LEVEL') ?? 'info').toLowerCase();
  const level = LOG_LEVELS.find((known) => known === value);
  if (level === undefined) variables.refuse('LOG_LEVEL', `is none of ${LOG_LEVELS.join(', ')}`);
  return level ?? 'info';
}

/** The App's JWT goes to this host: plain HTTP is for stand-ins on loopback only. */
function findApiUrlProblem(text: string): string | undefined {
  if (!URL.canParse(text)) return 'is not a URL';
  const url = new URL(text);
  if (url.username !== '' || url.password !== '' || /[?#]/.test(text)) {
    return 'must be a bare base URL, without credentials, query or fragment';
  }
  const loopback = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback)) return 'must begin with https://';
  if (url.hostname === 'github.com' || url.hostname === 'www.github.com') {
    return 'names the web site; the API is https://api.github.com';
  }
  return undefined;
}
