/**
 * Builds one self-contained ES module per function of an app into `dist/functions/`; what a function loads
 * only when it is needed, handler modules first of all, stands in `chunks/` under its name. Loads every
 * handler first and stops at one that could not run. No types are checked here: that is `npm run check`.
 */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type BuildOptions, type Metafile, type Plugin } from 'esbuild';
import { type Clock, sleep, SYSTEM_CLOCK } from '../async/clock.ts';
import type { Handler } from '../dispatch/define-handler.ts';
import { readField } from '../json/json.ts';
import { DECLARED, type DeclaredSettings } from '../settings/declared.ts';
import { checkHandlers, type CheckedTable } from './check-handlers.ts';
import { IS_SOURCE } from './package.ts';
import { PLUGINS } from './plugins.ts';
import { findUnnamedHandlers, warnOfUnnamed } from './unnamed-handlers.ts';

/** Which app is built, and where to. */
export interface FunctionBuildOptions {
  /** The app's folder, which holds `functions/`. Default: the current one. */
  readonly app?: string;
  /** Path of the handler table to build in, from the app's folder. Default: `functions/handlers/index.ts`. */
  readonly handlers?: string;
  /** Where `functions/` is written, from the app's folder. Default: `dist`. */
  readonly outdir?: string;
  /** Those of the functions that are wanted. Default: every one. */
  readonly only?: readonly string[];
  /** By which the modules of handlers have ten seconds to load. Default: that of this machine. */
  readonly clock?: Clock;
}

/** What was built. */
export interface FunctionBuild {
  /** Names of the functions: the modules of the app's `functions/`. */
  readonly functions: readonly string[];
  /** Names of the handlers. */
  readonly handlers: readonly string[];
  /** What the handlers declare that they need to be told. */
  readonly settings: DeclaredSettings;
  /** What each handler declares. */
  readonly declared: readonly Pick<Handler, 'name' | 'events' | 'permissions'>[];
  /** Files with a handler that stand beside the table and that it does not name, from the app's folder. */
  readonly unnamed: readonly string[];
  /**
   * What may be right and looks wrong, in words: a permission, or an event, that no list of GitHub's has; a handler
   * that the table does not name.
   */
  readonly warnings: readonly string[];
  /** Bytes by file, from the app's folder. */
  readonly outputs: Readonly<Record<string, number>>;
  /** What each function is made of. */
  readonly metafiles: readonly Metafile[];
}

/** Where an app's handler table stands, from the app's folder. */
export const HANDLER_TABLE = 'functions/handlers/index.ts';

/** What the handlers declare, as JSON, beside `functions/`. */
const SETTINGS_FILE = 'settings.json';

/** How long the modules of a table may take to load. In Lambda all of init has 10 s. */
const LOAD_TIMEOUT_MS = 10_000;

/**
 * @throws Error Where a module does not build, or the handlers are no good; the message says which, and the
 *         `cause` why.
 */
export async function buildFunctions({
  app = '.',
  handlers = HANDLER_TABLE,
  outdir = 'dist',
  only,
  clock = SYSTEM_CLOCK,
}: FunctionBuildOptions = {}): Promise<FunctionBuild> {
  const folder = resolve(app);
  const table = resolve(folder, handlers);
  const checked = await loadHandlerTable(folder, table, handlers, clock);
  const functions = (await findFunctions(folder)).filter((name) => only?.includes(name) ?? true);
  const target = resolve(folder, outdir, 'functions');
  await rm(target, { recursive: true, force: true });
  // One build for each: a chunk that two functions share would hold what either of them needs.
  const metafiles = await Promise.all(
    functions.map((name) => buildFunction({ name, folder, table, target, settings: checked.settings })),
  );
  // For the deployment, which makes parameters of them.
  await writeFile(resolve(folder, outdir, SETTINGS_FILE), `${JSON.stringify(checked.settings, null, 2)}\n`);
  const outputs = metafiles.flatMap((metafile) =>
    Object.entries(metafile.outputs).map(([file, { bytes }]) => [file, bytes] as const),
  );
  return {
    functions,
    handlers: checked.handlers.map(({ name }) => name),
    settings: checked.settings,
    declared: checked.handlers.map(({ name, events, permissions }) => ({ name, events, permissions })),
    unnamed: checked.unnamed,
    warnings: checked.warnings,
    outputs: Object.fromEntries(outputs),
    metafiles,
  };
}

interface OneBuild {
  readonly name: string;
  readonly folder: string;
  readonly table: string;
  readonly target: string;
  readonly settings: DeclaredSettings;
}

async function buildFunction({ name, folder, table, target, settings }: OneBuild): Promise<Metafile> {
  const { metafile } = await build({
    ...toShared(table, settings),
    absWorkingDir: folder,
    entryPoints: [join('functions', `${name}.ts`)],
    outdir: target,
    entryNames: '[name]',
    // Not beside the module under its name: Lambda's runtime client would take the folder for the function.
    chunkNames: `chunks/${name}/[name]-[hash]`,
    splitting: true,
    minify: true,
    sourcemap: 'linked',
    sourcesContent: false,
    metafile: true,
  });
  return metafile;
}

