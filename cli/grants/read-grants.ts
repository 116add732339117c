/** The handlers of an app, each with what it declares and what its code needs. */
import { resolve } from 'node:path';
import { HANDLER_TABLE, loadHandlerTable } from '../../lib/build/build-functions.ts';
import { isObject } from '../../lib/json/json.ts';
import { CommandError } from '../command-error.ts';
import { readAppModules } from './app-modules.ts';
import { findCalls } from './find-calls.ts';
import { judge, type Judgement, type Levels } from './judge.ts';

export interface HandlerGrants extends Judgement {
  readonly handler: string;
  /** The keys of the table that name it. */
  readonly events: readonly string[];
  readonly declared: Levels | 'all';
}

interface ReadOptions {
  /** The app's folder. Default: the current one. */
  readonly app?: string;
  /** Path of the handler table, from the app's folder. */
  readonly handlers?: string;
}

/** @throws CommandError Where the handlers do not load, or where one of them stands cannot be told. */
export async function readGrants({
  app = '.',
  handlers = HANDLER_TABLE,
}: ReadOptions): Promise<readonly HandlerGrants[]> {
  const folder = resolve(app);
  const table = resolve(folder, handlers);
  const loaded = await loadHandlerTable(folder, table, handlers).catch((error: unknown) => refuse(error));
  const modules = await readAppModules(folder, loaded.metafile);
  return loaded.handlers.map((handler) => {
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
    const judgement = judge(declared, findCalls(module, modules));
    const events = entries.map(({ key }) => key);
    return { handler: handler.name, events, declared, ...judgement };
  });
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
