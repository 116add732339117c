import { isObject } from '../../lib/json/json.ts';
import { type Fixture, loadFixture } from '../harness/deliver.ts';

/** A fixture whose payload differs in some places; undefined takes a field away. */
export function vary(name: string, changes: object): Fixture {
  const { headers, body } = loadFixture(name);
  return { headers, body: merge(body, changes) };
}

function merge(base: object, changes: object): object {
  const merged = new Map<string, unknown>(Object.entries(base));
  for (const [key, value] of Object.entries(changes)) {
    const before = merged.get(key);
    merged.set(key, isObject(before) && isObject(value) ? merge(before, value) : value);
  }
  return Object.fromEntries(merged);
}
