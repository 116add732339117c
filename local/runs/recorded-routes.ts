/**
 * Which routes handlers really called, in runs on this machine: `.hookmint/routes/`, a small file for each handler and
 * route. Routes as GitHub documents them and nothing else: no path, no payload, no token.
 *
 * Many processes write at the same time, as a test runner's do. No two facts share a file, and a file comes into its
 * place whole, so nobody's fact is lost and none is read in half.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseJson, readText } from '../../lib/json/json.ts';
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

/** What this process has written: a run again writes nothing. */
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

/** All that was kept, in no order. */
export async function readRecordedRoutes(folder: string): Promise<readonly RecordedRoute[]> {
  const files = await readdir(join(folder, FOLDER)).catch(() => []);
  const read = files
    .filter((file) => file.endsWith('.json'))
    .map((file) => readRecord(join(folder, FOLDER, file)));
  return (await Promise.all(read)).filter((each) => each !== undefined);
}

async function keep(folder: string, recorded: RecordedRoute): Promise<void> {
  const { handler, module, route, readAt } = recorded;
  const id = createHash('sha256')
    .update(JSON.stringify([handler, module, route]))
    .digest('hex')
    .slice(0, 32);
  const file = join(folder, FOLDER, `${id}.json`);
  const key = `${file} ${readAt.getTime()}`;
  if (written.has(key)) return;
  written.add(key);
  const before = await readRecord(file);
  if (before !== undefined && before.readAt >= readAt) return; // by a process with newer code
  await mkdir(join(folder, FOLDER), { recursive: true, mode: 0o700 });
  const beside = join(folder, FOLDER, `${id}.${randomUUID()}`);
  await writeFile(beside, JSON.stringify({ handler, module, route, readAt }));
  await rename(beside, file);
}

/** @returns undefined for what nobody of us wrote. */
async function readRecord(file: string): Promise<RecordedRoute | undefined> {
  const json = parseJson(await readFile(file, 'utf8').catch(() => ''));
  const [handler, module, route] = ['handler', 'module', 'route'].map((name) => readText(json, name));
  const readAt = new Date(readText(json, 'readAt') ?? '');
  if (handler === undefined || route === undefined || Number.isNaN(readAt.getTime())) return undefined;
  return { handler, ...(module !== undefined && { module }), route, readAt };
}
