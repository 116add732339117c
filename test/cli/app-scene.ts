/** A folder whose `.env` names an App, and the GitHub that knows it: what a command works on without a stage. */
import { createAppKey } from '../../local/github/app-key.ts';
import { createGitHub } from '../../local/github/server.ts';
import type { GitHub } from '../../local/github/types.ts';
import { loadWorld } from '../harness/deliver.ts';
import { type Ended, type Folder, makeFolder, type RunOptions } from './run.ts';

export interface AppScene {
  readonly github: GitHub;
  readonly folder: Folder;
  run(args: readonly string[], options?: RunOptions): Promise<Ended>;
  close(): Promise<void>;
}

/** One for all of a test file: making one takes a while. */
const APP_KEY = createAppKey();

export async function startAppScene(): Promise<AppScene> {
  const world = loadWorld();
  const github = await createGitHub({ ...world, app: { ...world.app, publicKeys: [APP_KEY.publicKey] } });
  const folder = await makeFolder();
  await folder.write('app.pem', APP_KEY.privateKeyPem);
  await folder.write(
    '.env',
    `GITHUB_APP_ID=${world.app.id}\nGITHUB_PRIVATE_KEY_FILE=app.pem\nGITHUB_WEBHOOK_SECRET=s\nGITHUB_API_URL=${github.url}\n`,
  );
  return {
    github,
    folder,
    run: (args, options) => folder.run(args, options),
    async close() {
      await folder.remove();
      await github.close();
    },
  };
}
