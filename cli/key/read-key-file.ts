/** The file that GitHub gives with a new private key. */
import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parsePrivateKeys } from '../../lib/secrets/private-key.ts';
import { CommandError } from '../command-error.ts';
import type { CommandIo } from '../io/io.ts';

/** @throws CommandError Where it cannot be read, holds no key or more than one; it says what it holds instead. */
export async function readKeyFile(file: string, { folder }: Pick<CommandIo, 'folder'>): Promise<KeyObject> {
  const text = await readFile(resolve(folder, file), 'utf8').catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new CommandError(`${file} cannot be read (${code}).`);
  });
  const [key, ...more] = parseFile(text, file);
  if (key === undefined || more.length > 0)
    throw new CommandError(`${file} holds more than one key: name one that holds the new one alone.`);
  return key;
}

function parseFile(text: string, file: string): readonly KeyObject[] {
  try {
    return parsePrivateKeys(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new CommandError(message.replace('The secret that PRIVATE_KEY_SECRET_ID names', file), {
      cause: error,
    });
  }
}
