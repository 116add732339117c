/**
 * What the local commands are told: by the environment and by `.env`, which the environment overrules.
 * Checked whole; says which variable is missing or malformed, and no value but the path of a key's file.
 */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { loadWebhookConfig } from '../../lib/functions/config.ts';
import { ServiceFault } from '../../lib/faults.ts';
import { parsePrivateKeys } from '../../lib/secrets/private-key.ts';

export interface LocalSettings {
  /** 0 for any free one. */
  readonly port: number;
  /** undefined: the one in `.hookmint/webhook-secret`. */
  readonly webhookSecret: string | undefined;
  readonly github: GitHubChoice;
  /** Variables handed on to the function as they are. */
  readonly passedOn: Readonly<Record<string, string>>;
}

/** Which GitHub the function talks to. */
export type GitHubChoice =
  | { readonly kind: 'stand-in' }
  /** Another stand-in on this machine, which `GITHUB_API_URL` alone points to. */
  | { readonly kind: 'other-stand-in'; readonly apiUrl: string }
  | ({ readonly kind: 'real' } & RealApp);

export interface RealApp {
  /** Client id or numeric id. */
  readonly appId: string;
  readonly apiUrl: string;
  readonly privateKeyPem: string;
  /** Where the key was read from. */
  readonly privateKeyFile: string;
}

/** The settings cannot be used; the message lists every problem, a line each. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

export type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_PORT = 3000;
export const DEFAULT_API_URL = 'https://api.github.com';

/** How to reach GitHub from behind a company's proxy, and how much to log. */
const PASSED_ON = [
  'LOG_LEVEL',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'NODE_USE_ENV_PROXY',
  'NODE_USE_SYSTEM_CA',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
];

/** @throws SettingsError */
export async function loadLocalSettings(projectFolder: string, env: Environment): Promise<LocalSettings> {
  const read = await readSettings(projectFolder, env);
  const problems: string[] = [];
  const settings: LocalSettings = {
    port: toPort(read('PORT'), problems),
    webhookSecret: read('GITHUB_WEBHOOK_SECRET'),
    github: await chooseGitHub(projectFolder, read, problems),
    passedOn: Object.fromEntries(
      PASSED_ON.flatMap((name) => {
        const value = read(name);
        return value === undefined ? [] : [[name, value]];
      }),
    ),
  };
  if (problems.length > 0) throw new SettingsError(problems.join('\n'));
  return settings;
}

/** Reads a setting by its name. */
export type ReadSetting = (name: string) => string | undefined;

/** `.env` and the environment, which overrules it. @throws SettingsError Where the file is there and cannot be read. */
export async function readSettings(projectFolder: string, env: Environment): Promise<ReadSetting> {
  return createReader(await readDotEnv(projectFolder), env);
}

/** What others call it, Probot above all, and what it is called here. */
const OTHER_NAMES = {
  APP_ID: 'GITHUB_APP_ID',
  GITHUB_APPID: 'GITHUB_APP_ID',
  GITHUB_CLIENT_ID: 'GITHUB_APP_ID, which takes a client id as well',
  PRIVATE_KEY: 'GITHUB_PRIVATE_KEY_FILE, the path of the .pem file',
  PRIVATE_KEY_PATH: 'GITHUB_PRIVATE_KEY_FILE',
  GITHUB_PRIVATE_KEY: 'GITHUB_PRIVATE_KEY_FILE, the path of the .pem file',
  GITHUB_PRIVATE_KEY_PATH: 'GITHUB_PRIVATE_KEY_FILE',
  WEBHOOK_SECRET: 'GITHUB_WEBHOOK_SECRET',
  GHE_HOST: 'GITHUB_API_URL: https://HOST/api/v3',
};

/** A name that nobody reads would start the stand-ins, where somebody means a real App. */
function refuseOtherNames(dotEnv: Environment): Environment {
  const problems = Object.entries(OTHER_NAMES)
    .filter(([name, ours]) => isGiven(dotEnv[name]) && !isGiven(dotEnv[ours.split(/[,:]/, 1)[0] ?? '']))
    .map(([name, ours]) => `${name} in .env is not read. It is called ${ours}`);
  if (problems.length > 0) throw new SettingsError(problems.join('\n'));
  return dotEnv;
}

function isGiven(value: string | undefined): boolean {
  return value !== undefined && value.trim() !== '';
}

