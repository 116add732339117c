/** `hookmint build`, on tables that are wrong in one way each. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import { runIn } from '../cli/run.ts';
import { PROJECT, TEST_APP } from '../harness/build.ts';
import { createManualClock } from '../harness/clock.ts';

const HOOKMINT = JSON.stringify(join(PROJECT, 'lib/index.ts'));

/** Modules of handlers, by file name. */
const MODULES = {
  'issues.ts': `export default defineHandler('issues', { permissions: {}, handle() {} });`,
  'opened.ts': `export default defineHandler('issues.opened', { permissions: {}, handle() {} });`,
  'push.ts': `export default defineHandler('push', { permissions: {}, handle() {} });`,
  'push-too.ts': `export default defineHandler('push', { permissions: {}, handle() {} });`,
  'all.ts': `export default defineHandler('*', { name: 'all', permissions: {}, handle() {} });`,
  'throws.ts': `throw new Error('no configuration for this module');`,
  'no-default.ts': `export const handler = defineHandler('push', { permissions: {}, handle() {} });`,
  'bare.ts': `export default { permissions: {}, handle() {} };`,
  'syntax.ts': `export default defineHandler('push', {`,
  'endless.ts': `await new Promise(() => {}); export default defineHandler('push', { permissions: {}, handle() {} });`,
  'timer.ts': `setInterval(() => {}, 1_000); export default defineHandler('push', { permissions: {}, handle() {} });`,
  'misspelt.ts': `export default defineHandler('issue.opened', { permissions: {}, handle() {} });`,
  'no-event.ts': `export default defineHandler('deployments.done', { permissions: {}, handle() {} });`,
  'near.ts': `export default defineHandler('push', { permissions: { pull_request: 'read' }, handle() {} });`,
  'level.ts': `export default defineHandler('push', { permissions: { issues: 'wirte' }, handle() {} });`,
  'brand-new.ts': `export default defineHandler('push', { permissions: { quantum_entanglements: 'read' }, handle() {} });`,
  'unlisted.ts': `export default defineHandler(unlisted('issues.entangled'), { permissions: {}, handle() {} });`,
  'several.ts': `export default defineHandler(['issues.opened', 'issues.edited'], { name: 'several', permissions: {}, handle() {} });`,
  'nameless.ts': `export default defineHandler(['issues.opened', 'issues.edited'], { permissions: {}, handle() {} });`,
  'lost-import.ts': `import './nowhere.ts'; export default defineHandler('push', { permissions: {}, handle() {} });`,
  'tells.ts': `export default defineHandler('push', { name: 'tells', permissions: {}, settings: { NOTIFY_URL: 'text' }, handle() {} });`,
  'hides.ts': `export default defineHandler('push', { name: 'hides', permissions: {}, settings: { NOTIFY_URL: 'secret' }, handle() {} });`,
  'lower.ts': `export default defineHandler('push', { permissions: {}, settings: { notifyUrl: 'text' }, handle() {} });`,
} as const;

type Module = keyof typeof MODULES;

/** The app that is built: of one function, since each takes more than half a second of a core. */
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hookmint-build-'));
  for (const [name, text] of Object.entries(MODULES)) {
    await writeFile(join(folder, name), `import { defineHandler, unlisted } from ${HOOKMINT};\n${text}\n`);
  }
  await cp(join(TEST_APP, 'functions/webhook.ts'), join(folder, 'functions/webhook.ts'));
});
afterAll(() => rm(folder, { recursive: true }));

interface Built {
  readonly code: number;
  readonly output: string;
  /** What there is in the output folder. */
  readonly files: readonly string[];
}

let tables = 0;

/** Runs the build on a table of these lines: a key, and the modules under it. */
async function build(
  entries: Readonly<Record<string, readonly Module[]>>,
  { run = runHere }: { run?: Run } = {},
): Promise<Built> {
  const lines = Object.entries(entries).map(
    ([key, modules]) =>
      `${JSON.stringify(key)}: [${modules.map((name) => `() => import('./${name}')`).join(', ')}],`,
  );
  tables += 1;
  const table = join(folder, `table-${tables}.ts`);
  await writeFile(table, `export const handlers = {\n${lines.join('\n')}\n};\n`);
  return buildTable(table, run);
}

