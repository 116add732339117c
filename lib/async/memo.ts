/** Results that stay as they are once they are known. */

/**
 * The same result for every caller of a key, from the one piece of work that was begun for it. A failure is
 * forgotten, so that the next caller tries again.
 */
export type Memo<T> = (key: string, work: () => Promise<T>) => Promise<T>;

/** Key: the caller's. Lifetime and bound: none, so the keys must be few. On failure: nothing is kept. */
export function createMemo<T>(): Memo<T> {
  const results = new Map<string, Promise<T>>();
  return (key, work) => {
    const known = results.get(key);
    if (known !== undefined) return known;
    const result = work();
    results.set(key, result);
    result.catch(() => results.delete(key));
    return result;
  };
}
