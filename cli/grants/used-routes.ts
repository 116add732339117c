/** What recorded runs of a handler called and its code does not name. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecordedRoute } from '../../local/runs/recorded-routes.ts';
import type { FoundCall } from './find-calls.ts';
import { toRouteKey } from './judge-calls.ts';

interface Recordings {
  /** Name of the handler. */
  readonly handler: string;
  /** The app's. */
  readonly folder: string;
  /** Files that the handler is made of, from the folder. */
  readonly files: readonly string[];
  readonly recorded: readonly RecordedRoute[];
  /** The calls that its code names. */
  readonly found: readonly FoundCall[];
}

/** @returns Routes of runs since the handler's code changed last: what an older one called says nothing. */
export async function listUsedRoutes({
  handler,
  folder,
  files,
  recorded,
  found,
}: Recordings): Promise<readonly string[]> {
  const own = recorded.filter(
    (each) => each.handler === handler && (each.module === undefined || files.includes(each.module)),
  );
  if (own.length === 0) return [];
  const changes = await Promise.all(
    files.map((file) => readChange(join(folder, file)).catch(() => Infinity)),
  );
  const changedMs = Math.max(...changes);
  const named = new Set(found.map(({ route }) => route && toRouteKey(route)));
  const routes = own
    .filter(({ readAt, route }) => readAt.getTime() > changedMs && !named.has(toRouteKey(route)))
    .map(({ route }) => route);
  return [...new Set(routes)].toSorted();
}

/** A file that takes the place of another may be older by its own time, but not by that of its entry. */
async function readChange(file: string): Promise<number> {
  const { mtimeMs, ctimeMs } = await stat(file);
  return Math.max(mtimeMs, ctimeMs);
}
