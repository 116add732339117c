/**
 * hookmint on this machine, without an account and without a network. Builds the functions, starts what
 * stands in for GitHub and AWS, serves the webhook function, sends it the recorded deliveries, tells what
 * becomes of every delivery, and takes up what is changed meanwhile.
 */
import type { LedgerTable } from '../aws/ledger-table.ts';
import { createJournal, type Journal } from '../console/journal.ts';
import { toFixtureFolder } from '../fixtures/fixtures.ts';
import { describeNext } from '../terminal/introduce.ts';
import { describeKeys, type Key, type Keyboard, listenToKeys } from '../terminal/keys.ts';
import { createNarrator } from '../terminal/narrate.ts';
import { announce } from './announce.ts';
import { type HandlerSettings, loadHandlerSettings } from './handler-settings.ts';
import { type Ground, type GroundOptions, layGround, toHandling } from './lay-ground.ts';
import { openConsole, toSendAgain } from './open-console.ts';
import { pull } from './pull.ts';
import { recordCall } from './record-call.ts';
import { createRecorded, type Recorded } from './recorded.ts';
import { createRenewal, type Live, reloadSettings } from './reload-settings.ts';
import { serveWebhook, type Stage, startSweeper, startWorker, type Sweeper } from './serve.ts';
import type { FunctionName } from './stand-ins.ts';
import { createTakeUp, type TakeUp } from './take-up.ts';

export interface AppOptions extends GroundOptions {
  /** Reads what a real App gets out of GitHub's log. */
  readonly pull: boolean;
  readonly keyboard: Keyboard;
  /** Ends the server. */
  readonly end: () => void;
  /** Ends it and begins anew, with other settings. */
  readonly restart: () => void;
}

export interface RunningServer {
  /** Of the front door. */
  readonly url: string;
  readonly consoleUrl: string;
  readonly journal: Journal;
}

/** What the terminal shows besides, as somebody chose by a key. */
interface Shows {
  bodies: boolean;
}

/**
 * Resolves when everything runs and the recorded deliveries are through.
 *
 * @throws StartError, SettingsError: for whoever typed `npm start`.
 */
export async function runApp(options: AppOptions): Promise<RunningServer> {
  const { running, terminal, keyboard, folder } = options;
  const { paint, say } = terminal;
  const ground = await layGround(options);
  const { live, frontDoor, standIns } = ground;
  const { github } = standIns;
  const journal = createJournal();
  const shows: Shows = { bodies: false };
  const handling = toHandling(options.queued);
  /** Recorded deliveries that the console wrote: they are not sent for that. */
  const saved = new Set<string>();
  const takeUp = running.keep(
    createTakeUp({
      ...ground,
      folder,
      handling,
      keyFile: toKeyFile(live),
      paint,
    }),
  );
  const recorded = createRecorded({
    url: frontDoor.url,
    secret: () => live.secret,
    folder: toFixtureFolder(folder),
    forget: (ids) => forget(ids, ground.ledger),
    journal,
    say,
  });
  const keepLine = await announce(options, ground);
  const stage = toStage(options, { ground, journal, shows, recorded, takeUp, keepLine });
  // What is pulled failed at GitHub, which the sweep would ask for again.
  const isSwept = live.settings.github.kind !== 'other-stand-in' && !options.pull;
  const { sweeper, start } = await startFunctions(ground, stage, isSwept);
  const loadHandlers = (): Promise<HandlerSettings> =>
    loadHandlerSettings(folder, options.env, ground.builds.current().settings);
  const renew = createRenewal({ live, standIns, loadHandlers, handling, start });
  await takeUp.start({
    github,
    renew,
    reloadSettings: () =>
      reloadSettings({ ...options, live, standIns, loadHandlers, renew: () => renew(handling) }),
    sendFixtures: (names) => recorded.sendAgain(names.filter((name) => !saved.delete(name))),
  });
  const { url: consoleUrl } = running.keep(await openConsole(ground, { folder, journal, sweeper, saved }));
  say(`listening on ${frontDoor.url}`, `console on ${consoleUrl}`, '');
  if (options.pull) await pull(options, ground);

  if (github !== undefined) await recorded.sendAll();
  const keys = toKeys({ ...options, ground, journal, shows, sweeper });
  const typed = keyboard.isTTY === true ? [`Keys: ${describeKeys(keys, paint)}`] : [];
  say(...describeNext(frontDoor, standIns, live.settings.github, paint), ...typed, '');
  running.keep(listenToKeys({ keyboard, keys, end: options.end, makeRoom: () => say('') }));
  return { url: frontDoor.url, consoleUrl, journal };
}

interface StageParts {
  readonly ground: Ground;
  readonly journal: Journal;
  readonly shows: Shows;
  readonly recorded: Recorded;
  readonly takeUp: TakeUp;
  readonly keepLine: Stage['keepLine'];
}

function toStage({ folder, running, terminal }: AppOptions, parts: StageParts): Stage {
  const { ground, journal, shows, recorded, takeUp, keepLine } = parts;
  const { live, standIns, builds, tell } = ground;
  return {
    deployed: () => ({ bundles: builds.current().bundles, env: live.env }),
    standIns,
    narrator: createNarrator({
      ...terminal,
      tokens: standIns.github?.tokens ?? [],
      isStandIn: standIns.github !== undefined,
      showsBodies: () => shows.bodies,
      level: () => live.settings.passedOn['LOG_LEVEL'] ?? 'info',
    }),
    recorded,
    journal,
    paint: terminal.paint,
    keep: running.keep,
    keepLine,
    recordCall: (line, readAt) => void recordCall(folder, line, readAt),
    tell,
    settled: () => takeUp.settled(),
  };
}

async function startFunctions(
  { live, frontDoor, standIns: { sqs } }: Ground,
  stage: Stage,
  isSwept: boolean,
) {
  const worker = sqs && (await startWorker(sqs, stage));
  const webhook = await serveWebhook(frontDoor, () => live.secret, stage);
  const sweeper = isSwept ? await startSweeper(stage) : undefined;
  const functions = { webhook, worker, sweeper };
  const start = async (names: readonly FunctionName[]): Promise<void> =>
    void (await Promise.all(names.map(async (name) => functions[name]?.renew())));
  return { sweeper, start };
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

interface KeyParts extends Pick<AppOptions, 'end' | 'terminal'> {
  readonly ground: Ground;
  readonly journal: Journal;
  readonly shows: Shows;
  readonly sweeper: Sweeper | undefined;
}

function toKeys({ ground, journal, shows, sweeper, end, terminal }: KeyParts): readonly Key[] {
  const note = (text: string): void => ground.tell(`  ${terminal.paint('dim', text)}`, '');
  const sendAgain = toSendAgain(ground, journal);
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
