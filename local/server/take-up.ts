/** A running app takes up what was changed in its files, and goes on with what it had where that is no good. */
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type Clock, SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import { completeWorld } from '../fixtures/complete-world.ts';
import { loadWorld, toFixtureFolder } from '../fixtures/fixtures.ts';
import type { GitHub } from '../github/types.ts';
import type { Paint } from '../terminal/paint.ts';
import { explainBuildFailure } from './build-failure.ts';
import type { Builds } from './builds.ts';
import { type Changes, listWatched, toChanges } from './changes.ts';
import type { FunctionName } from './stand-ins.ts';
import { createFileWatch, type FileWatchDeps } from './watch-files.ts';

export interface TakeUp {
  /** Resolves when every change of code or settings that was made so far is taken up. */
  settled(): Promise<void>;
  /** From now on. */
  start(parts: TakeUpParts): Promise<void>;
  close(): Promise<void>;
}

interface TakeUpParts {
  /** The stand-in; undefined where another GitHub is meant. */
  readonly github: GitHub | undefined;
  /** Starts functions anew, from what was built last. @throws Error where one does not start. */
  readonly renew: (names: readonly FunctionName[]) => Promise<void>;
  /**
   * Reads `.env` again, and starts the functions that deliveries wait for anew.
   *
   * @returns In words what it changed.
   * @throws Error where it cannot be used.
   */
  readonly reloadSettings: () => Promise<string>;
  readonly sendFixtures: (names: readonly string[]) => Promise<void>;
}

interface TakeUpDeps {
  /** The app's. */
  readonly folder: string;
  readonly builds: Builds;
  /** The functions that deliveries wait for: they are built first. */
  readonly handling: readonly FunctionName[];
  /** The file that `.env` names as the private key. */
  readonly keyFile: string | undefined;
  readonly paint: Paint;
  readonly tell: (...lines: readonly string[]) => void;
  readonly watch?: FileWatchDeps['watch'];
  readonly clock?: Clock;
}

export function createTakeUp(deps: TakeUpDeps): TakeUp {
  const { folder, builds, handling, keyFile, paint, tell } = deps;
  let working: Promise<void> = Promise.resolve();
  const fileWatch = { current: undefined as ReturnType<typeof createFileWatch> | undefined };
  const app = () => ({ folder, inputs: builds.current().inputs, keyFile });
  const follow = async (): Promise<void> => {
    fileWatch.current?.follow(listWatched(app(), await listFolders(join(folder, 'functions'))));
  };
  const said = (what: string): void => tell(`  ${paint('cyan', '↻')} ${what}`, '');
  const refused = (what: string): void => tell(paint('red', what.replaceAll(/^/gm, '  ')), '');
  /** @returns Whether it went well. */
  const attempt = async (work: () => Promise<string>, consequence: string): Promise<boolean> => {
    try {
      said(await work());
      return true;
    } catch (error) {
      refused(`${explainBuildFailure(error)}\n${consequence}`);
      return false;
    }
  };

  let sweeperWork: Promise<void> = Promise.resolve();
  let sweeperIsDue = false;
  /** One rebuild at a time, so that the one that began last also ends last; what changes meanwhile brings one more. */
  const renewSweeper = (parts: TakeUpParts): void => {
    if (sweeperIsDue) return;
    sweeperIsDue = true;
    const before = sweeperWork;
    sweeperWork = (async () => {
      await before;
      sweeperIsDue = false;
      await rebuildSweeper(builds, parts);
      await follow();
    })();
  };

  const takeUp = async (changes: Changes, parts: TakeUpParts): Promise<void> => {
    const { code, settings, world, fixtures } = changes;
    const { github } = parts;
    let isNew = false;
    working = (async () => {
      if (settings) isNew = await attempt(parts.reloadSettings, 'What was set before goes on.');
      if (code.length === 0) return;
      const build = (): Promise<string> => rebuild(code, handling, builds, parts);
      isNew = (await attempt(build, 'The last good build goes on.')) || isNew;
    })();
    await working;
    if (isNew) renewSweeper(parts);
    if (world && github !== undefined)
      await attempt(() => retake(folder, github), 'The GitHub of before goes on.');
    if (fixtures.length > 0 && github !== undefined) await parts.sendFixtures(fixtures);
    await follow();
  };

  return {
    async settled() {
      await fileWatch.current?.heard();
      await working;
    },
    async start(parts) {
      fileWatch.current = createFileWatch({
        ...deps,
        concerns: (path) => isAnything(toChanges([path], app())),
        onChange: (paths) =>
          takeUp(toChanges(paths, app()), parts).catch((error: unknown) => refused(String(error))),
        onFailure: (code) =>
          refused(`Changes of files are not seen: the system refused to watch (${code}). Restart by hand.`),
      });
      await follow();
    },
    async close() {
      await fileWatch.current?.close();
    },
  };
}

function isAnything({ settings, world, fixtures, code }: Changes): boolean {
  return settings || world || fixtures.length > 0 || code.length > 0;
}

async function rebuild(
  code: readonly string[],
  handling: readonly FunctionName[],
  builds: Builds,
  { renew }: TakeUpParts,
): Promise<string> {
  const startedMs = SYSTEM_CLOCK.now();
  const { handlers, unnamed, warnings } = await builds.build(handling);
  await renew(handling);
  const took = Math.round(SYSTEM_CLOCK.now() - startedMs);
  const taken = code.filter((file) => !unnamed.includes(file));
  const what =
    taken.length === 0
      ? `${toText(code)}: not taken up`
      : `${toText(taken)}: taken up in ${took} ms, with ${handlers.join(', ')}`;
  return [what, ...warnings].join('\n    ');
}

function toText(files: readonly string[]): string {
  return files.length > 3 ? `${files.length} files` : files.join(', ');
}

/**
 * Once in a while it runs handlers, too. It is always built before it is started anew: an older build may want settings
 * that nobody gives any more. What does not build was told; the next change brings the next try.
 */
async function rebuildSweeper(builds: Builds, { renew }: TakeUpParts): Promise<void> {
  await builds
    .build(['sweeper'])
    .then(() => renew(['sweeper']))
    .catch(() => {});
}

async function retake(folder: string, github: GitHub): Promise<string> {
  const fixtures = toFixtureFolder(folder);
  await github.take(completeWorld(await loadWorld(fixtures), {}, {}));
  return `${relative(folder, join(fixtures, 'world.json'))}: taken up; what handlers made at GitHub stays`;
}

/** The folder with all that are in it. */
async function listFolders(folder: string): Promise<readonly string[]> {
  const all = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  const below = all
    .filter((entry) => entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name));
  return [folder, ...below.filter((path) => !path.includes('node_modules'))];
}
