/** The handler, the line, the fixture and the test that the README shows, by the files that they belong to. */
import { readFileSync } from 'node:fs';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

const [HANDLER = '', LINE = '', TEST = ''] = blocks('ts');
const [FIXTURE = ''] = blocks('json');

const HANDLER_FILE = toFile(HANDLER);
const TEST_FILE = toFile(TEST);
const [FIXTURE_FILE = ''] = /functions\/fixtures\/[\w-]+\.json/.exec(README) ?? [];

/** What whoever follows the README writes. */
export const TUTORIAL: Readonly<Record<string, string>> = {
  [HANDLER_FILE]: HANDLER,
  [FIXTURE_FILE]: FIXTURE,
  [TEST_FILE]: TEST,
};

export const TUTORIAL_FILES: readonly string[] = Object.keys(TUTORIAL);

/** The table of handlers of an app, with the README's line. */
export function withTutorialLine(table: string): string {
  const added = table.replace('defineHandlers({\n', (head) => head + LINE);
  if (added === table) throw new Error('The table has no place for the line.');
  return added;
}

function blocks(language: string): string[] {
  return [...README.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, found]) => found === language)
    .map(([, , text = '']) => text);
}

/** A module says in its first line where it stands. */
function toFile(module: string): string {
  return /^\/\/ (\S+)/.exec(module)?.[1] ?? '';
}
