/**
 * Builds one self-contained ES module per function into dist/functions/; what it loads only when it is
 * needed, handler modules first of all, stands in chunks/ under its name. Loads every handler
 * first and stops at one that could not run. No types are checked here: that is `npm run check`. Plain
 * JavaScript, so that any Node runs it.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

/** The table of contents that is built in, unless another one is asked for. */
const HANDLERS = 'functions/handlers/index.ts';

/** How long the modules of a table may take to load. In Lambda all of init has 10 s. */
const LOAD_TIMEOUT_MS = 10_000;

/**
 * @typedef {{ handlers?: string, outdir?: string }} BuildOptions
 *   handlers: the handler table to build in; outdir: where dist/ goes.
 */

/**
 * @param {BuildOptions} [options]
 * @returns {Promise<{ handlers: string[], outputs: Record<string, number>, metafiles: import('esbuild').Metafile[] }>}
 *   Names of the handlers; bytes by file; what each function is made of.
 */
export async function buildFunctions({ handlers = HANDLERS, outdir = 'dist' } = {}) {
  const names = await checkHandlerTable(handlers);
  const functions = join(outdir, 'functions');
  await rm(functions, { recursive: true, force: true });
  // One build for each: a chunk that two functions share would hold what either of them needs.
  const built = await Promise.all((await findFunctions()).map((name) => buildFunction(name)));
  const outputs = built.flatMap((metafile) =>
    Object.entries(metafile.outputs).map(([file, { bytes }]) => [file, bytes]),
  );
  return { handlers: names, outputs: Object.fromEntries(outputs), metafiles: built };

  /** @param {string} name */
  async function buildFunction(name) {
    const { metafile } = await build({
      ...shared(handlers),
      entryPoints: [join('functions', `${name}.ts`)],
      outdir: functions,
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
}

/** Every module of functions/ is one. */
async function findFunctions() {
  const files = await readdir('functions', { withFileTypes: true });
  return files
    .filter((file) => file.isFile() && file.name.endsWith('.ts'))
    .map(({ name }) => basename(name, '.ts'));
}

/**
 * Node's own modules load when something of theirs is first used. An import of one reads all that it
 * exports, and to read `WebSocket` from `node:http` loads the whole of fetch: some 30 ms of every cold start.
 *
 * @type {import('esbuild').Plugin}
 */
const builtins = {
  name: 'builtins',
  setup(plugin) {
    plugin.onResolve({ filter: /./ }, ({ path }) =>
      isBuiltin(path) ? { path, namespace: 'builtin', sideEffects: false } : undefined,
    );
    plugin.onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => {
      const module = `process.getBuiltinModule(${JSON.stringify(path)})`;
      // A module that is itself a function, as `node:events` is, has to be there at once.
      const isFunction = typeof process.getBuiltinModule(path) === 'function';
      const lazy = `Object.create(new Proxy({}, { get: (_, name) => (loaded ??= ${module})[name] }))`;
      return { contents: `let loaded; module.exports = ${isFunction ? module : lazy};` };
    });
  },
};

/** Modules of ours that take the place of a dependency's dependency; each says why. */
const SUBSTITUTES = {
  '@aws-sdk/credential-provider-node': 'lib/aws/environment-credentials.ts',
  'json-with-bigint': 'lib/exact-json.ts',
};

/** @type {import('esbuild').Plugin} */
const substitutes = {
  name: 'substitutes',
  setup(plugin) {
    for (const [name, file] of Object.entries(SUBSTITUTES)) {
      plugin.onResolve({ filter: new RegExp(`^${name}$`) }, ({ importer }) =>
        importer === resolve(file) ? undefined : { path: resolve(file) },
      );
    }
  },
};

/**
 * The dependencies' own ES modules are a third smaller than their CommonJS.
 *
 * @param {string} handlers
 * @returns {import('esbuild').BuildOptions}
 */
function shared(handlers) {
  return {
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    mainFields: ['module', 'main'],
    outExtension: { '.js': '.mjs' },
    alias: { '#handlers': resolve(handlers) },
    plugins: [builtins, substitutes],
    legalComments: 'none',
    logLevel: 'warning',
  };
}

/**
 * Loads every handler of a table as the functions would.
 *
 * @param {string} handlers
 */
async function checkHandlerTable(handlers) {
  const folder = await mkdtemp(join(tmpdir(), 'hookmint-'));
  const outfile = join(folder, 'handlers.mjs');
  const inTime = new AbortController();
  const contents = `export { handlers } from '#handlers'; export { checkHandlers } from './lib/dispatch/route.ts';`;
  try {
    await build({ ...shared(handlers), stdin: { contents, resolveDir: '.', loader: 'ts' }, outfile });
    const loaded = load(pathToFileURL(outfile).href, handlers);
    const { signal } = inTime;
    return await Promise.race([
      loaded,
      sleep(LOAD_TIMEOUT_MS, undefined, { signal }).then(() => tooSlow(handlers)),
    ]);
  } finally {
    inTime.abort();
    await rm(folder, { recursive: true });
  }
}

/** @param {[string, number][]} files */
function sum(files) {
  return files.reduce((total, [, bytes]) => total + bytes, 0);
}

/** @param {number} bytes */
function toKilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

/**
 * @param {string} url
 * @param {string} handlers
 * @returns {Promise<string[]>} Names of the handlers.
 */
async function load(url, handlers) {
  const table = await import(url);
  if (typeof table.handlers !== 'object') throw new Error(`${handlers} exports no \`handlers\``);
  /** @type {{ name: string }[]} */
  const found = await table.checkHandlers(table.handlers);
  return found.map(({ name }) => name);
}

/**
 * @param {string} handlers
 * @returns {never}
 */
function tooSlow(handlers) {
  throw new Error(`a module of ${handlers} does not finish loading: what does it await at its top level?`);
}

if (basename(process.argv[1] ?? '') === 'build.mjs') {
  const { values } = parseArgs({ options: { handlers: { type: 'string' }, outdir: { type: 'string' } } });
  const { handlers, outputs } = await buildFunctions(values).catch((error) => {
    console.error(`build failed: ${error.message}`);
    if (error.cause instanceof Error) console.error(`  because: ${error.cause.message}`);
    process.exit(1);
  });
  const code = Object.entries(outputs).filter(([file]) => file.endsWith('.mjs'));
  for (const name of await findFunctions()) {
    const own = code.filter(([file]) => basename(file) === `${name}.mjs`);
    const later = code.filter(([file]) => basename(dirname(file)) === name);
    console.log(name, toKilobytes(sum(own)), `and ${later.length} chunks`, toKilobytes(sum(later)));
  }
  console.log(`${handlers.length} handlers: ${handlers.join(', ')}`);
  process.exit(); // a handler module may have left a timer running
}
