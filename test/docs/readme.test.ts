/** What the documents say of this repository is so, and what the README shows works. Their tables: `tables.test.ts`. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { loadLocalSettings } from '../../local/server/settings.ts';
import { startDeployment } from '../harness/deployment.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const README = read('README.md');
const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...list('docs', '.md'),
  ...list('docs/adr', '.md'),
];
const MANIFEST: Manifest = JSON.parse(read('package.json'));

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

describe('tables', () => {
  it('lists the npm scripts', () => {
    const rows = table('script', 'does');
    const named = new Set(rows.flatMap((row) => row.flatMap(names)).map(toScript));
    expect(Object.keys(MANIFEST.scripts).filter((script) => !named.has(script))).toEqual([]);
    const first = rows.map(([script = '']) => toScript(code(script)));
    expect(first.filter((script) => !(script in MANIFEST.scripts))).toEqual([]);
  });
});

describe.each(DOCUMENTS)('%s', (document) => {
  it('links to files, and to places in them, that exist', () => {
    const links = [...prose(document).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
    expect(links.filter((link) => !/^https?:/.test(link) && !leadsSomewhere(document, link))).toEqual([]);
  });

  it('names only npm scripts that exist', () => {
    const named = [...read(document).matchAll(/\bnpm (?:run (?:-s )?([\w:]+)|(start|test)\b)/g)];
    const unknown = named
      .map(([, run, own]) => run ?? own ?? '')
      .filter((name) => !(name in MANIFEST.scripts));
    expect(unknown).toEqual([]);
  });
});

it('leads to every decision', () => {
  expect(README).toContain('(docs/adr/README.md)');
  const index = read('docs/adr/README.md');
  const decisions = list('docs/adr', '.md').filter((file) => !file.endsWith('/README.md'));
  expect(decisions.filter((file) => !index.includes(`(${basename(file)})`))).toEqual([]);
});

it('has a template of `.env` with every setting of hookmint that the local commands read, and no other', async () => {
  const template = [...read('.env.example').matchAll(/^([A-Z_]+)=$/gm)].map(([, name = '']) => name);
  const asked = new Set<string>();
  const environment = new Proxy<Readonly<Record<string, string>>>(
    {},
    {
      get: (_, name) => {
        asked.add(String(name));
        return undefined;
      },
    },
  );
  await loadLocalSettings(join(ROOT, 'test'), environment);
  expect([...asked]).toEqual(expect.arrayContaining(template));
  const ours = [...asked].filter((name) => /^(?:GITHUB_|PORT$|LOG_LEVEL$)/.test(name));
  expect(template).toEqual(expect.arrayContaining(ours));
});

describe('the handler that it shows', () => {
  const [module = '', line = ''] = blocks('ts');
  const [fixture = ''] = blocks('json');
  let folder: string;

  beforeAll(async () => {
    // Within the project, where `#hookmint` is found, and out of sight for every other tool.
    await mkdir(join(ROOT, '.hookmint'), { recursive: true, mode: 0o700 });
    folder = await mkdtemp(join(ROOT, '.hookmint', 'readme-'));
    const name = /^\/\/ functions\/handlers\/(\S+)/.exec(module)?.[1] ?? '';
    const index = `import { defineHandlers } from 'hookmint';\nexport const handlers = defineHandlers({\n${line}});\n`;
    const project = { extends: '../../tsconfig.json', include: [], files: ['index.ts'] };
    await writeFile(join(folder, name), module);
    await writeFile(join(folder, 'index.ts'), index);
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(project));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('compiles', async () => {
    const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
    const compiled = promisify(execFile)(tsc, ['-p', folder]).catch(({ stdout }: { stdout: string }) => ({
      stdout,
    }));
    expect((await compiled).stdout).toBe('');
  });

  it('handles the fixture that it shows', async () => {
    const app = await startDeployment({ handlers: join(folder, 'index.ts'), ledger: false });
    try {
      const { status, tokens } = await app.deliver(JSON.parse(fixture));
      expect(status).toBe(200);
      expect(tokens.map(({ grant }) => grant.permissions)).toEqual([{ issues: 'write' }]);
      expect(await app.github.seen.labels('octo-org/widgets', 14)).toEqual(['triage']);
    } finally {
      await app.close();
    }
  });
});

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

function list(folder: string, ending: string): string[] {
  return readdirSync(join(ROOT, folder))
    .filter((file) => file.endsWith(ending))
    .map((file) => `${folder}/${file}`);
}

/** The rows of the table whose header begins with these cells. */
function table(...header: readonly string[]): string[][] {
  const lines = README.split('\n');
  const start = lines.findIndex((line) => header.every((cell, index) => cells(line)[index] === cell));
  expect(start, `table ${header.join(' | ')}`).toBeGreaterThan(-1);
  const rest = lines.slice(start + 2);
  return rest
    .slice(
      0,
      rest.findIndex((line) => !line.startsWith('|')),
    )
    .map(cells);
}

function cells(line: string): string[] {
  return line.startsWith('|')
    ? line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim())
    : [];
}

function code(cell: string): string {
  return cell.replaceAll('`', '');
}

/** All that stands in backticks. */
function names(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
}

function blocks(language: string): string[] {
  return [...README.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, found]) => found === language)
    .map(([, , text = '']) => text);
}

/** A document without its code, where brackets mean something else. */
function prose(document: string): string {
  return read(document).replaceAll(/^```[\s\S]*?^```$/gm, '');
}

function leadsSomewhere(document: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? document : join(dirname(document), path);
  if (!existsSync(join(ROOT, target))) return false;
  return anchor === undefined || toAnchors(read(target)).includes(anchor);
}

/** As GitHub makes them of headings. */
function toAnchors(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function toScript(command: string): string {
  return command.replace(/^npm (?:run )?/, '');
}
