/** A delivery as a file of the app's recorded ones: its headers, and its payload with every digit of every number. */
import { link, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Entry } from './journal.ts';
import { formatJson } from './format-json.ts';
import { readPayloadText } from './to-summary.ts';

export class FixtureRefused extends Error {
  override readonly name = 'FixtureRefused';
}

/** What a recorded delivery is sent with anew, or was never GitHub's. */
const LEFT_OUT =
  /^(?:connection|content-length|host|accept-encoding|x-hub-signature(?:-256)?|x-github-delivery|transfer-encoding)$/;

/**
 * @param folder Of the recorded deliveries.
 * @param redact Takes credentials out of text.
 * @returns The file's path.
 * @throws FixtureRefused where the name is none, or taken, or the delivery has no payload.
 */
export async function saveFixture(
  entry: Entry,
  {
    name,
    folder,
    redact,
  }: { readonly name: string; readonly folder: string; readonly redact: (text: string) => string },
): Promise<string> {
  if (!/^[a-z0-9][a-z0-9-]{0,99}$/.test(name) || name === 'world')
    throw new FixtureRefused('A name has lower-case letters, digits and dashes.');
  const payload = readPayloadText(entry);
  if (payload === undefined) throw new FixtureRefused('The delivery has no payload that is a JSON object.');
  const headers = Object.fromEntries(
    Object.entries(entry.request.headers).filter(([header]) => !LEFT_OUT.test(header)),
  );
  const json = `{"headers":${JSON.stringify({ ...headers, 'content-type': 'application/json' })},"body":${redact(payload)}}`;
  const file = join(folder, `${name}.json`);
  await mkdir(folder, { recursive: true });
  // Written elsewhere and then named: whoever watches the folder sees one change, of a file that is whole.
  const beside = await mkdtemp(join(dirname(folder), '.being-saved-'));
  try {
    const whole = join(beside, 'fixture');
    await writeFile(whole, `${formatJson(json)}\n`);
    await link(whole, file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
      throw new FixtureRefused(`${name}.json is there already: choose another name.`);
    throw error;
  } finally {
    await rm(beside, { recursive: true });
  }
  return file;
}
