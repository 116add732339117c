/** A folder whose `.env` names an App, and the GitHub that knows it: what a command works on without a stage. */
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { createAppKey } from '../../local/github/app-key.ts';
import { createGitHub } from '../../local/github/server.ts';
import type { AppSpec, GitHub, GitHubOptions } from '../../local/github/types.ts';
import { TEST_APP } from '../harness/build.ts';
import { loadWorld } from '../harness/deliver.ts';
import { writePlainHandlers } from './plain-handlers.ts';
import { type Ended, type Folder, makeFolder, type RunOptions } from './run.ts';

export interface AppScene {
  readonly github: GitHub;
  readonly folder: Folder;
  run(args: readonly string[], options?: RunOptions): Promise<Ended>;
  close(): Promise<void>;
}

/** One for all of a test file: making one takes a while. */
const APP_KEY = createAppKey();

export const PRIVATE_KEY_PEM = APP_KEY.privateKeyPem;
export const WEBHOOK_SECRET = 'a webhook secret of this test alone';

interface SceneOptions extends Partial<Omit<GitHubOptions, 'app'>> {
  /** What is other than in the world of the test's app, whose handlers the folder has. */
  readonly app?: Partial<AppSpec>;
  /** For commands that run handlers the `real` ones. Default: `plain`, which declare the same and do nothing. */
  readonly handlers?: 'plain' | 'real';
}

export async function startAppScene({
  app: changed,
  handlers = 'plain',
  ...options
}: SceneOptions = {}): Promise<AppScene> {
  const world = loadWorld();
  const app = {
    ...world.app,
    publicKeys: [APP_KEY.publicKey],
    events: ['issues', 'pull_request'],
    ...changed,
  };
  const hook = { url: 'https://hooks.example.com/', secret: WEBHOOK_SECRET };
  const github = await createGitHub({ ...world, hook, ...options, app });
  const folder = await makeFolder();
  await cp(join(TEST_APP, 'functions'), join(folder.path, 'functions'), { recursive: true });
  if (handlers === 'plain') await writePlainHandlers(folder);
  await folder.write('app.pem', PRIVATE_KEY_PEM);
  await folder.write(
    '.env',
    `GITHUB_APP_ID=${app.id}\nGITHUB_PRIVATE_KEY_FILE=app.pem\nGITHUB_WEBHOOK_SECRET='${WEBHOOK_SECRET}'\nGITHUB_API_URL=${github.url}\n`,
  );
  return {
    github,
    folder,
    run: (args, how) => folder.run(args, how),
    async close() {
      await folder.remove();
      await github.close();
    },
  };
}
