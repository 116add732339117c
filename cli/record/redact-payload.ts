/**
 * A payload that says nothing of anybody: people, mails, names, ids and texts replaced by stand-ins that stay the same
 * wherever they stand. What handlers go by is kept: the action, words that GitHub chooses from a list, numbers that
 * count, dates, yes and no, what is null, and how long and of which kind a text is.
 */
import { redactCredentials } from '../../lib/log/redact.ts';
import { isObject, type JsonObject, readText } from '../../lib/json/json.ts';
import { stringifyExactJson } from '../../lib/json/exact-json.ts';
import { CommandError } from '../command-error.ts';
import { isIdField, type TextKind, toTextKind } from './kinds.ts';
import { createOpaque, createScramble, type Scramble } from './scramble.ts';
import type { StandIns } from './stand-ins.ts';
import { type ReplaceName, replaceUrl } from './urls.ts';

export interface Replaced {
  /** `issue.user.login`; the places of a list are all the same. */
  readonly path: string;
  readonly kind: TextKind | 'id' | 'name' | 'key';
}

export interface Redacted {
  readonly payload: JsonObject;
  /** Each path once, in the order of the payload. */
  readonly replaced: readonly Replaced[];
}

/** @throws CommandError Where something is left that looks like a credential: then nothing may be kept. */
export function redactPayload(original: JsonObject, standIns: StandIns): Redacted {
  const walk = createWalk(standIns, collectIds(original));
  // Whose type is said gets a stand-in of that type, also where it stands without one.
  collectNames(original, standIns, true);
  collectNames(original, standIns, false);
  const payload = walk.object(original, { path: '', isPermission: false, isStrangers: false });
  const text = stringifyExactJson(payload);
  if (redactCredentials(text) !== text) {
    throw new CommandError(
      'Something that looks like a credential would be left in the recording, so it was not written. Please report the event.',
    );
  }
  return { payload, replaced: walk.replaced() };
}

interface Place {
  readonly path: string;
  readonly isPermission: boolean;
  /** Under a field whose keys are a stranger's words. */
  readonly isStrangers: boolean;
}

/** Their keys are whatever a workflow or a caller named them. */
const STRANGERS_FIELDS: ReadonlySet<string> = new Set([
  'client_payload',
  'inputs',
  'properties',
  'environment_variables',
]);

const PERMISSION_FIELDS: ReadonlySet<string> = new Set([
  'permissions',
  'permissions_added',
  'permissions_upgraded',
  'permissions_result',
  'events',
]);

function createWalk(standIns: StandIns, takenIds: ReadonlySet<string>) {
  const scramble = createScramble(standIns.key);
  const opaque = createOpaque(standIns.key);
  const seen = new Map<string, Replaced>();
  const note = (path: string, kind: Replaced['kind']): void => {
    if (!seen.has(path)) seen.set(path, { path, kind });
  };
  const texts = {
    standIns,
    scramble,
    opaque,
    replaceName: (name: string, after?: string) => findName(name, after, standIns, opaque),
  };

  const object = (held: JsonObject, place: Place): JsonObject =>
    Object.fromEntries(
      Object.entries(held).map(([key, value]) => {
        const path = place.path === '' ? key : `${place.path}.${key}`;
        const isStrangers = place.isStrangers || STRANGERS_FIELDS.has(key);
        const shown = place.isStrangers ? replaceKey(key, path) : key;
        const isPermission = PERMISSION_FIELDS.has(key) || (place.isPermission && !isObject(value));
        const name = key === 'name' ? repositoryName(held, path) : undefined;
        return [shown, name ?? any(key, value, { path, isPermission, isStrangers })];
      }),
    );
  /** A repository may have the name of its owner, who has another stand-in. */
  const repositoryName = (held: JsonObject, path: string): string | undefined => {
    const name = readText(held, 'name');
    if (name === undefined || readText(held, 'full_name')?.endsWith(`/${name}`) !== true) return undefined;
    note(path, 'name');
    return standIns.repository(name);
  };
  const replaceKey = (key: string, path: string): string => {
    const shown = scramble(key);
    if (shown !== key) note(path, 'key');
    return shown;
  };
  const any = (key: string, value: unknown, place: Place): unknown => {
    if (typeof value === 'string') return text(key, value, place);
    if (typeof value === 'number' || typeof value === 'bigint') return number(key, value, place.path);
    if (Array.isArray(value)) return value.map((each) => any(key, each, place));
    return isObject(value) ? object(value, place) : value;
  };
  const number = (key: string, value: number | bigint, path: string): unknown => {
    if (!isIdField(key) || value <= 0 || (typeof value === 'number' && !Number.isSafeInteger(value)))
      return value;
    note(path, 'id');
    const id = BigInt(standIns.id(String(value), takenIds));
    return typeof value === 'bigint' ? id : Number(id);
  };
  const text = (key: string, value: string, { path, isPermission, isStrangers }: Place): string => {
    if (path === 'action') return value; // that of a repository_dispatch is its sender's, and part of the event
    const kind = isStrangers ? 'text' : toTextKind(key, value, isPermission);
    const shown = replaceText(value, kind, texts);
    if (shown !== value) note(path, kind);
    return shown;
  };
  return { object, replaced: () => [...seen.values()] };
}

