/**
 * Which handlers and fixtures an app has changes no result of the product's checks, tests and budgets: they are run
 * in a copy of this repository whose `functions/` is somebody else's, and in one whose `functions/` holds nothing.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { buildFunctions } from '../../lib/build/build-functions.ts';
import { readText } from '../../lib/json/json.ts';
import { PROJECT } from '../harness/build.ts';
import { startDeployment } from '../harness/deployment.ts';
import { describeStranger, EMPTY_APP } from './stranger.ts';

/** What is made, or linked. */
const LEFT_OUT = new Set(['.git', '.hookmint', 'dist', 'node_modules']);

const SAMPLES = ['functions/handlers', 'functions/fixtures'];

/** The app without handlers once more, where nothing but the check of types looks. */
const EMPTY = '.hookmint/empty';

/** Not the whole suite: the budgets, which weigh and trace the functions as they are built. */
const TESTS = ['test/budgets', '--maxWorkers=1'];

/** Each starts processes of its own, on a machine that may be busy. */
const TIMEOUT_MS = 180_000;

/** The types of both apps' own modules, and of all that they import: of nothing else can an app change the types. */
const TYPES = ['tsc', '--noEmit', '--singleThreaded', '-p', 'tsconfig.app.json'];
/** What is compiled of the product where nothing names `functions/`. */
const PRODUCT = ['tsc', '--listFilesOnly', '-p', 'tsconfig.product.json'];
/** No rule looks from the product's files into `functions/`: what could differ are the handlers themselves. */
const LINT = ['oxlint', '--type-aware', '--deny-warnings', 'functions'];
const DEAD_CODE = ['knip'];

let folder: string;
beforeAll(async () => {
  folder = await copyRepository();
  const { include }: { include: string[] } = JSON.parse(
    await readFile(join(PROJECT, 'tsconfig.json'), 'utf8'),
  );
  await writeTypesConfig('app', ['functions', `${EMPTY}/functions`]);
  // Beside the other, so that one run of the compiler reads both with all that they import.
  await cp(join(PROJECT, 'functions'), join(folder, EMPTY, 'functions'), {
    recursive: true,
    filter: isNoSample,
  });
  await putApp(EMPTY_APP, EMPTY);
  await writeTypesConfig(
    'product',
    include.filter((each) => each !== 'functions'),
  );
});
afterAll(() => rm(folder, { recursive: true }));

it('no module of the product imports what is an app’s', { timeout: TIMEOUT_MS }, async () => {
  await putApp(await describeStranger());
  const files = (await run(...PRODUCT)).split('\n').map((file) => relative(folder, file));
  expect(files).toContain('lib/index.ts');
  expect(files.filter((file) => file.startsWith('functions/'))).toEqual([]);
});

describe('with a functions/ that is somebody else’s', () => {
  beforeAll(async () => putApp(await describeStranger()));

  it.each([
    { what: 'types, here and in an app without handlers,', check: TYPES },
    { what: 'lint', check: LINT },
    { what: 'dead code', check: DEAD_CODE },
  ])('the check of $what finds nothing', { timeout: TIMEOUT_MS }, async ({ check }) => {
    await expect(run(...check)).resolves.toEqual(expect.any(String));
  });

  it('the functions are built with its handlers', { timeout: TIMEOUT_MS }, async () => {
    const output = await run('node', 'cli/bin.mjs', 'build');
    for (const handler of ['issue_comment.created', 'a star']) expect(output).toContain(handler);
  });

  it('the product’s tests pass, budgets among them', { timeout: TIMEOUT_MS }, async () => {
    const output = await run('vitest', 'run', ...TESTS);
    expect(output).toMatch(/^[1-9]\d* passed, 0 failed$/m);
  });
});

describe('with a functions/ that holds no handler and no fixture', () => {
  beforeAll(() => putApp(EMPTY_APP));

  it('the check of dead code finds nothing', { timeout: TIMEOUT_MS }, async () => {
    await expect(run(...DEAD_CODE)).resolves.toEqual(expect.any(String));
  });

  it('the webhook function is built, and ignores what comes', { timeout: TIMEOUT_MS }, async () => {
    await buildFunctions({ app: folder, outdir: 'dist', only: ['webhook'] });
    const app = await startDeployment({ functions: join(folder, 'dist/functions') });
    onTestFinished(() => app.close());
    expect(await app.deliver('issues-opened-first-time')).toMatchObject({
      status: 202,
      body: { outcome: 'ignored', handlers: [] },
    });
  });
});

/** All of this repository but its app's handlers and fixtures. */
async function copyRepository(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'hookmint-independence-'));
  await cp(PROJECT, copy, {
    recursive: true,
    filter: (source) =>
      isNoSample(source) &&
      !relative(PROJECT, source)
        .split('/')
        .some((part) => LEFT_OUT.has(part)),
  });
  await symlink(join(PROJECT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

function isNoSample(source: string): boolean {
  return !SAMPLES.includes(relative(PROJECT, source));
}

function writeTypesConfig(name: string, include: readonly string[]): Promise<void> {
  const config = JSON.stringify({ extends: './tsconfig.json', include });
  return writeFile(join(folder, `tsconfig.${name}.json`), config);
}

/**
 * @param app Texts that stand in for the whole of `functions/`, but for the entry points, by path.
 * @param under Path of the app in the copy.
 */
async function putApp(app: Readonly<Record<string, string>>, under = ''): Promise<void> {
  for (const path of SAMPLES) await rm(join(folder, under, path), { recursive: true, force: true });
  for (const [path, text] of Object.entries(app)) {
    await mkdir(dirname(join(folder, under, path)), { recursive: true });
    await writeFile(join(folder, under, path), text);
  }
}

/**
 * Nothing of this process' environment but the path goes along, and how to collect garbage: the inner runner must not take itself for the outer.
 *
 * @returns What it printed.
 * @throws Error with that, where it ended with anything but 0.
 */
async function run(bin = '', ...args: readonly string[]): Promise<string> {
  const { PATH = '', GOGC = '' } = process.env;
  const env = { PATH, GOGC, HOME: folder, NO_COLOR: '1', GOMAXPROCS: '1' };
  const command = join(folder, 'node_modules/.bin', bin);
  try {
    const { stdout, stderr } = await promisify(execFile)(command, args, { cwd: folder, env });
    return stdout + stderr;
  } catch (error) {
    throw new Error(`${bin} found something:\n${readText(error, 'stdout')}${readText(error, 'stderr')}`, {
      cause: error,
    });
  }
}
