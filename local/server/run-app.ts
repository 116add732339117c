/**
 * hookmint on this machine, without an account and without a network. Builds the functions, starts what
 * stands in for GitHub and AWS, serves the webhook function, sends it the recorded deliveries, and tells
 * what becomes of every delivery.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buildFunctions } from '../../lib/build/build-functions.ts';
import { type FrontDoor, openFrontDoor } from '../aws/function-url.ts';
import { completeWorld } from '../fixtures/complete-world.ts';
import { loadWorld } from '../fixtures/fixtures.ts';
import { createAppKey } from '../github/app-key.ts';
import { describeMode, describeNext, describeParts } from '../terminal/introduce.ts';
import { createNarrator } from '../terminal/narrate.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { LOCAL_FOLDER } from './project.ts';
import { createRecorded } from './recorded.ts';
import type { Running } from './running.ts';
import { serveWebhook, startSweeper, startWorker, type Stage } from './serve.ts';
import { type GitHubChoice, loadLocalSettings, type Environment } from './settings.ts';
import { type GitHubSource, startStandIns } from './stand-ins.ts';
import { StartError } from './start-error.ts';
import { keepWebhookSecret } from './webhook-secret.ts';

interface AppOptions {
  /** The app's. */
  readonly folder: string;
  readonly env: Environment;
  /** A queue and a worker, in place of handling what comes at once. */
  readonly queued: boolean;
  readonly terminal: Terminal;
  /** Is given everything that has to be closed. */
  readonly running: Running;
}

/**
 * Resolves when everything runs and the recorded deliveries are through.
 *
 * @throws StartError, SettingsError: for whoever typed `npm start`.
 */
export async function runApp({ folder, env, queued, terminal, running }: AppOptions): Promise<void> {
  const { paint, width, say } = terminal;
  const settings = await loadLocalSettings(folder, env);
  const frontDoor = running.keep(await takePort(settings.port));
  say(`${paint('bold', 'hookmint')}: ${describeMode(settings.github)}`, '');

  // In a folder of its own: neither `npm run build` nor another server takes its files away.
  const outdir = join(LOCAL_FOLDER, String(frontDoor.port));
  running.keep({ close: () => rm(outdir, { recursive: true, force: true }) });
  const { handlers } = await buildFunctions({ outdir }).catch(explainBuild);
  const secret = settings.webhookSecret ?? (await keepWebhookSecret(folder));
  const source = await toSource(settings.github);
  const variables = settings.passedOn;
  const standIns = running.keep(
    await startStandIns({ github: source, webhookSecret: secret, queued, variables }),
  );
  const { github, sqs } = standIns;
  say(...describeParts(standIns, settings, handlers, paint), '');

  const recorded = createRecorded({ url: frontDoor.url, secret, say });
  const stage: Stage = {
    functions: join(outdir, 'functions'),
    standIns,
    narrator: createNarrator({ paint, width, tokens: github?.tokens ?? [] }),
    recorded,
    paint,
    keep: running.keep,
    // What comes of itself is not told once the end has begun.
    tell: (...lines) => void (running.isClosing() || say(...lines)),
  };
  if (sqs !== undefined) await startWorker(sqs, stage);
  const watch = await serveWebhook(frontDoor, secret, stage);
  if (settings.github.kind !== 'other-stand-in') await startSweeper(stage);
  say(`listening on ${frontDoor.url}`, '');

  if (github !== undefined) await recorded.sendAll(() => watch.settled());
  say(...describeNext(frontDoor, standIns, settings.github, paint), '');
}

async function takePort(port: number): Promise<FrontDoor> {
  try {
    return await openFrontDoor(port);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
    const why =
      code === 'EADDRINUSE' ? 'is taken: something else listens there' : 'is not yours to listen on';
    throw new StartError(
      `Port ${port} ${why}. Choose another one: PORT=${port === 4000 ? 5000 : 4000} npm start`,
    );
  }
}

/** Where esbuild found the mistake, it has printed itself; what the check of the handlers found is in the error. */
function explainBuild(error: unknown): never {
  const [what = ''] = (error instanceof Error ? error.message : String(error)).split(':\n');
  const because = error instanceof Error && error.cause instanceof Error ? `\n  ${error.cause.message}` : '';
  throw new StartError(`The functions could not be built: ${what}${because}`);
}

async function toSource(choice: GitHubChoice): Promise<GitHubSource> {
  if (choice.kind === 'real') return { ...choice, kind: 'elsewhere' };
  const world = completeWorld(await loadWorld(), {}, {});
  if (choice.kind === 'stand-in') return { kind: 'stand-in', world };
  const { apiUrl } = choice;
  const { privateKeyPem } = createAppKey();
  return { kind: 'elsewhere', apiUrl, appId: String(world.app.id), privateKeyPem };
}
