/** Tries the handlers of this folder with a delivery and its recording, in a process of their own. */
import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { extname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { CommandIo } from '../io/io.ts';
import type { Comparison } from './compare-handlers.ts';
import type { Trial, TrialResult } from './trial.ts';

/** TypeScript in the package's repository, JavaScript in an app's `node_modules`. */
const KIND = extname(import.meta.url);
const PROCESS = fileURLToPath(new URL(`trial-process${KIND}`, import.meta.url));

/** @returns null where they do not load, or end their process, which is told: the recording stands all the same. */
export async function tryHandlers(trial: Trial, io: CommandIo): Promise<readonly Comparison[] | null> {
  const result = await io.showing('Trying the handlers with it', () => runTrial(trial, io));
  if ('comparisons' in result) return result.comparisons;
  io.tell(...result.problem.split('\n'), 'No handler was tried with the recording.');
  return null;
}

async function runTrial(trial: Trial, { folder, stderr }: CommandIo): Promise<TrialResult> {
  const child = fork(PROCESS, {
    cwd: folder,
    execArgv: KIND === '.ts' ? ['--import', findTypeScriptLoader()] : [],
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  // What handlers print is no part of the answer.
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => stderr.write(chunk));
  return new Promise((resolve, reject) => {
    let result: TrialResult | undefined;
    child.once('message', (message: TrialResult) => {
      result = message;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      resolve(result ?? { problem: `The process that tries the handlers ended with ${signal ?? code}.` });
    });
    child.send(trial);
  });
}

/** The app's folder need not have it. */
function findTypeScriptLoader(): string {
  return pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
}
