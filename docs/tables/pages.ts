import { readdirSync } from 'node:fs';

const ROOT = new URL('../../', import.meta.url);

/** The pages that may have places for tables: the README and those of docs/. */
export function listPages(): URL[] {
  const docs = readdirSync(new URL('docs/', ROOT)).filter((name) => name.endsWith('.md'));
  return ['README.md', ...docs.map((name) => `docs/${name}`)].map((path) => new URL(path, ROOT));
}
