/** The webhook secret of this machine: made once, kept in a file that only its owner can read, never printed. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LOCAL_FOLDER } from './project.ts';

/** Relative to the project's folder. */
export const WEBHOOK_SECRET_FILE = `${LOCAL_FOLDER}/webhook-secret`;

/** The secret that is kept, or a new one: several servers, and clients that read it earlier, share it. */
export async function keepWebhookSecret(projectFolder: string): Promise<string> {
  const file = join(projectFolder, WEBHOOK_SECRET_FILE);
  const secret = (await readWebhookSecret(projectFolder)) ?? randomBytes(32).toString('hex');
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await chmod(dirname(file), 0o700);
  await writeFile(file, secret, { mode: 0o600 });
  await chmod(file, 0o600);
  return secret;
}

/** @returns undefined where none is kept. */
export async function readWebhookSecret(projectFolder: string): Promise<string | undefined> {
  const text = await readFile(join(projectFolder, WEBHOOK_SECRET_FILE), 'utf8').catch(() => '');
  return text.trim() === '' ? undefined : text.trim();
}
