/** What a test of a handler is about: the delivery, and the GitHub of the app's own `world.json`. */
import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Fixture, FixtureError, toFixture } from '../../local/fixtures/fixture-forms.ts';
import { readFixture } from '../../local/fixtures/fixtures.ts';

/** The name of a recorded delivery, the path of its file, or what was delivered. */
export type GivenFixture =
  | string
  | {
      /** `issues`, or `issues.opened`. */
      readonly event: string;
      readonly payload: object;
      /** In the place of those that GitHub would send. */
      readonly headers?: Readonly<Record<string, string>>;
    };

const FOLDER = join('functions', 'fixtures');

/**
 * A name is looked up in `functions/fixtures/` of the current folder; what has a slash or ends in `.json` is a path.
 *
 * @throws FixtureError
 */
export async function loadGivenFixture(given: GivenFixture): Promise<Fixture> {
  if (typeof given !== 'string') {
    const headers = { 'X-GitHub-Delivery': randomUUID(), ...given.headers };
    return toFixture('the payload', { ...given, headers });
  }
  const isPath = /[\\/]|\.json$/.test(given);
  if (isPath) return readFixture(resolve(given));
  const names = await listNames();
  if (names.includes(given)) return readFixture(resolve(FOLDER, `${given}.json`));
  const there = names.length === 0 ? 'It has none.' : `There are: ${names.join(', ')}.`;
  throw new FixtureError(`There is no fixture '${given}' in ${resolve(FOLDER)}. ${there}`);
}

async function listNames(): Promise<readonly string[]> {
  const files = await readdir(resolve(FOLDER)).catch(() => []);
  return files
    .filter((file) => file.endsWith('.json') && file !== 'world.json')
    .map((file) => file.slice(0, -'.json'.length))
    .toSorted();
}
