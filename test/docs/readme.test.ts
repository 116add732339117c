/** The README agrees with the code, and what it shows works. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildTestFunctions } from '../harness/build.ts';

import { loadSweeperConfig, loadWebhookConfig, loadWorkerConfig } from '../../lib/functions/config.ts';
import type { Rejection } from '../../lib/webhook/answer.ts';
import { startApp } from '../harness/deliver.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const README = read('README.md');
const DOCUMENTS = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...list('docs/adr', '.md')];
const MANIFEST: Manifest = JSON.parse(read('package.json'));

/** A new rejection does not compile before it stands here. */
const REJECTIONS: Readonly<Record<Rejection, string>> = {
  method_not_allowed: '405',
  content_type_unsupported: '415',
  signature_missing: '401',
  signature_mismatch: '401',
  headers_missing: '400',
  payload_malformed: '400',
};

/** Columns of the table of variables, in its order. A queue's URL is what makes the webhook queued. */
const FUNCTIONS: readonly {
  readonly name: string;
  readonly load: (env: Environment) => object;
  readonly given?: Environment;
  readonly never?: string;
}[] = [
  { name: 'webhook inline', load: loadWebhookConfig, never: 'DELIVERY_QUEUE_URL' },
  { name: 'webhook queued', load: loadWebhookConfig, given: { DELIVERY_QUEUE_URL: 'https://sqs.test/q' } },
  { name: 'worker', load: loadWorkerConfig },
  { name: 'sweeper', load: loadSweeperConfig },
];

type Environment = Readonly<Record<string, string | undefined>>;

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

describe('tables', () => {
  it.each(FUNCTIONS)('lists which variables the $name needs, and which it reads', (reader) => {
    const { name, load, given = {}, never = '' } = reader;
    const needs = probeConfig(load, given);
    needs.delete(never);
    const column = 1 + FUNCTIONS.findIndex((each) => each.name === name);
    const rows = variables().map((row) => [code(row[0] ?? ''), row[column]] as const);
    expect(new Map(rows.filter(([, need]) => need !== '–'))).toEqual(needs);
  });

  it('lists the defaults of the variables', () => {
    const required = { GITHUB_APP_ID: '1', PRIVATE_KEY_SECRET_ID: 'x', LEDGER_TABLE: 'x' };
    const { apiUrl, logLevel } = loadWorkerConfig(required);
    const rows = variables().map((row) => [code(row[0] ?? ''), code(row.at(-2) ?? '')]);
    expect(rows.filter(([, value]) => value !== '')).toEqual([
      ['GITHUB_API_URL', apiUrl],
      ['LOG_LEVEL', logLevel],
    ]);
  });

  it('lists every reason with the status that it leads to', () => {
    const rows = table('reason', 'status').map(([reason = '', status = '']) => [code(reason), status]);
    expect(Object.fromEntries(rows)).toEqual({ ...REJECTIONS, ...readFaultStatuses() });
  });

  it('lists what a dead letter may give as its reason, beside what became of its handlers', () => {
    const rows = table('reason of a dead letter', 'what to do').map(([reason = '']) => code(reason));
    const own = rows.filter((reason) => /^[a-z]+_[a-z_]+$/.test(reason));
    expect(new Set(own)).toEqual(new Set(readDeadLetterReasons()));
  });

  it('lists the npm scripts', () => {
    const rows = table('script', 'does');
    const named = new Set(rows.flatMap((row) => row.flatMap(names)).map(toScript));
    expect(Object.keys(MANIFEST.scripts).filter((script) => !named.has(script))).toEqual([]);
    const first = rows.map(([script = '']) => toScript(code(script)));
    expect(first.filter((script) => !(script in MANIFEST.scripts))).toEqual([]);
  });
});

describe.each(DOCUMENTS)('%s', (document) => {
  it('links to files that exist', () => {
    const links = [...prose(document).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
    const broken = links
      .filter((link) => !/^https?:/.test(link))
      .filter((link) => !existsSync(join(ROOT, dirname(document), link)));
    expect(broken).toEqual([]);
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

it('has a template of `.env` with every setting that the local commands read', () => {
  const template = [...read('.env.example').matchAll(/^([A-Z_]+)=$/gm)].map(([, name]) => name);
  const settings = [...read('local/server/settings.ts').matchAll(/\bread\('([A-Z_]+)'\)/g)];
  expect(new Set(template)).toEqual(new Set(settings.map(([, name]) => name)));
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
    await buildTestFunctions({ handlers: join(folder, 'index.ts'), outdir: join(folder, 'dist') });
    const app = await startApp({ bundle: join(folder, 'dist', 'functions', 'webhook.mjs') });
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

function toScript(command: string): string {
  return command.replace(/^npm (?:run )?/, '');
}

function variables(): string[][] {
  return table('variable', ...FUNCTIONS.map(({ name }) => name), 'default');
}

/** What a configuration asks the environment for, by name: `yes` where it cannot do without. */
function probeConfig(load: (env: Environment) => object, given: Environment): Map<string, string> {
  const asked = new Set<string>();
  const environment = new Proxy(given, {
    get: (target, name) => {
      asked.add(String(name));
      return target[String(name)];
    },
  });
  try {
    load(environment);
  } catch (error) {
    const missing = [...String(error).matchAll(/([A-Z_]+) is missing/g)].map(([, name = '']) => name);
    const needed = new Set([...missing, ...Object.keys(given)]);
    return new Map([...asked].map((name) => [name, needed.has(name) ? 'yes' : 'no']));
  }
  throw new Error('the configuration takes an empty environment');
}

/** The table in `lib/faults.ts`. With a bad configuration the function does not start, so it has no status to answer. */
function readFaultStatuses(): Record<string, string> {
  const faults = [...read('lib/faults.ts').matchAll(/^ {2}(\w+): ('skipped'|\d{3}),$/gm)];
  const statuses = faults.map(([, fault = '', status = '']) => [
    fault,
    status === "'skipped'" ? '200' : status,
  ]);
  return { ...Object.fromEntries(statuses), config_invalid: '–' };
}

/** Codes that stand beside `kind: 'dead'` in the way of a batch. */
function readDeadLetterReasons(): string[] {
  const verdicts = read('lib/queue/work.ts').match(/.*kind: 'dead', reason.*/g) ?? [];
  return verdicts.flatMap((line) =>
    [...line.matchAll(/'([a-z]+_[a-z_]+)'/g)].map(([, reason = '']) => reason),
  );
}
