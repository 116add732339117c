/** What the build asks of a handler table: every module loads, is the handler of its key, and names what GitHub has. */
import type { Handler, HandlerTable } from '../dispatch/define-handler.ts';
import {
  EVERYTHING,
  isCovering,
  loadModule,
  refuseMisplaced,
  splitKey,
  type LoadModule,
} from '../dispatch/load-handler.ts';
import { EVENTS } from '../events/names.ts';
import { findNearest, isNear } from '../events/nearest.ts';
import { type DeclaredSettings, findDeclarationProblem } from '../settings/declared.ts';
import { ServiceFault } from '../faults.ts';
import { PERMISSION_LEVELS, PERMISSION_NAMES } from '../permissions/permission-names.ts';

/** A handler table that a function may be built with. */
export interface CheckedTable {
  readonly handlers: readonly Handler[];
  /** The lines of the table, a handler of several keys with each of them. */
  readonly entries: readonly Entry[];
  /** What all of them declare. */
  readonly settings: DeclaredSettings;
  /** What may be right and looks wrong, in words. */
  readonly warnings: readonly string[];
}

interface Entry {
  readonly key: string;
  readonly handler: Handler;
  /** The module's, from the app's folder; undefined where that is not to be known. */
  readonly file: string | undefined;
  /** The module, as messages name it. */
  readonly place: string;
}

/**
 * Loads every module of the table.
 *
 * @param toFile The file of a module; undefined where that is not to be known.
 * @throws ServiceFault `handler_invalid` for a module that does not load, one of another event than its key's, an
 *         event or a key that GitHub does not have, a permission that is nearly one of GitHub's, a level of one that
 *         GitHub does not have, two handlers of one name (the ledger would take one for the other), and one handler
 *         under two keys that the same delivery can match.
 */
export async function checkHandlers(
  table: HandlerTable,
  toFile: (load: LoadModule) => string | undefined = () => undefined,
): Promise<CheckedTable> {
  const entries: Entry[] = [];
  for (const [key, modules] of Object.entries(table)) {
    const loads = [modules].flat();
    if (!isKnown(key) && !(await isVouchedFor(key, loads)))
      throw invalid(`A key of the handler table: ${describeUnknown(key)}`);
    for (const load of loads) {
      const file = toFile(load);
      const place = file ?? `The module for '${key}'`;
      const handler = await loadModule(load, place);
      refuseUnknown(handler, place);
      refuseUnknownLevels(handler, place);
      refuseMisplaced(handler, key, place);
      refuseSettings(handler, place);
      for (const earlier of entries) {
        refuseClash(earlier, { key, handler, file, place });
        refuseOtherKind(earlier, { key, handler, file, place });
      }
      entries.push({ key, handler, file, place });
    }
  }
  return {
    handlers: [...new Set(entries.map(({ handler }) => handler))],
    entries,
    settings: Object.assign({}, ...entries.map(({ handler }) => handler.settings)),
    warnings: [...new Set(entries.flatMap(warnOf))],
  };
}

/** A key that the list lacks needs a handler of just that event, which `unlisted` let through. */
async function isVouchedFor(key: string, loads: readonly LoadModule[]): Promise<boolean> {
  const handlers = await Promise.all(loads.map((load) => load().catch(() => undefined)));
  return handlers.some(
    (module) => module?.default.unlisted === true && module.default.events.some((event) => event === key),
  );
}

/** Whether GitHub has such an event, with such an action. What a `repository_dispatch` is called, its sender says. */
function isKnown(key: string): boolean {
  const [event, action] = splitKey(key);
  if (event === EVERYTHING) return action === undefined;
  const actions: readonly string[] | undefined = new Map(Object.entries(EVENTS)).get(event);
  if (actions === undefined) return false;
  return action === undefined || event === 'repository_dispatch' || actions.includes(action);
}

function describeUnknown(key: string): string {
  const names = Object.entries(EVENTS).flatMap(([event, actions]) =>
    key.includes('.') ? actions.map((action) => `${event}.${action}`) : [event],
  );
  return `'${key}' is no event of GitHub's. Did you mean '${findNearest(key, names)}'?`;
}

function refuseUnknown(handler: Handler, place: string): void {
  const event = handler.unlisted ? undefined : handler.events.find((each) => !isKnown(each));
  if (event !== undefined) throw invalid(`${place}: ${describeUnknown(event)}`);
  for (const name of listUnknownPermissions(handler)) {
    const meant = findNearest(name, PERMISSION_NAMES);
    if (meant !== undefined && isNear(name, meant)) {
      throw invalid(`${place}: '${name}' is no permission of GitHub's. Did you mean '${meant}'?`);
    }
  }
}

/** Every delivery would be skipped: no installation grants such a level. */
function refuseUnknownLevels({ permissions }: Handler, place: string): void {
  const declared: Readonly<Record<string, unknown>> = permissions === 'all' ? {} : permissions;
  for (const [name, value] of Object.entries(declared)) {
    const level = String(value);
    if (PERMISSION_LEVELS.includes(level)) continue;
    const meant = findNearest(level, PERMISSION_LEVELS);
    const hint = meant !== undefined && isNear(level, meant) ? ` Did you mean '${meant}'?` : '';
    throw invalid(
      `${place}: '${level}', for '${name}', is no level of GitHub's: those are ${PERMISSION_LEVELS.join(', ')}.${hint}`,
    );
  }
}

function listUnknownPermissions({ permissions }: Handler): readonly string[] {
  const asked = permissions === 'all' ? [] : Object.keys(permissions);
  return asked.filter((name) => !PERMISSION_NAMES.some((known) => known === name));
}

function warnOf({ handler, place }: Entry): readonly string[] {
  const events = handler.events.filter((event) => !isKnown(event));
  return [
    ...listUnknownPermissions(handler).map(
      (name) => `${place}: no list of GitHub's has the permission '${name}'.`,
    ),
    ...events.map((event) => `${place}: no list of GitHub's has the event '${event}'.`),
  ];
}

function refuseSettings({ settings }: Handler, place: string): void {
  for (const [name, kind] of Object.entries(settings)) {
    const problem = findDeclarationProblem(name, kind);
    if (problem !== undefined) throw invalid(`${place}: ${problem}.`);
  }
}

/** A text would stand in the environment, where the secret must not. */
function refuseOtherKind(a: Entry, b: Entry): void {
  for (const [name, kind] of Object.entries(b.handler.settings)) {
    const other = a.handler.settings[name];
    if (other !== undefined && other !== kind)
      throw invalid(`The setting ${name} is a ${other} in ${a.place}, and a ${kind} in ${b.place}.`);
  }
}

function refuseClash(a: Entry, b: Entry): void {
  if (a.handler.name !== b.handler.name) return;
  if (a.handler !== b.handler) {
    throw invalid(
      `Two handlers are named '${a.handler.name}': ${toPlace(a)} and ${toPlace(b)}. Give one of them a \`name\`.`,
    );
  }
  if (isCovering(a.key, b.key) || isCovering(b.key, a.key)) {
    throw invalid(
      `Handler '${a.handler.name}' would run twice for one delivery, by '${a.key}' and by '${b.key}': leave one out.`,
    );
  }
}

/** With its key, by which a module is found that has no file. */
function toPlace({ file, key }: Entry): string {
  return file === undefined ? `one under '${key}'` : `${file} under '${key}'`;
}

function invalid(message: string, cause?: unknown): ServiceFault {
  return new ServiceFault('handler_invalid', message, { cause });
}
