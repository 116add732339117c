/** Keeps a new App on this machine: its key in a file, the rest in `.env`; nobody but their owner can read either. */
import { randomUUID } from 'node:crypto';
import { readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CommandError } from '../command-error.ts';
import { findNamed, type Values, withValues } from './env-file.ts';
import type { RegisteredApp } from './exchange-code.ts';

const NAMES = ['GITHUB_APP_ID', 'GITHUB_PRIVATE_KEY_FILE', 'GITHUB_WEBHOOK_SECRET'] as const;

/** Only its owner may read or write it. */
const MODE = 0o600;

export interface StoredLocally {
  /** Their paths, from the app's folder. */
  readonly env: string;
  readonly keyFile: string;
}

/** The names that `.env` has a value for already. */
export async function findExisting(folder: string): Promise<readonly string[]> {
  return findNamed(await readEnv(folder), NAMES);
}

/**
 * Makes sure, while there is no App yet, that one could be stored.
 *
 * @throws CommandError Where the folder takes no file.
 */
export async function checkFolder(folder: string): Promise<void> {
  const probe = join(folder, `.env.${randomUUID()}`);
  try {
    await readEnv(folder);
    await writeFile(probe, 'probe\n', { mode: MODE, flag: 'wx' });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new CommandError(`No App can be stored in ${folder}: its .env cannot be written (${code}).`);
  } finally {
    await rm(probe, { force: true });
  }
}

/** Where `.env` cannot be written, the file of the key is taken away again. */
export async function storeLocally(
  folder: string,
  app: RegisteredApp,
  /** undefined: that of github.com, which needs no name. */
  apiUrl: string | undefined,
): Promise<StoredLocally> {
  const keyFile = await writeKey(folder, app);
  try {
    await writeEnv(folder, {
      GITHUB_APP_ID: app.clientId,
      GITHUB_PRIVATE_KEY_FILE: keyFile,
      GITHUB_WEBHOOK_SECRET: app.webhookSecret,
      ...(apiUrl !== undefined && { GITHUB_API_URL: apiUrl }),
    });
  } catch (error) {
    await rm(join(folder, keyFile), { force: true });
    throw error;
  }
  return { env: '.env', keyFile };
}

/** An App of the same name may have been here before: its key is not overwritten. */
async function writeKey(folder: string, { slug, id, privateKeyPem }: RegisteredApp): Promise<string> {
  const named = slug.replaceAll(/[^\w-]/g, '-');
  for (const name of [`${named}.private-key.pem`, `${named}-${id}.private-key.pem`]) {
    try {
      await writeFile(join(folder, name), privateKeyPem, { mode: MODE, flag: 'wx' });
      return name;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
  throw new CommandError(`There is a file ${named}-${id}.private-key.pem already.`);
}

/** All of it or nothing: the old file stays until the new one is whole. */
async function writeEnv(folder: string, values: Values): Promise<void> {
  const named = join(folder, '.env');
  const file = await realpath(named).catch(() => named);
  const next = join(dirname(file), `${basename(file)}.${randomUUID()}`);
  try {
    await writeFile(next, withValues(await readEnv(folder), values), { mode: MODE, flag: 'wx', flush: true });
    await rename(next, file);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
}

async function readEnv(folder: string): Promise<string> {
  try {
    return await readFile(join(folder, '.env'), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}