async function buildTable(table: string, run: Run = runHere): Promise<Built> {
  const outdir = join(folder, `out-${tables}`);
  await mkdir(outdir, { recursive: true });
  const { code, output } = await run(['build', '--handlers', table, '--outdir', outdir]);
  return { code, output, files: await readdir(outdir, { recursive: true }) };
}

type Run = (args: readonly string[]) => Promise<Pick<Built, 'code' | 'output'>>;

async function runHere(args: readonly string[], clock = SYSTEM_CLOCK): ReturnType<Run> {
  const { code, stdout, stderr } = await runIn(folder, args, { clock });
  return { code, output: stdout + stderr };
}

/** As people do, from the sources: what esbuild prints by itself is there as well, and that the process ends. */
function runProcess(args: readonly string[]): ReturnType<Run> {
  return new Promise((resolve) => {
    const command = [join(PROJECT, 'cli/bin.mjs'), ...args];
    const child = execFile(process.execPath, command, { cwd: folder }, (_, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, output: stdout + stderr });
    });
  });
}

describe('fails, says why, and leaves nothing behind', () => {
  it.each([
    {
      name: 'a setting that is not named as a variable is',
      table: { push: ['lower.ts'] },
      says: ["lower.ts: the setting 'notifyUrl' must be named as an environment variable is: NOTIFY_URL."],
    },
    {
      name: 'a setting that is a text for one handler and a secret for another',
      table: { push: ['tells.ts', 'hides.ts'] },
      says: ['The setting NOTIFY_URL is a text in', 'tells.ts, and a secret in', 'hides.ts.'],
    },
    {
      name: 'a module that throws as it loads',
      table: { push: ['throws.ts'] },
      says: ['throws.ts does not load.', 'no configuration for this module'],
    },
    {
      name: 'a module without a default export',
      table: { push: ['no-default.ts'] },
      says: ['no-default.ts has no default export made by defineHandler(…).'],
    },
    {
      name: 'a default export that is no handler',
      table: { push: ['bare.ts'] },
      says: ['bare.ts has no default export made by defineHandler(…).'],
    },
    {
      name: 'a module of another event',
      table: { push: ['issues.ts'] },
      says: ["issues.ts handles 'issues': under 'push' its event must be 'push' or broader."],
    },
    {
      name: 'a module that is narrower than its key',
      table: { issues: ['opened.ts'] },
      says: ["opened.ts handles 'issues.opened': under 'issues' its event must be 'issues' or broader."],
    },
    {
      name: 'an event that GitHub does not have',
      table: { 'issues.opened': ['misspelt.ts'] },
      says: ["misspelt.ts: 'issue.opened' is no event of GitHub's. Did you mean 'issues.opened'?"],
    },
    {
      name: 'an event that is like none',
      table: { 'deployments.done': ['no-event.ts'] },
      says: ["'deployments.done' is no event of GitHub's. Did you mean 'deployment"],
    },
    {
      name: 'a key that GitHub does not have',
      table: { 'issues.opend': ['opened.ts'] },
      says: [
        "A key of the handler table: 'issues.opend' is no event of GitHub's. Did you mean 'issues.opened'?",
      ],
    },
    {
      name: 'a permission that is nearly one of GitHub’s',
      table: { push: ['near.ts'] },
      says: ["near.ts: 'pull_request' is no permission of GitHub's. Did you mean 'pull_requests'?"],
    },
    {
      name: 'a level that GitHub does not have',
      table: { push: ['level.ts'] },
      says: [
        "level.ts: 'wirte', for 'issues', is no level of GitHub's: those are read, write, admin. Did you mean 'write'?",
      ],
    },
    {
      name: 'several events without a name',
      table: { 'issues.opened': ['nameless.ts'], 'issues.edited': ['nameless.ts'] },
      says: ['nameless.ts handles several events: give it a `name`, the ledger needs one.'],
    },
    {
      name: 'two handlers of one name',
      table: { push: ['push.ts', 'push-too.ts'] },
      says: [
        "Two handlers are named 'push': ",
        "push.ts under 'push' and ",
        "push-too.ts under 'push'. Give one of them a `name`.",
      ],
    },
    {
      name: 'one handler under keys that overlap',
      table: { issues: ['issues.ts'], 'issues.opened': ['issues.ts'] },
      says: [
        "Handler 'issues' would run twice for one delivery, by 'issues' and by 'issues.opened': leave one out.",
      ],
    },
    {
      name: 'one handler under an event and *',
      table: { push: ['all.ts'], '*': ['all.ts'] },
      says: ["Handler 'all' would run twice for one delivery"],
    },
  ] satisfies readonly {
    name: string;
    table: Readonly<Record<string, readonly Module[]>>;
    says: string[];
  }[])('for $name', async ({ table, says }) => {
    const { code, output, files } = await build(table);
    for (const text of says) expect(output).toContain(text);
    expect(code).toBe(1);
    expect(files).toEqual([]);
  });

  it('for a module that does not finish loading within ten seconds', async () => {
    const clock = createManualClock();
    const building = build({ push: ['endless.ts'] }, { run: (args) => runHere(args, clock) });
    await clock.pass(10_000);
    const { code, output, files } = await building;
    expect(output).toContain('does not finish loading: what does it await at its top level?');
    expect({ code, files }).toEqual({ code: 1, files: [] });
  });

  it.each([
    { name: 'a module that is not TypeScript', module: 'syntax.ts', says: 'syntax.ts:3' },
    { name: 'an import that leads nowhere', module: 'lost-import.ts', says: 'nowhere.ts' },
  ] as const)('for $name', async ({ module, says }) => {
    const { code, output, files } = await build({ push: [module] }, { run: runProcess });
    expect(output).toContain(says);
    expect({ code, files }).toEqual({ code: 1, files: [] });
  });

  it('for a table that is not there', async () => {
    const { code, output } = await buildTable(join(folder, 'nowhere/index.ts'));
    expect(code).toBe(1);
    expect(output).toContain('build failed');
  });

  it('for a table without handlers', async () => {
    await writeFile(join(folder, 'empty.ts'), 'export const nothing = {};\n');
    const { code, output } = await buildTable(join(folder, 'empty.ts'));
    expect(code).toBe(1);
    expect(output).toContain('handlers');
  });
});

