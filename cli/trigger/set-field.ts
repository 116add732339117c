/** `--set issue.title=…`: changes one field of a payload. Pure. */
import { parseExactJson } from '../../lib/json/exact-json.ts';
import { isObject, type JsonObject } from '../../lib/json/json.ts';
import { CommandError } from '../command-error.ts';

interface Change {
  readonly path: readonly string[];
  readonly value: unknown;
}

/**
 * @param text `issue.title=Crash`, `labels.0.name=bug`, `issue.locked=true`: JSON where it is any, otherwise text.
 * @throws CommandError
 */
export function parseChange(text: string): Change {
  const equals = text.indexOf('=');
  const path = text.slice(0, Math.max(0, equals)).split('.');
  if (path.some((name) => name === '' || name === '__proto__')) {
    throw new CommandError(`--set takes a field and its value, as in issue.title=Crash; this is '${text}'.`);
  }
  return { path, value: parseValue(text.slice(equals + 1)) };
}

/** @throws CommandError Where the path leads through what has no fields. */
export function withChange(payload: JsonObject, { path, value }: Change): JsonObject {
  const [name = '', ...rest] = path;
  const held = Object.hasOwn(payload, name) ? payload[name] : undefined;
  if (rest.length === 0) return { ...payload, [name]: value };
  if (Array.isArray(held)) {
    const fields: JsonObject = Object.fromEntries(held.map((each, index) => [String(index), each]));
    if (!/^\d{1,4}$/.test(rest[0] ?? ''))
      throw new CommandError(`'${name}' is a list: ${name}.0 is its first.`);
    return { ...payload, [name]: Object.values(withChange(fields, { path: rest, value })) };
  }
  if (held !== undefined && held !== null && !isObject(held)) {
    throw new CommandError(`'${name}' has no fields, so '${path.join('.')}' cannot be set.`);
  }
  return { ...payload, [name]: withChange(held ?? {}, { path: rest, value }) };
}

function parseValue(text: string): unknown {
  try {
    return parseExactJson(text);
  } catch {
    return text;
  }
}
