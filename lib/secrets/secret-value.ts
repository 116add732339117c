/** The two forms of a secret's value: the thing itself, or JSON that names it. Pure. */
import { readField } from '../json/json.ts';

/**
 * @param text  What Secrets Manager holds: the value itself, or a JSON object.
 * @param field Where the value stands in the object: one, or a list of them.
 * @returns The values as found, unchecked. Text that only looks like JSON counts as the value itself.
 */
export function readSecretField(text: string, field: string): readonly unknown[] {
  const json = text.trim(); // which takes a byte order mark away as well
  if (!json.startsWith('{')) return [text];
  try {
    const value = readField(JSON.parse(json), field);
    return Array.isArray(value) ? value : [value];
  } catch {
    return [text];
  }
}
