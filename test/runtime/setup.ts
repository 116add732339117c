/** Installs the runtime client, packages both deployments, and unzips what is in them, before any test runs. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { buildTestFunctions } from '../harness/build.ts';
import { type PackagedFunction, packageFunctions, type Shape } from './package-functions.ts';
import { installRuntimeClient } from './runtime-client.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of `aws-lambda-ric`. */
    runtimeClient: string;
    /** What the zips hold, by deployment and function. */
    packaged: Readonly<Record<Shape, Readonly<Record<string, PackagedFunction>>>>;
    /** A task root laid out as in the zips, built with `handlers.ts`. */
    misbehaving: string;
  }
}

/** @returns What undoes it when all tests are over. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  project.provide('runtimeClient', await installRuntimeClient());
  await using made = new AsyncDisposableStack();
  const folder = made.adopt(await mkdtemp(join(tmpdir(), 'hookmint-runtime-')), (each) =>
    rm(each, { recursive: true }),
  );
  const misbehaving = join(folder, 'misbehaving');
  await buildTestFunctions({
    handlers: 'test/runtime/handlers.ts',
    outdir: join(misbehaving, 'dist'),
  });
  project.provide('misbehaving', misbehaving);
  // One after the other: both build into dist/.
  const inline = await packageFunctions('inline', join(folder, 'inline'));
  const queued = await packageFunctions('queued', join(folder, 'queued'));
  project.provide('packaged', { inline, queued });
  const kept = made.move();
  return () => kept.disposeAsync();
}
