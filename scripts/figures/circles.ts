/** Modules that import each other in a circle, types included. Pure. */
import { posix } from 'node:path';
import type { Source } from './read-sources.ts';

/** @returns Each circle as the paths of all modules that can reach each other. */
export function findCircles(
  sources: readonly Pick<Source, 'path' | 'imports'>[],
): readonly (readonly string[])[] {
  const known = new Set(sources.map(({ path }) => path));
  const imports = new Map(
    sources.map(({ path, imports: written }) => [
      path,
      written.map((name) => posix.join(posix.dirname(path), name)).filter((target) => known.has(target)),
    ]),
  );
  const reachable = new Map([...imports.keys()].map((path) => [path, reach(path, imports)]));
  const circles = new Map<string, readonly string[]>();
  for (const [path, reached] of reachable) {
    if (!reached.has(path)) continue;
    const circle = [...reached].filter((other) => reachable.get(other)?.has(path) === true).toSorted();
    circles.set(circle.join(), circle);
  }
  return [...circles.values()];
}

/** Itself only where something leads back to it. */
function reach(from: string, imports: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const reached = new Set<string>();
  const waiting = [...(imports.get(from) ?? [])];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    waiting.push(...(imports.get(path) ?? []));
  }
  return reached;
}
