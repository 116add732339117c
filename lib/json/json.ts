/** Reading JSON of unknown shape. No I/O; nothing here throws. */

export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether the value has named fields. An array has none, and is no object here. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @returns undefined for what is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The object itself, or an empty one for anything else. */
export function toObject(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

/** The value of a field, whatever holds it; undefined where nothing does. */
export function readField(value: unknown, field: string): unknown {
  return isObject(value) ? value[field] : undefined;
}

/** The text of a field, whatever holds it; undefined where the field is missing or holds something else. */
export function readText(value: unknown, field: string): string | undefined {
  const text = readField(value, field);
  return typeof text === 'string' ? text : undefined;
}

/** Whether the value is an id of GitHub's: a positive integer that a number holds exactly. */
export function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}
