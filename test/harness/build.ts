/** Builds functions as an app does, of the product's own test app: nothing depends on what stands in `functions/`. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildFunctions, type FunctionBuild } from '../../lib/build/build-functions.ts';
import type { DeployedFunction } from '../../local/server/stand-ins.ts';

export const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
export const TEST_APP = fileURLToPath(new URL('../app', import.meta.url));

interface TestBuildOptions {
  /** Path of a handler table, from the project's folder. Default: the test app's. */
  readonly handlers?: string;
  /** Path of the folder that gets `functions/`, from the project's folder. */
  readonly outdir: string;
  /** Those that are wanted: each takes more than half a second of a core. Default: every one. */
  readonly only?: readonly DeployedFunction[];
}

export function buildTestFunctions({ handlers, outdir, only }: TestBuildOptions): Promise<FunctionBuild> {
  return buildFunctions({
    app: TEST_APP,
    ...(handlers !== undefined && { handlers: resolve(PROJECT, handlers) }),
    outdir: resolve(PROJECT, outdir),
    ...(only !== undefined && { only }),
  });
}
