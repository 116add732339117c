/**
 * Which routes handlers really called, in runs on this machine: `.hookmint/routes/`, a small file for each handler and
 * route. Routes as GitHub documents them and nothing else: no path, no payload, no token.
 *
 * Many processes write at the same time, as a test runner's do, and some of them run older code. A file is named for its
 * fact and for the age of the code, and comes into its place whole. No process writes what another one wrote, and only
 * what newer code makes worthless is removed: nobody's fact is lost, and none is read in half.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseJson, readField, readText } from '../../lib/json/json.ts';
import { findNeed } from '../github/permissions.ts';
import { LOCAL_FOLDER } from '../server/project.ts';

export interface RecordedRoute {
  /** Name of the handler. */
  readonly handler: string;
  /** The module of the code that ran, from the app's folder; absent where the handlers of the app itself ran. */
  readonly module?: string;
  /** `GET /repos/{owner}/{repo}/topics`. */
  readonly route: string;
  /** The code is as it was then, or newer. */
  readonly readAt: Date;
}

interface MadeCalls extends Pick<RecordedRoute, 'handler' | 'module' | 'readAt'> {
  readonly calls: readonly { readonly method: string; readonly path: string }[];
}

const FOLDER = join(LOCAL_FOLDER, 'routes');

/** Of a file: handler, module and route as a digest, and the milliseconds of `readAt`. */
const NAME = /^([0-9a-f]{32})\.(\d+)\.json$/;

/** Files that this process has written: a run again writes nothing. */
const written = new Set<string>();

/**
 * Keeps the routes of these calls. A call of which GitHub documents no route is left out. Where the folder cannot be
 * written, nothing is kept: whoever runs a handler runs it for another reason.
 */
export async function recordRoutes(folder: string, { calls, ...source }: MadeCalls): Promise<void> {
  const routes = calls.map(({ method, path }) => findNeed(method, path.split('?', 1)[0] ?? '')?.route);
  for (const route of new Set(routes)) {
    if (route !== undefined) await keep(folder, { ...source, route }).catch(() => {});
  }
}

/** All that was kept, each with the newest code that called it, in no order. */
export async function readRecordedRoutes(folder: string): Promise<readonly RecordedRoute[]> {
  const place = join(folder, FOLDER);
  const { newest } = sortNames(await readdir(place).catch(() => []));
  const texts = await Promise.all(
    newest.map((name) => readFile(join(place, name), 'utf8').catch(toUndefinedIfGone)),
  );
  // A process with newer code removed it after the names were read, and its own file is not among them.
  if (texts.includes(undefined)) return readRecordedRoutes(folder);
  return texts.map((text) => toRecord(text ?? '')).filter((each) => each !== undefined);
}

async function keep(folder: string, recorded: RecordedRoute): Promise<void> {
  const { handler, module, route, readAt } = recorded;
  const id = createHash('sha256')
    .update(JSON.stringify([handler, module, route]))
    .digest('hex')
    .slice(0, 32);
  const place = join(folder, FOLDER);
  const file = join(place, `${id}.${readAt.getTime()}.json`);
  if (written.has(file)) return;
  await mkdir(place, { recursive: true, mode: 0o700 });
  const beside = join(place, `${id}.${randomUUID()}`);
  await writeFile(beside, JSON.stringify({ handler, module, route, readAt }));
  await rename(beside, file);
  written.add(file);
  const { older } = sortNames((await readdir(place)).filter((name) => name.startsWith(id)));
  await Promise.all(older.map((name) => rm(join(place, name), { force: true })));
}

/** Names of files: of each fact the one with the newest code, and the others. What nobody of us wrote is in neither. */
function sortNames(names: readonly string[]) {
  const ageOf = (name: string): number => Number(NAME.exec(name)?.[2]);
  const newest = new Map<string, string>();
  for (const name of names) {
    const id = NAME.exec(name)?.[1];
    if (id === undefined) continue;
    const known = newest.get(id);
    if (known === undefined || ageOf(known) < ageOf(name)) newest.set(id, name);
  }
  const kept = new Set(newest.values());
  return { newest: [...kept], older: names.filter((name) => NAME.test(name) && !kept.has(name)) };
}

/** A file that cannot be read otherwise is one that says nothing. */
function toUndefinedIfGone(error: unknown): '' | undefined {
  return readField(error, 'code') === 'ENOENT' ? undefined : '';
}

/** @returns undefined for what nobody of us wrote. */
function toRecord(text: string): RecordedRoute | undefined {
  const json = parseJson(text);
  const [handler, module, route] = ['handler', 'module', 'route'].map((name) => readText(json, name));
  const readAt = new Date(readText(json, 'readAt') ?? '');
  if (handler === undefined || route === undefined || Number.isNaN(readAt.getTime())) return undefined;
  return { handler, ...(module !== undefined && { module }), route, readAt };
}
