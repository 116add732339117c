/** A contender in a process of its own, and the orders given to it. */
import { fork } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { toNodeFlags } from './lambda-memory.mjs';

/** Of the function, unless a scenario says otherwise. */
export const MEMORY_MB = 512;
export const NODE_FLAGS = toNodeFlags(MEMORY_MB);

const HOST = join(import.meta.dirname, 'host.mjs');

/** Longer than anything here takes, so that nothing hangs for ever. */
const PATIENCE_MS = 60_000;

const LOG_TAIL_CHARACTERS = 2_000;

let lastProcessId = 0;

/**
 * A stretch of a process: the CPU of its main thread, that of all threads, and when it began and ended.
 *
 * @typedef {object} Span
 * @property {number} mainMs
 * @property {number} allMs
 * @property {number} fromUs
 * @property {number} toUs
 */

/**
 * @typedef {object} Invoked
 * @property {number[]} timesMs Of every delivery, in the function's process.
 * @property {number} totalMs
 * @property {Span} span
 * @property {number[]} statuses Those that were seen.
 * @property {number} cpuMs Of all threads, for these deliveries.
 * @property {number} cpuSinceSpawnMs
 * @property {number} peakRssBytes
 * @property {number} heapBytes
 * @property {number} handlerLoads
 */

/**
 * @typedef {object} Child
 * @property {number} pid
 * @property {number} loadMs How long the import of the bundle took: INIT.
 * @property {{ mainMs: number, allMs: number }} boot CPU before it: Node itself.
 * @property {Span} init
 * @property {(event: string, options?: { count?: number, inFlight?: number }) => Promise<Invoked>} invoke
 * @property {() => Promise<void>} end Lets it end by itself, as a process must that is to write a profile.
 * @property {() => Promise<void>} close
 */

/**
 * Resolves when INIT has ended.
 *
 * @param {{ name: string, bundle: string, env: Record<string, string> }} contender
 * @param {{ folder: string, nodeFlags?: readonly string[] }} options folder: where what it prints goes.
 * @returns {Promise<Child>}
 */
export async function startChild({ name, bundle, env }, { folder, nodeFlags = NODE_FLAGS }) {
  const logFile = join(folder, `${name}.log`);
  const log = openSync(logFile, 'w');
  lastProcessId += 1;
  const child = fork(HOST, [pathToFileURL(bundle).href, `${lastProcessId}`], {
    env: { PATH: process.env.PATH ?? '', ...env },
    execArgv: [...nodeFlags],
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  /** @type {PromiseWithResolvers<any>} */
  let awaited = Promise.withResolvers();
  child.on('message', (/** @type {any} */ message) => {
    if (message.error === undefined) awaited.resolve(message);
    else awaited.reject(new Error(message.error));
  });
  // Not 'close', which does not come where the parent has disconnected.
  const ended = new Promise((resolve) => {
    child.once('exit', (code) => {
      awaited.reject(new Error(`its process ended with ${code}`));
      resolve(undefined);
    });
  });
  const { loadMs, boot, init } = await patiently(awaited.promise);
  return {
    pid: child.pid ?? 0,
    loadMs,
    boot,
    init,
    async invoke(event, { count = 1, inFlight = 1 } = {}) {
      awaited = Promise.withResolvers();
      child.send({ event, count, inFlight });
      const invoked = await patiently(awaited.promise);
      const bad = invoked.statuses.filter((/** @type {number} */ status) => !(status >= 200 && status < 300));
      if (bad.length > 0) throw new Error(await explain(`answered ${bad.join(', ')}`));
      return invoked;
    },
    async end() {
      child.disconnect();
      await ended;
    },
    async close() {
      child.kill('SIGKILL');
      await ended;
    },
  };

  /**
   * @template T
   * @param {Promise<T>} promise
   */
  async function patiently(promise) {
    const timer = setTimeout(() => awaited.reject(new Error(`silent for ${PATIENCE_MS} ms`)), PATIENCE_MS);
    try {
      return await promise;
    } catch (error) {
      child.kill('SIGKILL');
      throw new Error(await explain(error instanceof Error ? error.message : String(error)), {
        cause: error,
      });
    } finally {
      clearTimeout(timer);
    }
  }

  /** @param {string} problem */
  async function explain(problem) {
    const printed = await readFile(logFile, 'utf8');
    return `${name} failed: ${problem}\n${printed.slice(-LOG_TAIL_CHARACTERS)}`;
  }
}
