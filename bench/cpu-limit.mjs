/**
 * Gives a process no more than a share of one core, as Lambda does below 1,769 MB: it is stopped and
 * continued by signals, 2 ms of work at a time, and where the system has `taskset` kept to one core.
 * A cgroup would do the same, but containers and CI machines seldom let one be made.
 */
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { isMainThread, Worker, workerData } from 'node:worker_threads';

/** Source: AWS Lambda docs, "Configure Lambda function memory": one vCPU at 1,769 MB. */
export const ONE_CORE_MB = 1769;

const WORK_MS = 2;

const STATE = 0;
const PID = 1;
const SHARE_MILLIONTHS = 2;
const IDLE = 0;
const LIMITING = 1;

/** Signals are sent by a thread of their own, which can wait for less than a millisecond. */
export function createCpuLimiter() {
  const shared = new Int32Array(new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT));
  const worker = new Worker(new URL(import.meta.url), { workerData: shared });
  worker.unref();
  return {
    /** Whether a limited process is kept to one core. Otherwise its other threads have the share once more. */
    pins: pinToCore(process.pid, undefined),
    /**
     * @param {number} pid
     * @param {number} share Of one core, below 1.
     */
    start(pid, share) {
      process.kill(pid, 'SIGSTOP');
      pinToCore(pid, availableParallelism() - 1);
      shared[PID] = pid;
      shared[SHARE_MILLIONTHS] = Math.round(share * 1e6);
      Atomics.store(shared, STATE, LIMITING);
      Atomics.notify(shared, STATE);
    },
    stop() {
      Atomics.store(shared, STATE, IDLE);
      Atomics.notify(shared, STATE);
    },
  };
}

/**
 * @param {number} pid
 * @param {number | undefined} core Undefined only asks whether it can be done.
 */
function pinToCore(pid, core) {
  const options = core === undefined ? ['-p', `${pid}`] : ['-a', '-c', '-p', `${core}`, `${pid}`];
  return spawnSync('taskset', options, { stdio: 'ignore' }).status === 0;
}

if (!isMainThread && workerData instanceof Int32Array) {
  const shared = workerData;
  for (;;) {
    Atomics.wait(shared, STATE, IDLE);
    limit(shared);
  }
}

/**
 * Waits are a little longer than asked for, so what has been given is set against what was due.
 *
 * @param {Int32Array} shared
 */
function limit(shared) {
  const pid = shared[PID] ?? 0;
  const share = (shared[SHARE_MILLIONTHS] ?? 0) / 1e6;
  const startedMs = performance.now();
  let givenMs = 0;
  try {
    while (Atomics.load(shared, STATE) === LIMITING) {
      const continuedMs = performance.now();
      process.kill(pid, 'SIGCONT');
      Atomics.wait(shared, STATE, LIMITING, WORK_MS);
      process.kill(pid, 'SIGSTOP');
      givenMs += performance.now() - continuedMs;
      const pauseMs = givenMs / share - (performance.now() - startedMs);
      if (pauseMs > 0) Atomics.wait(shared, STATE, LIMITING, pauseMs);
    }
    process.kill(pid, 'SIGCONT');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error; // it has ended
  }
}
