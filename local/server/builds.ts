/** The functions as they were built last: each build stands in a folder of its own, so that the one before can go on. */
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { buildFunctions, type FunctionBuild } from '../../lib/build/build-functions.ts';
import type { FunctionName } from './stand-ins.ts';

type Made = Pick<FunctionBuild, 'handlers' | 'declared' | 'settings' | 'unnamed' | 'warnings'>;

export interface Build extends Made {
  readonly bundles: Readonly<Partial<Record<FunctionName, Bundle>>>;
  /** What was read, as absolute paths. */
  readonly inputs: ReadonlySet<string>;
  /** When it began. */
  readonly readAt: Date;
}

const FUNCTIONS: readonly FunctionName[] = ['webhook', 'worker', 'sweeper'];

/** A built function. */
export interface Bundle {
  readonly file: string;
  /** Its sources are as they were then, or newer. */
  readonly readAt: Date;
}

export interface Builds {
  /** The last one that succeeded. */
  current(): Build;
  /**
   * Builds these functions anew; of the others the last build stays.
   *
   * @throws Error as `buildFunctions`; the build before stays the current one.
   */
  build(only: readonly FunctionName[]): Promise<Build>;
  close(): Promise<void>;
}

interface BuildsOptions {
  /** The app's. */
  readonly folder: string;
  /** From there, and this server's own: neither `npm run build` nor another server takes the files away. */
  readonly outdir: string;
  /** What is built first. */
  readonly only: readonly FunctionName[];
}

/** @throws Error as `buildFunctions`, for the first one. */
export async function createBuilds({ folder, outdir, only }: BuildsOptions): Promise<Builds> {
  let number = 0;
  const make = async (names: readonly FunctionName[]): Promise<Build> => {
    number += 1;
    const readAt = new Date();
    const own = join(outdir, String(number));
    const made = await buildFunctions({ app: folder, outdir: own, only: names });
    const { handlers, declared, settings, unnamed, warnings, metafiles } = made;
    const inputs = metafiles.flatMap((metafile) => Object.keys(metafile.inputs));
    const bundles = names.map((name): [string, Bundle] => [
      name,
      { file: resolve(folder, own, 'functions', `${name}.mjs`), readAt },
    ]);
    return {
      readAt,
      handlers,
      declared,
      settings,
      unnamed,
      warnings,
      bundles: Object.fromEntries(bundles),
      inputs: new Set(inputs.map((path) => resolve(folder, path))),
    };
  };
  const close = (): Promise<void> => rm(resolve(folder, outdir), { recursive: true, force: true });
  let current = await make(only).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return {
    current: () => current,
    async build(names) {
      const made = await make(names);
      current = joinBuilds(current, made);
      return current;
    },
    close,
  };
}

/** One build after the other, whichever ended first: of each function there is the one that began later. */
export function joinBuilds(a: Build, b: Build): Build {
  const [older, newer] = a.readAt > b.readAt ? [b, a] : [a, b];
  const bundles = { ...older.bundles };
  for (const name of FUNCTIONS) {
    const [before, after] = [older.bundles[name], newer.bundles[name]];
    const latest = before && after && before.readAt > after.readAt ? before : (after ?? before);
    if (latest) bundles[name] = latest;
  }
  return { ...newer, bundles, inputs: new Set([...older.inputs, ...newer.inputs]) };
}
