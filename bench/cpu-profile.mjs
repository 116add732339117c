/**
 * Splits a CPU profile of V8 into parts. A sample belongs to the innermost frame of the bundle on its stack, unless
 * what that frame called in Node, or what called it, says more.
 */
import { fileURLToPath } from 'node:url';
import { createSourceFinder, OURS } from './sources.mjs';

/** @typedef {import('node:inspector').Profiler.Profile} Profile */
/** @typedef {import('node:inspector').Runtime.CallFrame} CallFrame */

/** Part: what it is called in a table, in the table's order. */
export const PARTS = /** @type {const} */ ({
  modules: "finding, reading and compiling the bundle's modules",
  builtins: "loading Node's own modules",
  sdk: 'AWS SDK',
  octokit: 'Octokit',
  fetch: '`lib/http`, the `fetch` over `node:https`',
  ours: "the rest of hookmint's own code (of a floor, all)",
  logs: 'log lines',
  json: '`JSON.parse` and `JSON.stringify`',
  crypto: 'HMAC, RSA and contexts for TLS',
  http: "Node's HTTP, TLS and sockets",
  collector: 'garbage collection',
  rest: 'the rest: timers, promises, native code with no JavaScript above it',
  bench: 'the benchmark itself, which parses the event as Lambda would',
});

/** @typedef {keyof typeof PARTS} Part */
/** @typedef {Record<Part, number>} Shares Of 1. */

const HOST = new URL('host.mjs', import.meta.url).pathname;
const NODE_HTTP =
  /^node:(_http|_tls|https?$|net$|dns|tls|internal\/(http|net|tls|dns|js_stream_socket|stream_base_commons|streams|deps\/undici))/;
const NODE_CRYPTO = /^node:(crypto|internal\/(crypto\/|tls\/(common|secure-context)))/;
const NODE_MODULES = /^node:internal\/(modules|vm|process\/esm_loader)/;
const LOADS_BUILTIN = new Set(['compileForInternalLoader', 'requireBuiltin', 'getBuiltinModule']);
const LOGS = /\/lib\/(log|redact)\.ts$/;
const SDK = /^(@aws|@aws-sdk|@smithy)\/|^(mnemonist|obliterator)$/; // the last two find its endpoints

/**
 * @param {Profile} profile
 * @param {{ fromUs: number, toUs: number }} span
 * @returns {Shares} Of the time in which the main thread was not idle.
 */
export function splitProfile({ nodes, samples = [], timeDeltas = [], startTime }, { fromUs, toUs }) {
  const findSource = createSourceFinder();
  /** @type {Map<number, number>} Child: its parent. */
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  /** @type {Map<number, Part | undefined>} */
  const partOf = new Map();
  const sums = /** @type {Shares} */ (Object.fromEntries(Object.keys(PARTS).map((part) => [part, 0])));
  let atUs = startTime;
  for (const [index, id] of samples.entries()) {
    atUs += timeDeltas[index] ?? 0;
    if (atUs < fromUs || atUs >= toUs) continue;
    if (!partOf.has(id)) partOf.set(id, toPart(listStack(id), findSource));
    const part = partOf.get(id);
    if (part !== undefined) sums[part] += timeDeltas[index + 1] ?? 0;
  }
  const total = Object.values(sums).reduce((sum, us) => sum + us, 0);
  for (const part of /** @type {Part[]} */ (Object.keys(sums))) sums[part] /= total;
  return sums;

  /**
   * @param {number} leaf
   * @returns {CallFrame[]} The innermost first.
   */
  function listStack(leaf) {
    const stack = [];
    for (let id = /** @type {number | undefined} */ (leaf); id !== undefined; id = parents.get(id)) {
      const frame = frames.get(id);
      if (frame !== undefined) stack.push(frame);
    }
    return stack;
  }
}

/**
 * @param {readonly CallFrame[]} stack
 * @param {ReturnType<typeof createSourceFinder>} findSource
 * @returns {Part | undefined} Undefined where nothing ran.
 */
function toPart(stack, findSource) {
  const leaf = stack[0]?.functionName;
  if (leaf === '(idle)') return undefined;
  if (leaf === '(garbage collector)') return 'collector';
  const bundled = stack.findIndex(({ url }) => url.startsWith('file:'));
  const above = bundled === -1 ? stack : stack.slice(0, bundled);
  const caller = stack[bundled];
  const isHost = caller !== undefined && fileURLToPath(caller.url) === HOST;
  if (above.some(({ functionName }) => LOADS_BUILTIN.has(functionName))) return 'builtins';
  if (above.some(({ url }) => NODE_MODULES.test(url))) return 'modules';
  if (isHost) return 'bench';
  const sources = stack
    .filter(({ url }) => url.startsWith('file:') && fileURLToPath(url) !== HOST)
    .map((frame) => findSource(frame));
  if (sources.some(({ path }) => LOGS.test(path))) return 'logs';
  if (stack[0]?.url === '' && (leaf === 'parse' || leaf === 'stringify')) return 'json';
  if (above.some(({ url }) => NODE_CRYPTO.test(url))) return 'crypto';
  if (above.some(({ url }) => NODE_HTTP.test(url))) return 'http';
  const [source] = sources;
  if (source === undefined || caller === undefined) return 'rest';
  // All of a module's top level has one position, whatever its pieces came from.
  if (caller.functionName === '' && caller.lineNumber === 0 && caller.columnNumber === 0) return 'modules';
  if (source.package !== OURS) return SDK.test(source.package) ? 'sdk' : 'octokit';
  return source.path.includes('/lib/http/') ? 'fetch' : 'ours';
}
