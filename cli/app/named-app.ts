/**
 * The App that a command works for, as the environment or `.env` names it. A secret is read when it is asked for, so
 * that no command wants one that it does not use.
 */
import { VARIABLES } from '../../lib/functions/variables.ts';
import {
  DEFAULT_API_URL,
  type ReadSetting,
  readPrivateKeyFile,
  readSettings,
} from '../../local/server/settings.ts';
import { CommandError } from '../command-error.ts';
import { type AppKey, parseAppKeys } from './app-key.ts';
import type { Surroundings } from '../io/surroundings.ts';

export interface NamedApp {
  /** Client id or numeric id. */
  readonly appId: string;
  /** Base URL of GitHub's REST API, without a trailing slash. */
  readonly apiUrl: string;
  /** Where its name comes from, for messages: `.env or the environment`. */
  readonly namedBy: string;
  /** Where its private keys are: in a file on this machine, in a secret of a stage, or in KMS. */
  readonly keyIsIn: 'file' | 'secret' | 'kms';
  /** The one that signs in front. @throws CommandError, ServiceFault Where none is named, or it is not one. */
  keys(): Promise<readonly AppKey[]>;
  /** @throws CommandError Where none is named. */
  webhookSecret(): Promise<string>;
}

/** @throws CommandError That lists what is missing or malformed, never a value. */
export async function loadNamedApp({ folder, env }: Pick<Surroundings, 'folder' | 'env'>): Promise<NamedApp> {
  const read = await readSettings(folder, env);
  const appId = read('GITHUB_APP_ID')?.trim();
  const apiUrl = read('GITHUB_API_URL')?.trim() ?? DEFAULT_API_URL;
  // Nothing of a real App is named: perhaps the stand-ins are meant, and are not running.
  const isNamed = appId !== undefined || read('GITHUB_PRIVATE_KEY_FILE') !== undefined;
  refuse(
    [...findProblem('GITHUB_APP_ID', appId), ...findProblem('GITHUB_API_URL', apiUrl)],
    isNamed ? [] : ['Or run npm start in this folder: while it runs, this command means its stand-ins.'],
  );
  return {
    appId: appId ?? '',
    apiUrl: apiUrl.replace(/\/+$/, ''),
    namedBy: '.env or the environment',
    keyIsIn: 'file',
    keys: async () => parseAppKeys(await readKey(folder, read)),
    async webhookSecret() {
      const secret = read('GITHUB_WEBHOOK_SECRET');
      if (secret === undefined) refuse(['GITHUB_WEBHOOK_SECRET is missing: the webhook secret of the App']);
      return secret ?? '';
    },
  };
}

async function readKey(folder: string, read: ReadSetting): Promise<string> {
  const problems: string[] = [];
  const pem = await readPrivateKeyFile(folder, read('GITHUB_PRIVATE_KEY_FILE')?.trim(), problems);
  refuse(problems);
  return pem;
}

function findProblem(name: 'GITHUB_APP_ID' | 'GITHUB_API_URL', value: string | undefined): readonly string[] {
  if (value === undefined) return [`${name} is missing: ${VARIABLES[name].is}`];
  const problem = VARIABLES[name].findProblem(value);
  return problem === undefined ? [] : [`${name} ${problem}`];
}

/** @param otherwise What else may be done. */
function refuse(problems: readonly string[], otherwise: readonly string[] = []): void {
  if (problems.length === 0) return;
  throw new CommandError(
    [
      'The App cannot be told from .env and the environment:',
      ...problems.map((problem) => `  - ${problem}`),
      'Set what is missing in .env, as .env.example shows.',
      ...otherwise,
    ].join('\n'),
  );
}
