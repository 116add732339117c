/**
 * The environment variables of the functions: who needs which, what is taken where one is missing, and what
 * its value must be. The table of docs/configuration.md is generated from here.
 */
import { SECRET_ID } from '../settings/declared.ts';

/** In the order of that table. `DELIVERY_QUEUE_URL` is what makes a webhook function a queued one. */
export const FUNCTION_KINDS = ['webhook inline', 'webhook queued', 'worker', 'sweeper', 'rotator'] as const;

/** A function by what it does; the webhook function is another one inline than queued. */
export type FunctionKind = (typeof FUNCTION_KINDS)[number];
export type VariableName = keyof typeof VARIABLES;

interface Variable {
  /** What it is, for whoever left it out. */
  readonly is: string;
  /** `yes`: must be there; `no`: may be; `one`: it, or the other one of that kind. Who is not named never looks at it. */
  readonly needs: Readonly<Partial<Record<FunctionKind, 'yes' | 'no' | 'one'>>>;
  readonly default?: string;
  /** What is wrong with a value, never repeating it. */
  readonly findProblem?: (value: string) => string | undefined;
}

const LOG_LEVELS = ['debug', 'info', 'warn', 'error'];

const BY_ALL = {
  'webhook inline': 'yes',
  'webhook queued': 'yes',
  worker: 'yes',
  sweeper: 'yes',
  rotator: 'yes',
} as const;
const BY_KEY_HOLDERS = { 'webhook inline': 'one', worker: 'one', sweeper: 'one', rotator: 'one' } as const;
/** The four steps of a rotation, some times a year, are told by its log: it sends no traces. */
const FOR_TRACED = { 'webhook inline': 'no', 'webhook queued': 'no', worker: 'no', sweeper: 'no' } as const;
const FOR_ALL = { ...FOR_TRACED, rotator: 'no' } as const;

/** All of them: what each is, who must have it, and what is wrong with a value. */
export const VARIABLES = {
  GITHUB_APP_ID: {
    is: "the App's client id or numeric id",
    needs: BY_ALL,
    findProblem: (value) => (isAppId(value) ? undefined : 'is neither a client id nor a number'),
  },
  GITHUB_API_URL: {
    is: "the base URL of GitHub's REST API",
    needs: FOR_ALL,
    default: 'https://api.github.com',
    findProblem: findApiUrlProblem,
  },
  WEBHOOK_SECRET_ID: {
    is: 'the Secrets Manager id of the webhook secret',
    needs: { 'webhook inline': 'yes', 'webhook queued': 'yes', rotator: 'yes' },
    findProblem: findSecretIdProblem,
  },
  PRIVATE_KEY_SECRET_ID: {
    is: "the Secrets Manager id of the App's private key",
    needs: { ...BY_KEY_HOLDERS, 'webhook queued': 'no' },
    findProblem: findSecretIdProblem,
  },
  PRIVATE_KEY_KMS_KEY_ID: {
    is: "the KMS key that signs in place of the App's private key",
    needs: BY_KEY_HOLDERS,
    findProblem: (value) =>
      /^[\w/:-]{1,2048}$/.test(value) ? undefined : 'is not the id, alias or ARN of a KMS key',
  },
  DELIVERY_QUEUE_URL: {
    is: 'the URL of the SQS queue',
    needs: { 'webhook queued': 'yes', worker: 'no', sweeper: 'no' },
    findProblem: (value) =>
      // An ARN parses as a URL, too.
      URL.canParse(value) && /^https?:/i.test(value) ? undefined : 'is not the URL of a queue',
  },
  LEDGER_TABLE: {
    is: 'the DynamoDB table of the ledger',
    needs: { 'webhook inline': 'no', worker: 'yes', sweeper: 'yes' },
  },
  LOG_LEVEL: {
    is: 'how much is logged',
    needs: FOR_ALL,
    default: 'info',
    findProblem: (value) =>
      LOG_LEVELS.includes(value.toLowerCase()) ? undefined : `is none of ${LOG_LEVELS.join(', ')}`,
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    is: 'the URL of a collector of OpenTelemetry',
    needs: FOR_TRACED,
    findProblem: findCollectorProblem,
  },
  OTEL_EXPORTER_OTLP_HEADERS_SECRET_ID: {
    is: 'the Secrets Manager id of the headers that the collector wants',
    needs: FOR_TRACED,
    findProblem: findSecretIdProblem,
  },
} as const satisfies Readonly<Record<string, Variable>>;

/** Values that passed their checks; those without one have their default. */
export type Values = ReadonlyMap<VariableName, string>;

/** Reads what a function looks at, and collects every problem in place of stopping at the first. */
export function readVariables(
  kind: FunctionKind,
  env: Readonly<Record<string, string | undefined>>,
): { readonly values: Values; readonly problems: readonly string[] } {
  const values = new Map<VariableName, string>();
  const problems: string[] = [];
  for (const name of Object.keys(VARIABLES).filter(isVariableName)) {
    const variable: Variable = VARIABLES[name];
    const need = variable.needs[kind];
    if (need === undefined) continue;
    const given = env[name]?.trim();
    const value = given ?? variable.default;
    const problem =
      given === '' ? 'is blank' : value === undefined ? undefined : variable.findProblem?.(value);
    if (problem !== undefined) problems.push(`${name} ${problem}`);
    else if (value !== undefined) values.set(name, value);
    else if (need === 'yes') problems.push(`${name} is missing: ${variable.is}`);
  }
  return { values, problems };
}

function isVariableName(name: string): name is VariableName {
  return name in VARIABLES;
}

/** A number that JSON keeps exact, or letters and digits. */
function isAppId(text: string): boolean {
  return /^\d+$/.test(text)
    ? Number(text) > 0 && Number.isSafeInteger(Number(text))
    : /^[A-Za-z][\w.-]*$/.test(text);
}

/** Refuses the secret itself where its name belongs: it would go to AWS as a name, and into its logs. */
function findSecretIdProblem(value: string): string | undefined {
  return SECRET_ID.test(value) ? undefined : 'is not the name or ARN of a secret';
}

function findCollectorProblem(value: string): string | undefined {
  if (!URL.canParse(value) || !/^https?:/i.test(value)) return 'is not the URL of a collector';
  const { username, password, search, hash } = new URL(value);
  return [username, password, search, hash].some((part) => part !== '')
    ? 'must be a bare URL, without credentials, query or fragment'
    : undefined;
}

/** The App's JWT goes to this host: plain HTTP is for stand-ins on loopback only. */
function findApiUrlProblem(value: string): string | undefined {
  if (!URL.canParse(value)) return 'is not a URL';
  const url = new URL(value);
  if (url.username !== '' || url.password !== '' || /[?#]/.test(value)) {
    return 'must be a bare base URL, without credentials, query or fragment';
  }
  const loopback = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback)) return 'must begin with https://';
  if (url.hostname === 'github.com' || url.hostname === 'www.github.com') {
    return 'names the web site; the API is https://api.github.com';
  }
  // `ghe.com` serves the API under `api.`: the tenant's own host would answer with its web site.
  if (/^(?!api\.)[^.]+\.ghe\.com$/.test(url.hostname))
    return `names the web site; the API is https://api.${url.hostname}`;
  const path = url.pathname.replace(/\/+$/, '');
  if (!loopback && path !== '' && path !== '/api/v3')
    return 'has a path other than /api/v3, where an Enterprise Server has its API';
  return undefined;
}
