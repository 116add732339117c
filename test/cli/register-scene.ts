/** A folder of an app that has no App yet, and the GitHub that is to make one: what `hookmint register` begins with. */
import { cp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import { createGitHub } from '../../local/github/server.ts';
import type { GitHub } from '../../local/github/types.ts';
import { TEST_APP } from '../harness/build.ts';
import { loadWorld } from '../harness/deliver.ts';
import { writePlainHandlers } from './plain-handlers.ts';
import { type Folder, makeFolder, type RunningCommand, type RunOptions } from './run.ts';

export interface RegisterScene {
  readonly github: GitHub;
  readonly folder: Folder;
  /** Runs `hookmint register`; whether somebody has installed the App, it asks every few milliseconds. */
  start(args?: readonly string[], options?: RunOptions): RunningCommand;
  /** No failure leaves a file of an App behind. */
  expectNothingStored(): Promise<void>;
  close(): Promise<void>;
}

/** What `hookmint register` waits between two questions at GitHub. */
const INTERVAL_MS = 3_000;

export const HURRIED = {
  now: () => Date.now(),
  after: (ms: number, callback: () => void) => SYSTEM_CLOCK.after(ms === INTERVAL_MS ? 20 : ms, callback),
};

/** @param handlers `plain` ones declare the same as the `real` ones, and load at once. */
export async function startRegisterScene(handlers: 'plain' | 'real' = 'plain'): Promise<RegisterScene> {
  const world = loadWorld();
  const github = await createGitHub({ ...world, app: { ...world.app, publicKeys: [] }, installations: [] });
  const folder = await makeFolder();
  await cp(join(TEST_APP, 'functions'), join(folder.path, 'functions'), { recursive: true });
  if (handlers === 'plain') await writePlainHandlers(folder);
  await folder.write('package.json', '{ "name": "@octo/labels-for-widgets" }');
  return {
    github,
    folder,
    start: (args = [], options = {}) =>
      folder.start(['register', ...args], {
        clock: HURRIED,
        ...options,
        env: { GITHUB_API_URL: github.url, ...options.env },
      }),
    async expectNothingStored() {
      const files = await readdir(folder.path);
      expect(files.filter((name) => /env|pem|secret/.test(name))).toEqual([]);
    },
    async close() {
      await folder.remove();
      await github.close();
    },
  };
}

/** @throws Error Where the command ends meanwhile. */
export async function until<T>(
  find: () => T | undefined | null | false,
  command: RunningCommand,
): Promise<T> {
  let isOver = false;
  void command.ended.then(() => (isOver = true));
  for (;;) {
    const found = find();
    if (found !== undefined && found !== null && found !== false) return found;
    if (isOver) throw new Error(`ended: ${command.stdout()}${command.stderr()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The address that the command tells its user to open. */
export async function pageOf(command: RunningCommand): Promise<string> {
  return until(() => /http:\/\/127\.0\.0\.1:\d+\//.exec(command.stderr())?.[0], command);
}
