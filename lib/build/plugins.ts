/** What esbuild is told about packages, whatever is built. */
import { readFile } from 'node:fs/promises';
import { builtinModules, isBuiltin } from 'node:module';
import type { Plugin } from 'esbuild';
import { parseJson, readText } from '../json/json.ts';
import { PACKAGE_FOLDER, toPackageFile } from './package.ts';

/**
 * Node's own modules load when something of theirs is first used. An import of one reads all that it
 * exports, and to read `WebSocket` from `node:http` loads the whole of fetch: some 30 ms of every cold start.
 * `__esModule` is what esbuild asks of each at its import.
 */
const builtins: Plugin = {
  name: 'builtins',
  setup(plugin) {
    // Only these are asked about: esbuild would wait for an answer about each of a thousand imports.
    const filter = new RegExp(`^(?:node:.*|${builtinModules.join('|')})$`);
    plugin.onResolve({ filter }, ({ path }) =>
      isBuiltin(path) ? { path, namespace: 'builtin', sideEffects: false } : undefined,
    );
    plugin.onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => {
      const module = `process.getBuiltinModule(${JSON.stringify(path)})`;
      // A module that is itself a function, as `node:events` is, has to be there at once.
      const isFunction = typeof process.getBuiltinModule(path) === 'function';
      const lazy = `Object.create(new Proxy({}, { get: (_, name) => (name === '__esModule' ? undefined : (loaded ??= ${module})[name]) }))`;
      return { contents: `let loaded; module.exports = ${isFunction ? module : lazy};` };
    });
  },
};

/** Handlers get the package that builds them, wherever they stand: a second copy would know none of its classes. */
const hookmint: Plugin = {
  name: 'hookmint',
  setup(plugin) {
    plugin.onResolve({ filter: /^hookmint(?:\/|$)/ }, ({ path, kind, pluginData }) =>
      pluginData === hookmint // asked by the line below
        ? undefined
        : plugin.resolve(path, { kind, resolveDir: PACKAGE_FOLDER, pluginData: hookmint }),
    );
  },
};

/** The SDK's chain of credential providers, as far as Lambda has it; the module says why. */
const credentials: Plugin = {
  name: 'credentials',
  setup(plugin) {
    const path = toPackageFile('lib/build/lambda-credentials.ts');
    plugin.onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, () => ({ path }));
  },
};

/** A client of the SDK imports its package.json, and takes nothing but the version from it. */
const versions: Plugin = {
  name: 'versions',
  setup(plugin) {
    plugin.onLoad({ filter: /[\\/]@aws-sdk[\\/]client-[^\\/]+[\\/]package\.json$/ }, async ({ path }) => ({
      contents: JSON.stringify({ version: readText(parseJson(await readFile(path, 'utf8')), 'version') }),
      loader: 'json',
    }));
  },
};

export const PLUGINS: readonly Plugin[] = [builtins, hookmint, credentials, versions];
