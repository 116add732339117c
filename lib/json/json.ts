/** Reading JSON of unknown shape. */

export type JsonObject = Readonly<Record<string, unknown>>;

/** Arrays count: they have no fields that anybody asks for. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null;
}

/** @returns undefined for what is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The value of a field, whatever holds it. */
export function readField(value: unknown, field: string): unknown {
  return isObject(value) ? value[field] : undefined;
}

/** An id of GitHub's: a positive integer that a number holds exactly. */
export function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}
