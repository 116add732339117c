/**
 * Builds the functions, and compiles the package, before any test runs: tests drive what is deployed and what is
 * installed, not its sources. The build has a folder of its own, so that two runs, or a run and a build, do not disturb
 * each other.
 */
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { TestProject } from 'vitest/node';
import { buildTestFunctions } from '../harness/build.ts';
import { compilePackage } from '../harness/compile-package.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the built functions. */
    functions: string;
    /** Folder of the compiled package. */
    package: string;
  }
}

/** @returns What undoes it when all tests are over. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const outdir = resolve(`.hookmint/test-${process.pid}`);
  const compiled = resolve(outdir, 'package');
  await Promise.all([buildTestFunctions({ outdir }), compilePackage(compiled)]);
  project.provide('functions', resolve(outdir, 'functions'));
  project.provide('package', compiled);
  return () => rm(outdir, { recursive: true });
}
