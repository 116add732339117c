/** Which resource of a template needs which others, as CloudFormation reads it. */
import { isObject } from '../../lib/json/json.ts';
import type { Template } from './packaged.ts';

/** @returns For each resource the ids of those that must be there before it. */
export function findReferences({ Resources }: Template): Map<string, ReadonlySet<string>> {
  const ids = new Set(Object.keys(Resources));
  return new Map(
    Object.entries(Resources).map(([id, { DependsOn = [], ...resource }]) => {
      const named = [...namedIn(resource), ...[DependsOn].flat()];
      return [id, new Set(named.filter((name) => ids.has(name)))];
    }),
  );
}

/** @returns A way from a resource back to itself; undefined where there is none. */
export function findCycle(references: ReadonlyMap<string, ReadonlySet<string>>): string[] | undefined {
  const done = new Set<string>();
  const visit = (id: string, way: readonly string[]): string[] | undefined => {
    if (way.includes(id)) return [...way.slice(way.indexOf(id)), id];
    if (done.has(id)) return undefined;
    for (const next of references.get(id) ?? []) {
      const cycle = visit(next, [...way, id]);
      if (cycle !== undefined) return cycle;
    }
    done.add(id);
    return undefined;
  };
  for (const id of references.keys()) {
    const cycle = visit(id, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

export function toRef(id: string): object {
  return { Ref: id };
}

export function toArn(id: string): object {
  return { 'Fn::GetAtt': [id, 'Arn'] };
}

/** Names in `Ref`, `Fn::GetAtt` and `Fn::Sub`, wherever they stand. */
function namedIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(namedIn);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === 'Ref' && typeof inner === 'string') return [inner];
    if (key === 'Fn::GetAtt') return [String(Array.isArray(inner) ? inner[0] : inner).split('.')[0] ?? ''];
    if (key === 'Fn::Sub') {
      const template = String(Array.isArray(inner) ? inner[0] : inner);
      return [...template.matchAll(/\$\{(\w+)(?:\.\w+)?\}/g)].map(([, name = '']) => name);
    }
    return namedIn(inner);
  });
}
