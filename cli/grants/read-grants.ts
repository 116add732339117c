/** The handlers of an app, each with what it declares, what its code needs and what runs of it have used. */
import { resolve } from 'node:path';
import { HANDLER_TABLE, loadHandlerTable } from '../../lib/build/build-functions.ts';
import { isObject } from '../../lib/json/json.ts';
import { CommandError } from '../command-error.ts';
import type { Levels } from '../../lib/permissions/needs.ts';
import { readRecordedRoutes } from '../../local/runs/recorded-routes.ts';
import { readAppModules } from './app-modules.ts';
import { findCalls } from './find-calls.ts';
import { judgeCalls, type JudgedCalls } from './judge-calls.ts';
import { listUsedRoutes } from './used-routes.ts';

export interface HandlerGrants extends JudgedCalls {
  readonly handler: string;
  /** The keys of the table that name it. */
  readonly events: readonly string[];
  readonly declared: Levels | 'all';
  /** Routes that only recorded runs show: the code does not name them. */
  readonly used: readonly string[];
}

interface ReadOptions {
  /** The app's folder. Default: the current one. */
  readonly app?: string;
  /** Path of the handler table, from the app's folder. */
  readonly handlers?: string;
  /** Is told what may be right and looks wrong, as the build warns of it. */
  readonly warn?: (warning: string) => void;
}

/** @throws CommandError Where the handlers do not load, or where one of them stands cannot be told. */
export async function readGrants({
  app = '.',
  handlers = HANDLER_TABLE,
  warn = () => {},
}: ReadOptions): Promise<readonly HandlerGrants[]> {
  const folder = resolve(app);
  const table = resolve(folder, handlers);
  const loaded = await loadHandlerTable(folder, table, handlers).catch((error: unknown) => refuse(error));
  for (const warning of loaded.warnings) warn(warning);
  const modules = await readAppModules(folder, loaded.metafile);
  const recorded = await readRecordedRoutes(folder);
  const work = loaded.handlers.map(async (handler): Promise<HandlerGrants> => {
    const entries = loaded.entries.filter((entry) => entry.handler === handler);
    const module = entries
      .map(({ file }) => file && modules.get(file))
      .find((each) => typeof each === 'object');
    if (module === undefined) {
      throw new CommandError(
        `Where the handler '${handler.name}' stands cannot be told. Its line in ${handlers} has to be () => import('./its-module.ts').`,
      );
    }
    const declared = toLevels(handler.permissions);
    const found = findCalls(module, modules);
    const files = modules.listFiles(module);
    const used = await listUsedRoutes({ handler: handler.name, folder, files, recorded, found });
    const runs = used.map((route) => ({ where: 'a recorded run', route, text: route }));
    const events = entries.map(({ key }) => key);
    return { handler: handler.name, events, declared, ...judgeCalls(declared, [...found, ...runs]), used };
  });
  return Promise.all(work);
}

function toLevels(permissions: unknown): Levels | 'all' {
  if (permissions === 'all') return 'all';
  return Object.fromEntries(
    Object.entries(isObject(permissions) ? permissions : {}).map(([name, level]) => [name, String(level)]),
  );
}

function refuse(error: unknown): never {
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  const because = cause instanceof Error ? `\n  because: ${cause.message}` : '';
  throw new CommandError(`The handlers do not load: ${message}${because}`, { cause: error });
}
