/**
 * Freezes JSON with all that is in it, so that several may share it. Without recursion: JSON may be nested
 * deeper than the stack. Cheap also for megabytes: nothing is copied.
 */
export function freezeAll<T>(json: T): T {
  const open: unknown[] = [json];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    Object.freeze(value);
    const held: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
    for (const each of held) if (typeof each === 'object' && each !== null) open.push(each);
  }
  return json;
}