it('ends although a module leaves a timer running', async () => {
  const { code, output } = await build({ push: ['timer.ts'] }, { run: runProcess });
  expect(output).toContain('1 handler: push');
  expect(code).toBe(0);
});

it('takes a handler under keys that no delivery can match both, and names what it built', async () => {
  const { code, output, files } = await build({
    'issues.opened': ['issues.ts', 'opened.ts'],
    'issues.closed': ['issues.ts'],
    push: ['push.ts'],
  });
  expect(output).toContain('3 handlers: issues, issues.opened, push');
  expect(code).toBe(0);
  expect(files).toContain(join('functions', 'webhook.mjs'));
});

it('takes a handler of several events, under each of them', async () => {
  const { code, output } = await build({ 'issues.opened': ['several.ts'], 'issues.edited': ['several.ts'] });
  expect(output).toContain('1 handler: several');
  expect(code).toBe(0);
});

it('warns of a permission that no list has, and of an event that somebody vouches for', async () => {
  const { code, output } = await build({ push: ['brand-new.ts'], 'issues.entangled': ['unlisted.ts'] });
  expect(output).toMatch(
    /warning: .*brand-new\.ts: no list of GitHub's has the permission 'quantum_entanglements'\./,
  );
  expect(output).toMatch(/warning: .*unlisted\.ts: no list of GitHub's has the event 'issues\.entangled'\./);
  expect(output).toContain('2 handlers: push, issues.entangled');
  expect(code).toBe(0);
});

it('warns of a handler beside the table that no line of it names, and of no other file there', async () => {
  const handlers = join(folder, 'functions/handlers');
  await mkdir(handlers);
  const files = {
    'index.ts': `import './table-of-others.ts';\nexport const handlers = { push: () => import('./push.ts') };`,
    'table-of-others.ts': `export const others = {};`,
    'push.ts': MODULES['push.ts'],
    'push.test.ts': MODULES['push.ts'],
    'words.ts': `export default 'words of a handler that is to come';`,
    'lonely.ts': MODULES['issues.ts'],
  };
  for (const [name, text] of Object.entries(files))
    await writeFile(join(handlers, name), `import { defineHandler } from ${HOOKMINT};\n${text}\n`);
  const { code, output } = await runHere(['build', '--outdir', join(folder, 'out-lonely')]);
  expect(output.split('\n').filter((line) => line.startsWith('warning: '))).toEqual([
    'warning: functions/handlers/lonely.ts has a handler that functions/handlers/index.ts does not name: add a line for it.',
  ]);
  expect(output).toContain('1 handler: push');
  expect(code).toBe(0);
});
