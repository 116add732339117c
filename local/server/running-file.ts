/**
 * `.hookmint/running-PORT.json`: what `npm start` tells the other commands of itself, so that `hookmint show` and its
 * sisters find on this machine what a stack's outputs name on AWS. It is there while the server runs.
 */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseJson, readField, readText } from '../../lib/json/json.ts';
import { LOCAL_FOLDER } from './project.ts';

export interface RunningApp {
  readonly pid: number;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Of the front door. */
  readonly url: string;
  readonly appId: string;
  readonly apiUrl: string;
  /** Of the App that the stand-in knows; left out where a real App is named, whose key stays where it is. */
  readonly privateKeyPem?: string | undefined;
  readonly webhookSecret?: string | undefined;
  readonly ledgerTable: string;
  readonly dynamodbUrl: string;
  readonly queue?:
    { readonly url: string; readonly deadLetterUrl: string; readonly endpoint: string } | undefined;
  /** File of the functions' log lines. */
  readonly linesFile: string;
}

const FILE = /^running-\d+\.json$/;

/** Only its owner may read it: a key stands there, if only of a stand-in. */
const MODE = 0o600;

/** @returns Takes the file away again. */
export async function writeRunning(folder: string, running: RunningApp): Promise<() => Promise<void>> {
  const path = join(folder, LOCAL_FOLDER, `running-${new URL(running.url).port}.json`);
  await rm(path, { force: true }); // a file that is there would keep its mode
  await writeFile(path, JSON.stringify(running), { mode: MODE });
  return async () => {
    // Another server may have started at this port since.
    if ((await readFileOf(path))?.pid === running.pid) await rm(path, { force: true });
  };
}

/**
 * @param port Of its front door; undefined: of several servers the one that started last.
 * @returns undefined where no server runs in this folder, or at this port.
 */
export async function readRunning(folder: string, port?: string): Promise<RunningApp | undefined> {
  const local = join(folder, LOCAL_FOLDER);
  const files = await readdir(local).catch(() => []);
  const wanted = files.filter((file) =>
    port === undefined ? FILE.test(file) : file === `running-${port}.json`,
  );
  const found = await Promise.all(wanted.map((file) => readFileOf(join(local, file))));
  return found
    .filter((each) => each !== undefined)
    .toSorted((a, b) => (a.startedAt < b.startedAt ? 1 : -1))
    .at(0);
}

async function readFileOf(path: string): Promise<RunningApp | undefined> {
  const found = parseJson(await readFile(path, 'utf8').catch(() => ''));
  const pid = readField(found, 'pid');
  if (typeof pid !== 'number' || !isAlive(pid) || !isRunningApp(found)) return undefined;
  return found;
}

function isRunningApp(value: unknown): value is RunningApp {
  const texts = ['startedAt', 'url', 'appId', 'apiUrl', 'ledgerTable', 'dynamodbUrl', 'linesFile'];
  return texts.every((name) => readText(value, name) !== undefined);
}

/** A server that was killed took nothing away. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
