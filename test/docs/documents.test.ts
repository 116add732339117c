/**
 * Every document names what is there: files, headings, npm scripts, commands and their options. The changelog also
 * tells of what was there before.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadLocalSettings } from '../../local/server/settings.ts';
import { runIn } from '../cli/run.ts';
import { TUTORIAL_FILES } from './tutorial.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DOCUMENTS = ['README.md', 'CONTRIBUTING.md', ...list('docs'), ...list('docs/adr')];
const MANIFEST: { readonly scripts: Readonly<Record<string, string>> } = JSON.parse(read('package.json'));

/** Folders of the repository, as they stand in front of a path. */
const PATH = /`((?:bench|cli|docs|functions|infra|lib|local|test)\/[\w./-]*)`/g;

const usages = new Map<string, Promise<string | undefined>>();

it.each([...DOCUMENTS, 'CHANGELOG.md'])('%s links to files and headings that exist', (document) => {
  const links = [...toProse(read(document)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  const broken = links
    .filter((link) => !/^https?:/.test(link))
    .filter((link) => {
      const [file = '', heading] = link.split('#');
      const path = file === '' ? document : join(dirname(document), file);
      if (!existsSync(join(ROOT, path))) return true;
      return heading !== undefined && !toAnchors(read(path)).includes(heading);
    });
  expect(broken).toEqual([]);
});

describe.each(DOCUMENTS)('%s', (document) => {
  const text = read(document);

  it('names paths that exist', () => {
    const named = [...toProse(text).matchAll(PATH)].map(([, path = '']) => path);
    const unknown = named.filter((path) => !TUTORIAL_FILES.includes(path));
    expect(unknown.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('names npm scripts that exist', () => {
    const named = [...text.matchAll(/\bnpm (?:run (?:-s )?([\w:]+)|(start|test)\b)/g)];
    const scripts = named.map(([, run, own]) => run ?? own ?? '');
    expect(scripts.filter((name) => !(name in MANIFEST.scripts))).toEqual([]);
  });

  it('names commands that exist, with options that they have', async () => {
    const wrong = [];
    for (const { name, options } of findCommands(text)) {
      const usage = await readUsage(name);
      if (usage === undefined) wrong.push(name);
      else wrong.push(...options.filter((option) => !usage.includes(option)));
    }
    expect(wrong).toEqual([]);
  });
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

it('follows a delivery through files that exist', () => {
  const [, way = ''] = /^```\n([\s\S]*?)^```$/m.exec(read('docs/architecture.md')) ?? [];
  const files = [...way.matchAll(/^ *([\w-]+\/[\w-]+\.ts) /gm)].map(([, file = '']) => `lib/${file}`);
  expect(files.length).toBeGreaterThan(20);
  expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
});

it('explains every npm script to contributors', () => {
  const rows = [...read('CONTRIBUTING.md').matchAll(/^\| `npm .*$/gm)].join('\n');
  const named = [...rows.matchAll(/`npm (?:run )?([\w:]+)`/g)].map(([, name = '']) => name);
  expect(Object.keys(MANIFEST.scripts).filter((script) => !named.includes(script))).toEqual([]);
});

it('leads from the README to every page', () => {
  const pages = list('docs').filter((page) => !read('README.md').includes(`(${page}`));
  expect(pages).toEqual([]);
});

it('leads to every decision', () => {
  const index = read('docs/adr/README.md');
  const decisions = readdirSync(join(ROOT, 'docs/adr')).filter((file) => /^\d{4}-/.test(file));
  expect(decisions.filter((file) => !index.includes(`(${file})`))).toEqual([]);
});

it('has a README that is read at one sitting', () => {
  expect(read('README.md').split('\n').length).toBeLessThanOrEqual(171);
});

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

function list(folder: string): string[] {
  return readdirSync(join(ROOT, folder))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `${folder}/${file}`);
}

/** A document without its code, where brackets mean something else. */
function toProse(text: string): string {
  return text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, '');
}

/** `npx hookmint NAME …`, and what begins with `hookmint NAME` in backticks. */
function findCommands(text: string) {
  return [...text.matchAll(/(?:npx |`)hookmint ((?:(?:rotate|key) )?[a-z][a-z-]*)([^`\n#]*)/g)].map(
    ([, name = '', rest = '']) => ({
      name,
      options: rest.match(/--[\w-]+/g) ?? [],
    }),
  );
}

/** What `--help` of a command prints; undefined where there is no such command. */
function readUsage(command: string): Promise<string | undefined> {
  const known = usages.get(command);
  if (known !== undefined) return known;
  const usage = runIn(ROOT, [...command.split(' '), '--help']).then(({ stdout }) =>
    stdout.startsWith(`Usage: hookmint ${command}`) ? stdout : undefined,
  );
  usages.set(command, usage);
  return usage;
}

/** As GitHub makes them of headings. */
function toAnchors(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
}

it('the package holds every file that the README links to, so that it can be read in node_modules', () => {
  const { files }: { files: string[] } = JSON.parse(read('package.json'));
  const held = [...files, 'README.md', 'LICENSE', 'package.json'];
  const isHeld = (file: string): boolean =>
    held.some((each) =>
      (each === 'docs/*.md' ? /^docs\/[^/]+\.md$/ : new RegExp(`^${each}(?:$|/)`)).test(file),
    );
  const links = [...toProse(read('README.md')).matchAll(/\]\(([^)\s#]+)[^)]*\)/g)].map(
    ([, link = '']) => link,
  );
  const local = links.filter((link) => !/^https?:/.test(link));
  expect(local).toContain('docs/operations.md');
  expect(local.filter((link) => !isHeld(link))).toEqual([]);
});