/** A blank variable counts as missing: that is how a copied template looks, and how one is switched off. */
function createReader(dotEnv: Environment, env: Environment): ReadSetting {
  return (name) => {
    const value = env[name] ?? dotEnv[name];
    return value?.trim() === '' ? undefined : value;
  };
}

async function readDotEnv(projectFolder: string): Promise<Environment> {
  try {
    return refuseOtherNames(parseEnv(await readFile(join(projectFolder, '.env'), 'utf8')));
  } catch (error) {
    if (error instanceof SettingsError) throw error;
    if (readCode(error) === 'ENOENT') return {};
    throw new SettingsError(`.env cannot be read (${readCode(error)})`);
  }
}

function toPort(text: string | undefined, problems: string[]): number {
  if (text === undefined) return DEFAULT_PORT;
  if (/^\s*\d{1,5}\s*$/.test(text) && Number(text) <= 65_535) return Number(text);
  problems.push('PORT is not a number from 0 to 65535');
  return DEFAULT_PORT;
}

/** Two variables say that a real App is meant: GITHUB_APP_ID and GITHUB_PRIVATE_KEY_FILE, or either. */
async function chooseGitHub(
  projectFolder: string,
  read: ReadSetting,
  problems: string[],
): Promise<GitHubChoice> {
  const appId = read('GITHUB_APP_ID')?.trim();
  const keyFile = read('GITHUB_PRIVATE_KEY_FILE')?.trim();
  const apiUrl = read('GITHUB_API_URL')?.trim().replace(/\/+$/, '');
  const isReal = appId !== undefined || keyFile !== undefined;
  problems.push(...checkAsFunction(read));
  if (!isReal) {
    return apiUrl !== undefined && isLoopback(apiUrl)
      ? { kind: 'other-stand-in', apiUrl }
      : { kind: 'stand-in' };
  }
  if (appId === undefined) problems.push("GITHUB_APP_ID is missing: the App's client id or numeric id");
  if (read('GITHUB_WEBHOOK_SECRET') === undefined) {
    problems.push('GITHUB_WEBHOOK_SECRET is missing: the webhook secret in the settings of the App');
  }
  return {
    kind: 'real',
    appId: appId ?? '',
    apiUrl: apiUrl ?? DEFAULT_API_URL,
    privateKeyPem: await readPrivateKeyFile(projectFolder, keyFile, problems),
    privateKeyFile: resolve(projectFolder, keyFile ?? ''),
  };
}

/** The function checks its environment by itself: what it would refuse is refused here, before it starts. */
function checkAsFunction(read: ReadSetting): readonly string[] {
  try {
    loadWebhookConfig({
      GITHUB_APP_ID: read('GITHUB_APP_ID') ?? 'named-later',
      GITHUB_API_URL: read('GITHUB_API_URL'),
      WEBHOOK_SECRET_ID: 'local',
      PRIVATE_KEY_SECRET_ID: 'local',
      LOG_LEVEL: read('LOG_LEVEL'),
    });
    return [];
  } catch (error) {
    if (!(error instanceof ServiceFault)) throw error;
    return error.message.replace(/^The environment is not usable: |\.$/g, '').split('; ');
  }
}

/** The text of the file that `GITHUB_PRIVATE_KEY_FILE` names, checked; blank where there is a problem. */
export async function readPrivateKeyFile(
  projectFolder: string,
  file: string | undefined,
  problems: string[],
): Promise<string> {
  const name = 'GITHUB_PRIVATE_KEY_FILE';
  const notTheKey = `${name} takes the path of the .pem file, not the key itself`;
  if (file === undefined) {
    problems.push(`${name} is missing: the path of the .pem file that GitHub gave`);
    return '';
  }
  if (file.includes('BEGIN') || file.includes('\n')) {
    problems.push(notTheKey);
    return '';
  }
  const path = resolve(projectFolder, file);
  try {
    const text = await readFile(path, 'utf8');
    parsePrivateKeys(text);
    return text;
  } catch (error) {
    if (error instanceof ServiceFault) {
      problems.push(
        `${name}: ${error.message.replace('The secret that PRIVATE_KEY_SECRET_ID names', 'the file')}`,
      );
    } else if (LIKE_BASE64.test(file)) problems.push(notTheKey);
    else problems.push(`${name} names a file that cannot be read (${readCode(error)}): ${path}`);
    return '';
  }
}

/** A key as base64, which some set: it may look like a path, and is not to be printed as one. */
const LIKE_BASE64 = /^[\w+/=-]{200,}$/;

function isLoopback(url: string): boolean {
  return URL.canParse(url) && ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname);
}

function readCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
