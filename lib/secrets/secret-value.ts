/** The two forms of a secret's value: the thing itself, or JSON that names it. Pure. */
import { isObject, parseJson } from '../json/json.ts';

/**
 * @param text  What the store holds: the value itself, or a JSON object.
 * @param field Where the value stands in the object: one, or a list of them.
 * @returns The values as found, unchecked; undefined for an object without the field. Text that only looks
 *          like JSON counts as the value itself.
 */
export function readSecretField(text: string, field: string): readonly unknown[] | undefined {
  const json = text.trim(); // which takes a byte order mark away as well
  const parsed = json.startsWith('{') ? parseJson(json) : undefined;
  if (!isObject(parsed)) return [text];
  const value = parsed[field];
  if (value === undefined) return undefined;
  return Array.isArray(value) ? value : [value];
}
