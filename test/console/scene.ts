/** `npm start` in this process, on an app in a folder of its own with its console. */
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningServer, runApp } from '../../local/server/run-app.ts';
import { createRunning } from '../../local/server/running.ts';
import { createTerminal } from '../../local/terminal/terminal.ts';
import { PROJECT, TEST_APP } from '../harness/build.ts';

export interface Scene extends RunningServer {
  readonly folder: string;
  /** What was printed. */
  output(): string;
  close(): Promise<void>;
}

interface SceneOptions {
  readonly queued?: boolean;
  readonly kms?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

export async function startScene({
  queued = false,
  kms = false,
  env = {},
}: SceneOptions = {}): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'hookmint-console-'));
  await cp(join(TEST_APP, 'functions'), join(folder, 'functions'), { recursive: true });
  await symlink(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
  const running = createRunning();
  let text = '';
  const terminal = createTerminal({ write: (told) => (text += told) }, '1');
  const ignore = (): void => {};
  const keyboard = {
    isTTY: false,
    setRawMode: ignore,
    on: ignore,
    off: ignore,
    resume: ignore,
    pause: ignore,
  };
  const server = await runApp({
    folder,
    env: { PORT: '0', ...env },
    queued,
    pull: false,
    kms,
    terminal,
    keyboard,
    running,
    end: ignore,
    restart: ignore,
  });
  return {
    ...server,
    folder,
    output: () => text,
    async close() {
      await running.close();
      await rm(folder, { recursive: true });
    },
  };
}
