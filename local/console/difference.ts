/** In what two payloads differ, field by field. Pure. */
import { isObject } from '../../lib/json/json.ts';
import type { FieldChange } from './messages.ts';

/** Nobody reads more of them. */
const MAX_CHANGES = 500;

/** A long text is shown by its beginning. */
const MAX_LENGTH = 400;

export function findDifference(
  before: unknown,
  after: unknown,
): { readonly changes: readonly FieldChange[]; readonly more: number } {
  const changes: FieldChange[] = [];
  let more = 0;
  const note = (change: FieldChange): void => {
    if (changes.length < MAX_CHANGES) changes.push(change);
    else more += 1;
  };
  const compare = (path: string, a: unknown, b: unknown): void => {
    if (Object.is(a, b)) return;
    if (Array.isArray(a) && Array.isArray(b)) {
      for (let index = 0; index < Math.max(a.length, b.length); index += 1)
        compareField(
          `${path}[${index}]`,
          index < a.length ? [a[index]] : [],
          index < b.length ? [b[index]] : [],
        );
    } else if (isObject(a) && isObject(b)) {
      for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
        const field = path === '' ? name : `${path}.${name}`;
        compareField(field, name in a ? [a[name]] : [], name in b ? [b[name]] : []);
      }
    } else note({ path, before: show(a), after: show(b) });
  };
  /** Each side is empty where it lacks the field. */
  const compareField = (path: string, a: readonly unknown[], b: readonly unknown[]): void => {
    if (a.length > 0 && b.length > 0) compare(path, a[0], b[0]);
    else
      note({ path, ...(a.length > 0 && { before: show(a[0]) }), ...(b.length > 0 && { after: show(b[0]) }) });
  };
  compare('', before, after);
  return { changes, more };
}

function show(value: unknown): string {
  const json = JSON.stringify(value) ?? '';
  return json.length > MAX_LENGTH ? `${json.slice(0, MAX_LENGTH)}…` : json;
}
