/**
 * hookmint on this machine, without an account and without a network. Builds the functions, starts what
 * stands in for GitHub and AWS, serves the webhook function, sends it the recorded deliveries, tells what
 * becomes of every delivery, and takes up what is changed meanwhile.
 */
import { join } from 'node:path';
import { SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import { createDeliveryLog } from '../../lib/github/delivery-log.ts';
import { toPlainText } from '../../lib/log/plain-text.ts';
import { type FrontDoor, openFrontDoor } from '../aws/function-url.ts';
import { type LedgerTable, openLedgerTable } from '../aws/ledger-table.ts';
import { createJournal, type Journal } from '../console/journal.ts';
import { createSendAgain } from '../console/send-again.ts';
import { completeWorld } from '../fixtures/complete-world.ts';
import { loadWorld, toFixtureFolder } from '../fixtures/fixtures.ts';
import { createAppKey } from '../github/app-key.ts';
import {
  describeCheck,
  describeMode,
  describeNext,
  describeParts,
  describePull,
} from '../terminal/introduce.ts';
import { describeKeys, type Key, type Keyboard, listenToKeys } from '../terminal/keys.ts';
import { createNarrator } from '../terminal/narrate.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { explainBuildFailure } from './build-failure.ts';
import { type Builds, createBuilds } from './builds.ts';
import { checkApp, toApp } from './check-app.ts';
import { type HandlerSettings, loadHandlerSettings } from './handler-settings.ts';
import { keepLines } from './keep-lines.ts';
import { type LedgerFolder, openLedgerFolder } from './ledger-folder.ts';
import { LOCAL_FOLDER } from './project.ts';
import { startPulling } from './pull-deliveries.ts';
import { openPulledStore } from './pulled-store.ts';
import { createRecorded } from './recorded.ts';
import { type Live, reloadSettings } from './reload-settings.ts';
import { writeRunning } from './running-file.ts';
import type { Running } from './running.ts';
import { serveWebhook, type Stage, startSweeper, startWorker, type Sweeper } from './serve.ts';
import { type Environment, type GitHubChoice, loadLocalSettings } from './settings.ts';
import {
  type FunctionName,
  type GitHubSource,
  LEDGER_TABLE,
  type StandIns,
  startStandIns,
} from './stand-ins.ts';
import { StartError } from './start-error.ts';
import { createTakeUp } from './take-up.ts';
import { keepWebhookSecret } from './webhook-secret.ts';

export interface AppOptions {
  /** The app's. */
  readonly folder: string;
  readonly env: Environment;
  /** A queue and a worker, in place of handling what comes at once. */
  readonly queued: boolean;
  /** Reads what a real App gets out of GitHub's log. */
  readonly pull: boolean;
  /** The private key in a KMS, in place of Secrets Manager. */
  readonly kms: boolean;
  readonly terminal: Terminal;
  readonly keyboard: Keyboard;
  /** Is given everything that has to be closed. */
  readonly running: Running;
  /** Ends the server. */
  readonly end: () => void;
  /** Ends it and begins anew, with other settings. */
  readonly restart: () => void;
}

/**
 * Resolves when everything runs and the recorded deliveries are through.
 *
 * @throws StartError, SettingsError: for whoever typed `npm start`.
 */
export async function runApp(options: AppOptions): Promise<void> {
  const { running, terminal } = options;
  const { paint, say } = terminal;
  const ground = await layGround(options);
  const { live, frontDoor, standIns, builds, ledger, tell } = ground;
  const { github, sqs } = standIns;
  const secret = (): string => live.secret;
  const journal = createJournal();
  const takeUp = running.keep(
    createTakeUp({
      ...options,
      builds,
      handling: toHandling(options.queued),
      keyFile: toKeyFile(live),
      paint,
      tell,
    }),
  );
  const shows = { bodies: false };
  const recorded = createRecorded({
    url: frontDoor.url,
    secret,
    folder: toFixtureFolder(options.folder),
    forget: (ids) => forget(ids, ledger),
    say,
  });
  const stage: Stage = {
    deployed: () => ({ bundles: builds.current().bundles, env: live.env }),
    standIns,
    narrator: createNarrator({ ...terminal, tokens: github?.tokens ?? [], showsBodies: () => shows.bodies }),
    recorded,
    journal,
    keepLine: await announce(options, ground),
    paint,
    keep: running.keep,
    tell,
    settled: () => takeUp.settled(),
  };
  const worker = sqs && (await startWorker(sqs, stage));
  const webhook = await serveWebhook(frontDoor, secret, stage);
  // What is pulled failed at GitHub, which the sweep would ask for again.
  const isSwept = live.settings.github.kind !== 'other-stand-in' && !options.pull;
  const sweeper = isSwept ? await startSweeper(stage) : undefined;
  const functions = { webhook, worker, sweeper };
  const loadHandlers = (): Promise<HandlerSettings> =>
    loadHandlerSettings(options.folder, options.env, builds.current().settings);
  const renew = async (names: readonly FunctionName[]): Promise<void> => {
    // A changed handler may have to be told something new.
    live.handlers = await loadHandlers();
    live.env = standIns.describe(live.settings.passedOn, live.handlers);
    await Promise.all(names.map(async (name) => functions[name]?.renew()));
  };
  const renewAll = (): Promise<void> => renew(['webhook', 'worker', 'sweeper']);
  await takeUp.start({
    github,
    renew,
    reloadSettings: () => reloadSettings({ ...options, live, standIns, loadHandlers, renew: renewAll }),
    sendFixtures: (names) => recorded.sendAgain(names),
  });
  say(`listening on ${frontDoor.url}`, '');
  if (options.pull) await pull(options, ground);

  if (github !== undefined) await recorded.sendAll(() => webhook.watch.settled());
  const keys = toKeys({ ...options, ...ground, journal, shows, sweeper });
  const typed = options.keyboard.isTTY === true ? [`Keys: ${describeKeys(keys, paint)}`] : [];
  say(...describeNext(frontDoor, standIns, live.settings.github, paint), ...typed, '');
  running.keep(listenToKeys({ keyboard: options.keyboard, keys, end: options.end, makeRoom: () => say('') }));
}

/** Lets the other commands find this server. @returns Keeps a line of a function for them. */
async function announce(
  { folder, running }: AppOptions,
  { frontDoor, standIns, live }: Ground,
): Promise<(line: string) => void> {
  const { github, sqs, apiUrl, dynamodbUrl, privateKeyPem } = standIns;
  if (dynamodbUrl === undefined) return () => {};
  const lines = running.keep(keepLines(join(folder, LOCAL_FOLDER, `lines-${frontDoor.port}.jsonl`)));
  const close = await writeRunning(folder, {
    pid: process.pid,
    url: frontDoor.url,
    appId: standIns.env.webhook['GITHUB_APP_ID'] ?? '',
    apiUrl,
    ...(github !== undefined && { privateKeyPem, webhookSecret: live.secret }),
    ledgerTable: LEDGER_TABLE,
    dynamodbUrl,
    ...(sqs && { queue: { url: sqs.queueUrl, deadLetterUrl: sqs.deadLetterUrl, endpoint: sqs.url } }),
    linesFile: lines.file,
  });
  running.keep({ close });
  return (line) => lines.take(line);
}

/** @throws StartError Where no real App is named: a stand-in's deliveries come by themselves. */
async function pull({ folder, running, terminal }: AppOptions, ground: Ground): Promise<void> {
  const { live, frontDoor, tell } = ground;
  const { github } = live.settings;
  if (github.kind !== 'real') {
    throw new StartError(
      '--pull is for a real App: set GITHUB_APP_ID, GITHUB_PRIVATE_KEY_FILE and GITHUB_WEBHOOK_SECRET in .env.',
    );
  }
  terminal.say(...describePull(github), '');
  const store = await openPulledStore(folder, github.appId, SYSTEM_CLOCK.now());
  running.keep(
    startPulling({
      log: createDeliveryLog(toApp(github).call),
      store,
      url: frontDoor.url,
      secret: () => live.secret,
      clock: SYSTEM_CLOCK,
      tell: (text) => tell(`  ${terminal.paint('yellow', toPlainText(text))}`, ''),
    }),
  );
}

/** What the functions stand on. */
interface Ground {
  readonly live: Live;
  readonly frontDoor: FrontDoor;
  readonly standIns: StandIns;
  readonly builds: Builds;
  readonly ledger: LedgerTable | undefined;
  /** Prints what comes of itself. */
  readonly tell: (...lines: readonly string[]) => void;
}

async function layGround({ folder, env, queued, kms, terminal, running }: AppOptions): Promise<Ground> {
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
      github: await toSource(settings.github, folder),
      webhookSecret: secret,
      queued,
      kms,
      variables: settings.passedOn,
      handlers,
      ledgerPath: kept.path,
      githubPort: kept.githubPort,
    }),
  );
  await keepGitHubPort(kept, standIns);
  say(...describeParts(standIns, settings, builds.current().handlers, paint), '');
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
function toHandling(queued: boolean): readonly FunctionName[] {
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

async function toSource(choice: GitHubChoice, folder: string): Promise<GitHubSource> {
  if (choice.kind === 'real') return { ...choice, kind: 'elsewhere' };
  const world = completeWorld(await loadWorld(toFixtureFolder(folder)), {}, {});
  if (choice.kind === 'stand-in') return { kind: 'stand-in', world };
  const { apiUrl } = choice;
  const { privateKeyPem } = createAppKey();
  return { kind: 'elsewhere', apiUrl, appId: String(world.app.id), privateKeyPem };
}

async function keepGitHubPort(kept: LedgerFolder, { github }: StandIns): Promise<void> {
  if (github !== undefined) await kept.keepGitHubPort(Number(new URL(github.url).port));
}

function toKeyFile({ settings: { github } }: Live): string | undefined {
  return github.kind === 'real' ? github.privateKeyFile : undefined;
}

/** Of what an earlier server recorded. */
async function forget(deliveryIds: readonly string[], ledger: LedgerTable | undefined): Promise<void> {
  const known = new Set(deliveryIds);
  const entries = (await ledger?.list()) ?? [];
  for (const { id, key } of entries) if (known.has(key.deliveryId)) await ledger?.forget(id);
}

interface KeyParts extends Ground, Pick<AppOptions, 'end' | 'terminal'> {
  readonly journal: Journal;
  readonly shows: { bodies: boolean };
  readonly sweeper: Sweeper | undefined;
}

function toKeys({ journal, shows, sweeper, end, terminal, tell, ...ground }: KeyParts): readonly Key[] {
  const note = (text: string): void => tell(`  ${terminal.paint('dim', text)}`, '');
  const sendAgain = createSendAgain({ ...toSendParts(ground), journal });
  const resend = async (): Promise<void> => {
    const last = journal.last();
    if (last === undefined) note('Nothing came yet that could be sent again.');
    else await sendAgain(last).catch((error: unknown) => note(`Not sent: ${String(error)}`));
  };
  const toggle = (): void => {
    shows.bodies = !shows.bodies;
    note(shows.bodies ? 'Bodies of calls are shown from now on.' : 'Bodies of calls are hidden.');
  };
  const sweep = async (): Promise<void> => {
    await sweeper?.sweep().catch(() => {}); // its own log line tells why
  };
  return [
    { key: 'r', does: 'resend the last', act: () => void resend() },
    ...(sweeper === undefined ? [] : [{ key: 's', does: 'sweep now', act: () => void sweep() }]),
    { key: 'b', does: 'show bodies', act: toggle },
    { key: 'q', does: 'quit', act: end },
  ];
}

function toSendParts({ frontDoor, live, standIns, builds, ledger }: Omit<Ground, 'tell'>) {
  return {
    url: frontDoor.url,
    secret: () => live.secret,
    ledger,
    ledgerScope: {
      host: new URL(standIns.apiUrl).host,
      appId: standIns.env.webhook['GITHUB_APP_ID'] ?? '',
    },
    handlers: () => builds.current().handlers,
  };
}