interface Texts {
  readonly standIns: StandIns;
  readonly scramble: Scramble;
  readonly opaque: Scramble;
  readonly replaceName: ReplaceName;
}

function replaceText(
  value: string,
  kind: TextKind,
  { standIns, scramble, opaque, replaceName }: Texts,
): string {
  const named = replaceName(value);
  if (named !== undefined) return named;
  switch (kind) {
    case 'empty':
    case 'enum':
    case 'date':
    case 'color':
      return value;
    case 'hash':
      return replaceHash(value, opaque);
    case 'guid':
      return standIns.guid(value);
    case 'email':
      return standIns.email(value);
    case 'login':
      return standIns.login(value);
    case 'url':
      return replaceUrl(value, replaceName, scramble);
    case 'ref':
      return value.replace(/^(refs\/\w+\/)(.*)$/, (_, start: string, name: string) => start + scramble(name));
    case 'node id':
      return opaque(value);
    case 'text':
      return replaceNames(value, standIns, scramble);
  }
}

/** `octo-org/widgets` and `octo-org:branch` stand in texts of their own; every other text is scrambled whole. */
function replaceNames(value: string, standIns: StandIns, scramble: Scramble): string {
  const [, owner = '', mark = '', rest = ''] = /^([\w.[\]-]+)([/:])([\w./-]+)$/.exec(value) ?? [];
  const login = standIns.account(owner);
  if (login === undefined) return scramble(value);
  return `${login}${mark}${standIns.known('repository', rest) ?? scramble(rest)}`;
}

/** Git's name for nothing stays. */
function replaceHash(value: string, opaque: Scramble): string {
  return /^0+$/.test(value) ? value : opaque(value);
}

function findName(
  name: string,
  after: string | undefined,
  standIns: StandIns,
  opaque: Scramble,
): string | undefined {
  if (/^[0-9a-f]{40}$/.test(name)) return replaceHash(name, opaque);
  const isAfterOwner = after !== undefined && standIns.account(after) !== undefined;
  const repository = isAfterOwner ? standIns.known('repository', name) : undefined;
  if (repository !== undefined) return repository;
  return standIns.account(name) ?? standIns.known('repository', name) ?? standIns.known('id', name);
}

/** Gives everybody a stand-in by what the payload says they are, before any text that may name them is read. */
function collectNames(value: unknown, standIns: StandIns, onlyTyped: boolean): void {
  if (Array.isArray(value)) return value.forEach((each) => collectNames(each, standIns, onlyTyped));
  if (!isObject(value)) return;
  const collect = (login: string | undefined, type: string | undefined): void => {
    if (login !== undefined && (type !== undefined || !onlyTyped)) standIns.login(login, type);
  };
  const [owner, name] = readText(value, 'full_name')?.split('/') ?? [];
  collect(readText(value, 'login'), readText(value, 'type'));
  collect(owner, readText(value['owner'], 'type'));
  if (name !== undefined) standIns.repository(name);
  for (const [key, each] of Object.entries(value)) {
    // GitHub gives the organization of a delivery without a type.
    if (key === 'organization') collect(readText(each, 'login'), 'Organization');
    collectNames(each, standIns, onlyTyped);
  }
}

/** Every id of the payload, in digits. */
function collectIds(root: JsonObject): ReadonlySet<string> {
  const ids = new Set<string>();
  const walk = (key: string, value: unknown): void => {
    if (Array.isArray(value)) for (const each of value) walk(key, each);
    else if (isObject(value)) for (const [name, each] of Object.entries(value)) walk(name, each);
    else if ((typeof value === 'number' || typeof value === 'bigint') && isIdField(key))
      ids.add(String(value));
  };
  walk('', root);
  return ids;
}
