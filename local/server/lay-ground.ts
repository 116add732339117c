/** What a running app stands on: the front door, the built functions, the stand-ins, and the ledger. */
import { join } from 'node:path';
import { findNeeds } from '../../lib/build/app-needs.ts';
import { type FrontDoor, openFrontDoor } from '../aws/function-url.ts';
import { type LedgerTable, openLedgerTable } from '../aws/ledger-table.ts';
import { completeWorld } from '../fixtures/complete-world.ts';
import { loadWorld, toFixtureFolder } from '../fixtures/fixtures.ts';
import { createAppKey } from '../github/app-key.ts';
import { describeCheck, describeMode, describeParts } from '../terminal/introduce.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { explainBuildFailure } from './build-failure.ts';
import { type Builds, createBuilds } from './builds.ts';
import { checkApp } from './check-app.ts';
import { loadHandlerSettings } from './handler-settings.ts';
import { type LedgerFolder, openLedgerFolder } from './ledger-folder.ts';
import { LOCAL_FOLDER } from './project.ts';
import { type Live, toVariables } from './reload-settings.ts';
import type { Running } from './running.ts';
import { type Environment, type GitHubChoice, loadLocalSettings } from './settings.ts';
import {
  type FunctionName,
  type GitHubSource,
  LEDGER_TABLE,
  type StandIns,
  startStandIns,
} from './stand-ins.ts';
import { StartError } from './start-error.ts';
import { keepWebhookSecret } from './webhook-secret.ts';

export interface GroundOptions {
  /** The app's. */
  readonly folder: string;
  readonly env: Environment;
  /** A queue and a worker, in place of handling what comes at once. */
  readonly queued: boolean;
  /** The private key in a KMS, in place of Secrets Manager. */
  readonly kms: boolean;
  readonly terminal: Terminal;
  /** Is given everything that has to be closed. */
  readonly running: Running;
}

/** What the functions stand on. */
export interface Ground {
  readonly live: Live;
  readonly frontDoor: FrontDoor;
  readonly standIns: StandIns;
  readonly builds: Builds;
  readonly ledger: LedgerTable | undefined;
  /** Prints what comes of itself. */
  readonly tell: (...lines: readonly string[]) => void;
}

export async function layGround({
  folder,
  env,
  queued,
  kms,
  terminal,
  running,
}: GroundOptions): Promise<Ground> {
  const { paint, say } = terminal;
  const settings = await loadLocalSettings(folder, env);
  const frontDoor = running.keep(await takePort(settings.port));
  say(`${paint('bold', 'hookmint')}: ${describeMode(settings.github)}`, '');
  if (settings.github.kind === 'real') say(...describeCheck(await checkApp(settings.github), paint), '');

  const builds = running.keep(
    await createBuilds({
      folder,
      outdir: join(LOCAL_FOLDER, String(frontDoor.port)),
      only: [...toHandling(queued), 'sweeper'],
    }).catch((error: unknown) => {
      throw new StartError(explainBuildFailure(error));
    }),
  );
  const handlers = await loadHandlerSettings(folder, env, builds.current().settings);
  const kept = await openLedgerFolder(folder);
  if (kept.problem !== undefined) say(`  ${paint('yellow', kept.problem)}`, '');
  const secret = settings.webhookSecret ?? (await keepWebhookSecret(folder));
  const standIns = running.keep(
    await startStandIns({
      github: await toSource(settings.github, folder, () => findNeeds(builds.current().declared).events),
      webhookSecret: secret,
      queued,
      kms,
      variables: toVariables(settings),
      handlers,
      ledgerPath: kept.path,
      githubPort: kept.githubPort,
      keptDeliveries: kept.deliveries,
    }),
  );
  await keepGitHubPort(kept, standIns);
  const { handlers: names, warnings } = builds.current();
  const warned = warnings.map((warning) => `  ${paint('yellow', warning)}`);
  say(...describeParts(standIns, settings, names, paint), ...warned, '');
  return {
    live: { settings, secret, handlers, env: standIns.env },
    frontDoor,
    standIns,
    builds,
    ledger:
      standIns.dynamodbUrl === undefined
        ? undefined
        : running.keep(openLedgerTable(standIns.dynamodbUrl, LEDGER_TABLE)),
    // What comes of itself is not told once the end has begun.
    tell: (...lines) => void (running.isClosing() || say(...lines)),
  };
}

/** The functions that deliveries wait for. */
export function toHandling(queued: boolean): readonly FunctionName[] {
  return queued ? ['webhook', 'worker'] : ['webhook'];
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

/** @param events What the stand-in's App is subscribed to, where `world.json` does not say: what the handlers need now. */
async function toSource(
  choice: GitHubChoice,
  folder: string,
  events: () => readonly string[],
): Promise<GitHubSource> {
  if (choice.kind === 'real') return { ...choice, kind: 'elsewhere' };
  const world = completeWorld(await loadWorld(toFixtureFolder(folder)), {}, {});
  if (choice.kind === 'stand-in') {
    return { kind: 'stand-in', world: { ...world, app: { events, ...world.app } } };
  }
  const { apiUrl } = choice;
  const { privateKeyPem } = createAppKey();
  return { kind: 'elsewhere', apiUrl, appId: String(world.app.id), privateKeyPem };
}

async function keepGitHubPort(kept: LedgerFolder, { github }: StandIns): Promise<void> {
  if (github !== undefined) await kept.keepGitHubPort(Number(new URL(github.url).port));
}
