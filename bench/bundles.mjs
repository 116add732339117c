/** Every contender in one module, as it would be deployed: bundled by the same esbuild with the same settings. */
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { buildFunctions } from '../lib/build/build-functions.ts';

/**
 * @typedef {object} Bundles
 * @property {Record<string, string>} files
 * @property {Record<string, number>} bytes
 * @property {import('esbuild').Metafile[]} metafiles Of hookmint's functions.
 * @property {{ webhook: string, worker: string }} functions hookmint's own, with the work that everybody does.
 */

const PROBOT_14 = join(import.meta.dirname, 'node_modules/probot');

/** hookmint's functions, as somebody's app has them. */
export const APP = join(import.meta.dirname, 'app');

/** Contender: its entry, where that is not of its name; and which package stands in for another. */
const PEERS = [
  { name: 'empty' },
  { name: 'floor-fetch' },
  { name: 'floor-https' },
  { name: 'floor-https-warmed' },
  { name: 'octokit-app' },
  { name: 'octokit-webhooks' },
  { name: 'probot-14-minimal', entry: 'probot-minimal' },
  { name: 'probot-14-throttled', entry: 'probot-throttled' },
  { name: 'probot-14-adapter', entry: 'probot-adapter', alias: { probot: PROBOT_14 } },
  { name: 'probot-13-adapter', entry: 'probot-adapter' },
  { name: 'probot-13-shipped', entry: 'probot-adapter-shipped' },
];

/**
 * @param {string} folder Where everything goes.
 * @returns {Promise<Bundles>}
 */
export async function bundleContenders(folder) {
  /** @type {Bundles} */
  const bundles = { files: {}, bytes: {}, metafiles: [], functions: { webhook: '', worker: '' } };
  for (const peer of PEERS) {
    const file = join(folder, 'peers', `${peer.name}.mjs`);
    await bundlePeer(peer, file);
    bundles.files[peer.name] = file;
    bundles.bytes[peer.name] = (await stat(file)).size;
  }
  for (const name of ['hookmint', 'hookmint-three']) {
    const { functions, metafiles } = await bundleApp(folder, name);
    bundles.metafiles.push(...metafiles);
    bundles.files[name] = functions.webhook;
    if (name === 'hookmint') bundles.functions = functions;
    bundles.bytes[name] = await measureModule(functions.webhook);
  }
  return bundles;
}

/** @type {Record<string, string>} */
const TABLES = { hookmint: 'functions/handlers/index.ts', 'hookmint-three': 'functions/handlers/three.mjs' };

/**
 * @param {string} folder
 * @param {string} name Of the table of handlers: `hookmint`, or `hookmint-three`.
 */
export async function bundleApp(folder, name) {
  const outdir = join(folder, name);
  const { metafiles } = await buildFunctions({ app: APP, handlers: TABLES[name] ?? '', outdir });
  const functions = join(outdir, 'functions');
  return {
    functions: { webhook: join(functions, 'webhook.mjs'), worker: join(functions, 'worker.mjs') },
    metafiles,
  };
}

/**
 * @param {{ name: string, entry?: string, alias?: Record<string, string> }} peer
 * @param {string} outfile
 */
async function bundlePeer({ name, entry = name, alias = {} }, outfile) {
  await build({
    entryPoints: [join(import.meta.dirname, 'contenders', `${entry}.mjs`)],
    outfile,
    alias,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    banner: {
      js: "import{createRequire as __require}from'node:module';import{fileURLToPath as __toPath}from'node:url';import{dirname as __toFolder}from'node:path';const require=__require(import.meta.url),__filename=__toPath(import.meta.url),__dirname=__toFolder(__filename);",
    },
    legalComments: 'none',
    logLevel: 'error',
  });
}

/**
 * Bytes of a module and of all that it may import, sooner or later.
 *
 * @param {string} file
 * @param {Map<string, number>} [sizes] Of the files already seen.
 */
async function measureModule(file, sizes = new Map()) {
  const text = await readFile(file, 'utf8');
  sizes.set(file, Buffer.byteLength(text));
  for (const [, path = ''] of text.matchAll(/"(\.{1,2}\/[^"]+\.mjs)"/g)) {
    const imported = join(dirname(file), path);
    if (!sizes.has(imported)) await measureModule(imported, sizes);
  }
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}
