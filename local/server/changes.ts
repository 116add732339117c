/** What a changed file means for a running app. Pure. */
import { basename, dirname, join, relative, sep } from 'node:path';

export interface Changes {
  /** `.env`, or the private key that it names. */
  readonly settings: boolean;
  readonly world: boolean;
  /** Names of recorded deliveries. */
  readonly fixtures: readonly string[];
  /** What the functions are built of, from the app's folder. */
  readonly code: readonly string[];
}

interface WatchedApp {
  /** The app's. */
  readonly folder: string;
  /** What the last build read, as absolute paths. */
  readonly inputs: ReadonlySet<string>;
  /** The file that `.env` names as the private key. */
  readonly keyFile: string | undefined;
}

const CODE = /\.(?:[cm]?[jt]sx?|json)$/;
const TEST = /\.test\.[cm]?[jt]sx?$/;

export function toChanges(paths: Iterable<string>, { folder, inputs, keyFile }: WatchedApp): Changes {
  const all = [...paths];
  const functions = join(folder, 'functions');
  const fixtures = join(functions, 'fixtures');
  const recorded = all.filter((path) => dirname(path) === fixtures && path.endsWith('.json'));
  const isCode = (path: string): boolean =>
    inputs.has(path) ||
    (path.startsWith(functions + sep) && dirname(path) !== fixtures && CODE.test(path) && !TEST.test(path));
  return {
    settings: all.some((path) => path === join(folder, '.env') || path === keyFile),
    world: recorded.some((path) => basename(path) === 'world.json'),
    fixtures: recorded.map((path) => basename(path, '.json')).filter((name) => name !== 'world'),
    code: all.filter(isCode).map((path) => relative(folder, path).replaceAll(sep, '/')),
  };
}

/** Every folder in which something may change, given all folders below `functions/`. */
export function listWatched(
  { folder, inputs, keyFile }: WatchedApp,
  below: readonly string[],
): ReadonlySet<string> {
  const own = [...inputs].map((path) => dirname(path)).filter((path) => !isInstalled(path));
  return new Set([folder, ...below, ...own, ...(keyFile === undefined ? [] : [dirname(keyFile)])]);
}

function isInstalled(path: string): boolean {
  return path.split(sep).includes('node_modules');
}
