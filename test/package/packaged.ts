/** The service as `osls package` makes it, in a folder of its own: the template, and what each zip holds. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { unzipSync } from 'fflate';
import { inject } from 'vitest';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const OSLS = join(PROJECT, 'node_modules/osls/bin/serverless.js');

export interface Resource {
  readonly Type: string;
  // Whatever a type of AWS's has; the validator knows what that is.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly Properties: Readonly<Record<string, any>>;
  readonly DependsOn?: string | readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly UpdatePolicy?: object;
}

export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>;
}

export interface Packaged {
  readonly template: Template;
  /** Path of the template. */
  readonly file: string;
  /** By function: the bytes of its zip, and the files in it. */
  readonly zips: Readonly<Record<string, { readonly bytes: number; readonly files: readonly string[] }>>;
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** A copy of what osls needs, with the functions as they are built for the tests. */
export async function copyService(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hookmint-package-'));
  await copyServiceTo(folder);
  return folder;
}

async function copyServiceTo(folder: string): Promise<void> {
  for (const path of ['serverless.yml', 'infra', 'package.json']) {
    await cp(join(PROJECT, path), join(folder, path), { recursive: true });
  }
  await cp(inject('functions'), join(folder, 'dist/functions'), { recursive: true });
}

/**
 * Runs osls to its end, without credentials and without this process' environment.
 *
 * @param folder As `copyService` makes it.
 */
export async function osls(folder: string, args: readonly string[]): Promise<Ended> {
  // The first run leaves the code behind that checks a service: to make that takes longer than all the rest of a run.
  const cache = join(dirname(inject('functions')), 'osls');
  let ended: Ended | undefined;
  await makeOnce(cache, async () => {
    ended = await startOsls(folder, args, cache);
  });
  return ended ?? startOsls(folder, args, cache);
}

async function startOsls(folder: string, args: readonly string[], cache: string): Promise<Ended> {
  const child = spawn(process.execPath, [OSLS, ...args], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      AWS_EC2_METADATA_DISABLED: 'true',
      SLS_SCHEMA_CACHE_BASE_DIR: cache,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  const [code]: (number | null)[] = await once(child, 'close');
  return { code: code ?? null, output: (await output).join('\n') };
}

/**
 * The same for the same arguments, made once for all test files: whichever asks first makes it, and the run takes it
 * away with what was built.
 *
 * @param params   As `--param` takes them: `shape=inline`.
 * @param declared Settings of handlers, as the build writes them.
 */
export async function packageService(
  params: readonly string[] = [],
  stage = 'dev',
  declared: Readonly<Record<string, string>> = {},
): Promise<Packaged> {
  const asked = JSON.stringify([params, stage, declared]);
  const name = createHash('sha256').update(asked).digest('hex');
  const folder = join(dirname(inject('functions')), 'packaged', name);
  await makeOnce(folder, async () => {
    await copyServiceTo(folder);
    await writeFile(join(folder, 'dist/settings.json'), JSON.stringify(declared));
    const args = params.flatMap((param) => ['--param', param]);
    const { code, output } = await osls(folder, ['package', '--stage', stage, ...args]);
    if (code !== 0) throw new Error(output);
  });
  return readPackaged(join(folder, '.serverless'));
}

/** Does work that fills a folder, unless another one has begun it, in any process: that one's end is waited for. */
async function makeOnce(folder: string, work: () => Promise<void>): Promise<void> {
  const over = `${folder}.over`;
  await mkdir(dirname(folder), { recursive: true });
  const isFirst = await mkdir(folder).then(
    () => true,
    () => false,
  );
  if (isFirst) {
    const failure = await work().then(
      () => '',
      (error: unknown) => String(error),
    );
    await writeFile(`${over}.whole`, failure);
    await rename(`${over}.whole`, over);
  }
  while (!existsSync(over)) await sleep(100);
  const failure = await readFile(over, 'utf8');
  if (failure !== '') throw new Error(failure);
}

async function readPackaged(made: string): Promise<Packaged> {
  const file = join(made, 'cloudformation-template-update-stack.json');
  const template: Template = JSON.parse(await readFile(file, 'utf8'));
  const zips: Record<string, { bytes: number; files: readonly string[] }> = {};
  for (const name of (await readdir(made)).filter((each) => each.endsWith('.zip'))) {
    const zip = await readFile(join(made, name));
    zips[basename(name, '.zip')] = { bytes: zip.length, files: Object.keys(unzipSync(zip)) };
  }
  return { template, file, zips };
}

/** The resources of one type, with their logical ids. */
export function ofType({ Resources }: Template, type: string): (Resource & { readonly id: string })[] {
  return Object.entries(Resources)
    .filter(([, { Type }]) => Type === type)
    .map(([id, resource]) => ({ id, ...resource }));
}
