/** What was compared, and on what kind of machine. Nothing that would name the machine. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';

const ADAPTER = '@probot/adapter-aws-lambda-serverless';

/** @returns {Promise<[string, string][]>} */
export async function readVersions() {
  const root = join(import.meta.dirname, '..');
  const nodeModules = join(import.meta.dirname, 'node_modules');
  const { dependencies } = JSON.parse(await readFile(join(import.meta.dirname, 'package.json'), 'utf8'));
  const peers = Object.keys(dependencies).filter((name) => name !== 'selfsigned');
  const fromAdapter = createRequire(join(nodeModules, ADAPTER, 'index.js'));
  return [
    ['Node', process.versions.node],
    ['hookmint', await readVersion(root)],
    ...(await readEach(peers, nodeModules)),
    [`\`probot\` of \`${ADAPTER}\``, fromAdapter('probot/package.json').version],
    ...(await readEach(['@aws-sdk/client-secrets-manager', 'esbuild'], join(root, 'node_modules'))),
  ];
}

export function describeMachine() {
  const model = cpus()[0]?.model ?? 'an unknown processor';
  const gigabytes = Math.round(totalmem() / 1024 ** 3);
  return `${availableParallelism()} cores of ${model.trim()}, ${gigabytes} GB, ${process.platform} ${process.arch}`;
}

/**
 * @param {readonly string[]} names
 * @param {string} folder
 * @returns {Promise<[string, string][]>}
 */
async function readEach(names, folder) {
  return Promise.all(
    names.map(
      async (name) =>
        /** @type {[string, string]} */ ([`\`${name}\``, await readVersion(join(folder, name))]),
    ),
  );
}

/** @param {string} folder */
async function readVersion(folder) {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')).version;
}
