/** Which package a piece of a bundle comes from: by esbuild's metafile for bytes, by source maps for positions. */
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Like a package name, so that a folder of ours is told from a dependency. */
export const OURS = 'hookmint';

const PACKAGE = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//;

/**
 * @param {string} source Path of a source file.
 * @returns {string} Its package.
 */
function toPackage(source) {
  return PACKAGE.exec(source)?.[1] ?? OURS;
}

/**
 * @param {readonly import('esbuild').Metafile[]} metafiles
 * @param {string} folder What the paths of the metafiles begin at.
 * @param {readonly string[]} files Those that were loaded.
 * @returns {[string, number][]} Packages and their bytes, the largest first.
 */
export function sumByPackage(metafiles, folder, files) {
  const loaded = new Set(files);
  /** @type {Map<string, number>} */
  const sums = new Map();
  for (const [path, { bytes, inputs }] of metafiles.flatMap(({ outputs }) => Object.entries(outputs))) {
    if (!loaded.has(resolve(folder, path))) continue;
    let unclaimed = bytes;
    for (const [source, { bytesInOutput }] of Object.entries(inputs)) {
      unclaimed -= bytesInOutput;
      add(
        source.startsWith('builtin:') ? "how Node's modules are reached" : toPackage(source),
        bytesInOutput,
      );
    }
    add("esbuild's imports and exports between the pieces", unclaimed);
  }
  return [...sums].toSorted(([, one], [, other]) => other - one);

  /**
   * @param {string} name
   * @param {number} bytes
   */
  function add(name, bytes) {
    sums.set(name, (sums.get(name) ?? 0) + bytes);
  }
}

/**
 * @typedef {object} Source
 * @property {string} package
 * @property {string} path Resolved.
 */

/** Reads each source map once. A bundle without one counts as one source of its own. */
export function createSourceFinder() {
  /** @type {Map<string, Pick<SourceMap, 'findEntry'>>} What has none holds undefined. */
  const maps = new Map();

  /**
   * Where a function of a bundle was written.
   *
   * @param {import('node:inspector').Runtime.CallFrame} frame
   * @returns {Source}
   */
  return ({ url, lineNumber, columnNumber }) => {
    const file = fileURLToPath(url);
    if (!maps.has(file)) maps.set(file, readMap(`${file}.map`));
    const entry = maps.get(file)?.findEntry(lineNumber, columnNumber);
    if (entry === undefined || !('originalSource' in entry)) return { package: OURS, path: file };
    const path = resolve(dirname(file), entry.originalSource);
    return { package: toPackage(path), path };
  };
}

/** @param {string} file */
function readMap(file) {
  try {
    return new SourceMap(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