/** Every module of `functions/` is one. */
async function findFunctions(app: string): Promise<readonly string[]> {
  const files = await readdir(join(app, 'functions'), { withFileTypes: true });
  return files
    .filter((file) => file.isFile() && /^[^.]+\.ts$/.test(file.name))
    .map(({ name }) => basename(name, '.ts'));
}

/** Builds a table in where the app's own is imported; it carries what its handlers declare. */
function withTable(table: string, settings: DeclaredSettings): Plugin {
  const carries = Object.keys(settings).length > 0;
  return {
    name: 'handlers',
    setup(plugin) {
      plugin.onResolve({ filter: /\/handlers\/index\.[jt]s$/ }, ({ path, resolveDir }) =>
        resolve(resolveDir, path).endsWith(HANDLER_TABLE)
          ? { path: carries ? 'with settings' : table, ...(carries && { namespace: 'handlers' }) }
          : undefined,
      );
      plugin.onResolve({ filter: /^the table$/ }, () => ({ path: table }));
      plugin.onLoad({ filter: /./, namespace: 'handlers' }, () => ({
        contents: `import { handlers as table } from 'the table';
          const key = Symbol.for(${JSON.stringify(Symbol.keyFor(DECLARED))});
          export const handlers = { ...table, [key]: ${JSON.stringify(settings)} };`,
        resolveDir: dirname(table),
      }));
    },
  };
}

/** The dependencies' own ES modules are a third smaller than their CommonJS. */
function toShared(table: string, settings: DeclaredSettings): BuildOptions {
  return {
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    mainFields: ['module', 'main'],
    conditions: IS_SOURCE ? ['hookmint-source', 'module'] : ['module'],
    outExtension: { '.js': '.mjs' },
    plugins: [...PLUGINS, withTable(table, settings)],
    legalComments: 'none',
    logLevel: 'warning',
  };
}

/** A table whose handlers have been loaded and found good. */
export interface LoadedTable extends CheckedTable {
  /** What the table was built of, by files from the app's folder. */
  readonly metafile: Metafile;
  /** Files with a handler that stand beside the table and that it does not name: its warnings say so too. */
  readonly unnamed: readonly string[];
}

interface TableToLoad {
  readonly app: string;
  readonly table: string;
  readonly shownAs: string;
  readonly clock?: Clock;
}

/**
 * Loads every handler of a table as the functions would.
 *
 * @param app The app's folder.
 * @param table The path of the table.
 * @param shownAs The same in messages.
 * @throws Error Where a module does not build, or the handlers are no good.
 */
export async function loadHandlerTable(
  app: string,
  table: string,
  shownAs: string,
  clock: Clock = SYSTEM_CLOCK,
): Promise<LoadedTable> {
  return withHandlerTable({ app, table, shownAs, clock }, (loaded) => Promise.resolve(loaded));
}

/**
 * The same, for work that runs handlers: what those import when they run is there until its end.
 *
 * @throws Error As `loadHandlerTable`, and what the work throws.
 */
export async function withHandlerTable<T>(
  { app, table, shownAs, clock = SYSTEM_CLOCK }: TableToLoad,
  work: (loaded: LoadedTable) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'hookmint-'));
  const inTime = new AbortController();
  try {
    const { metafile } = await build({
      ...toShared(table, {}),
      absWorkingDir: app,
      entryPoints: [table],
      outdir: folder,
      entryNames: 'handlers',
      splitting: true,
      metafile: true,
    });
    const { signal } = inTime;
    const checked = await Promise.race([
      load(join(folder, 'handlers.mjs'), shownAs, (each) => findModule(each, metafile)),
      sleep(clock, LOAD_TIMEOUT_MS, signal).then(() => tooSlow(shownAs)),
    ]);
    inTime.abort();
    const unnamed = await findUnnamedHandlers(app, table, metafile);
    const warnings = [...checked.warnings, ...unnamed.map((file) => warnOfUnnamed(file, shownAs))];
    return await work({ ...checked, warnings, metafile, unnamed });
  } finally {
    inTime.abort();
    await rm(folder, { recursive: true });
  }
}

async function load(
  file: string,
  shownAs: string,
  toFile: (each: () => unknown) => string | undefined,
): Promise<CheckedTable> {
  const module: unknown = await import(pathToFileURL(file).href);
  const handlers = readField(module, 'handlers');
  if (typeof handlers !== 'object' || handlers === null)
    throw new Error(`${shownAs} exports no \`handlers\``);
  return checkHandlers({ ...handlers }, toFile);
}

/** The file of a module, from the text of the function that imports its chunk: esbuild knows what that was made of. */
function findModule(imports: () => unknown, { outputs }: Metafile): string | undefined {
  // Only the chunk's name is looked for: a test runner rewrites the import around it.
  const chunk = /["'](?:[^"']*\/)?([^"'/]+\.mjs)["']/.exec(String(imports))?.[1];
  const [, output] = Object.entries(outputs).find(([file]) => basename(file) === chunk) ?? [];
  return output?.entryPoint;
}

function tooSlow(shownAs: string): never {
  throw new Error(`a module of ${shownAs} does not finish loading: what does it await at its top level?`);
}
