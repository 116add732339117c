/** Loads the module of a handler, and makes sure that it is one, of its key. */
import { ServiceFault } from '../faults.ts';
import { readField } from '../json/json.ts';
import type { Handler } from './define-handler.ts';

/** Imports the module of a handler. */
export type LoadModule = () => Promise<{ readonly default: Handler }>;

/** The key of handlers that want every event. */
export const EVERYTHING = '*';

/**
 * @param key The one that the module stands under in the handler table.
 * @throws ServiceFault `handler_invalid` where the module does not load or is not a handler of its key.
 */
export async function loadHandler(key: string, load: LoadModule): Promise<Handler> {
  const place = toPlace(key, load);
  const handler = await loadModule(load, place);
  refuseMisplaced(handler, key, place);
  return handler;
}

/**
 * Loads a module without asking where it stands.
 *
 * @param place The module, as messages name it.
 * @throws ServiceFault `handler_invalid` where the module does not load or is no handler.
 */
export async function loadModule(load: LoadModule, place: string): Promise<Handler> {
  const handler = await loadDefault(load).catch((cause: unknown) => {
    throw invalid(`${place} does not load.`, cause);
  });
  if (isHandler(handler)) return handler;
  throw invalid(`${place} has no default export made by defineHandler(…).`);
}

/** @throws ServiceFault `handler_invalid` for a handler that gets no delivery of the key, and for one without a name. */
export function refuseMisplaced({ events, name }: Handler, key: string, place: string): void {
  if (!events.some((event) => isCovering(event, key))) {
    const handled = events.map((event) => `'${event}'`).join(', ');
    throw invalid(`${place} handles ${handled}: under '${key}' its event must be '${key}' or broader.`);
  }
  if (name === '') {
    throw invalid(`${place} handles several events: give it a \`name\`, the ledger needs one.`);
  }
}

/** Whether a handler of this event gets every delivery of the key. */
export function isCovering(event: string, key: string): boolean {
  return event === key || event === EVERYTHING || event === splitKey(key)[0];
}

/** An action may hold dots (`repository_dispatch`'s is free text); an event's name does not. */
export function splitKey(key: string): readonly [event: string, action?: string] {
  const dot = key.indexOf('.');
  return dot === -1 ? [key] : [key.slice(0, dot), key.slice(dot + 1)];
}

/** An import that stands in a table, also where a bundler or a test runner has rewritten it. */
const IMPORT = /import\w*\(\s*(?:\/\*.*?\*\/\s*)?["'`]([^"'`]+)/;

/** By its key; and by its file, which in a bundle is the chunk that carries its name: a key may have several. */
function toPlace(key: string, load: LoadModule): string {
  const file = IMPORT.exec(String(load))?.[1];
  return file === undefined ? `The module for '${key}'` : `The module for '${key}', ${file},`;
}

async function loadDefault(load: () => Promise<{ readonly default: unknown }>): Promise<unknown> {
  return (await load()).default;
}

function isHandler(value: unknown): value is Handler {
  return typeof readField(value, 'handle') === 'function' && Array.isArray(readField(value, 'events'));
}

function invalid(message: string, cause?: unknown): ServiceFault {
  return new ServiceFault('handler_invalid', message, { cause });
}
