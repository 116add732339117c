/** Routes as GitHub's documentation writes them, `GET /repos/{owner}/{repo}/issues`, found for a request. Pure. */

interface FoundRoute<T> {
  /** As it was written. */
  readonly route: string;
  /** Percent-decoded, by the names in braces. */
  readonly params: Readonly<Record<string, string>>;
  readonly value: T;
}

export interface RouteTable<T> {
  /** The most specific route that fits: a written segment goes before a parameter. */
  find(method: string, path: string): FoundRoute<T> | undefined;
}

interface CompiledRoute<T> {
  readonly route: string;
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly literals: number;
  readonly value: T;
}

/** Parameters that may hold slashes, where they stand at the end of a path or before a written segment. */
const WITH_SLASHES: ReadonlySet<string> = new Set(['path', 'ref', 'basehead', 'branch', 'dir']);

const ROUTE = /^(GET|HEAD|POST|PUT|PATCH|DELETE) (\/\S*)$/;

/** @throws Error for what is no route. */
export function createRouteTable<T>(entries: Iterable<readonly [route: string, value: T]>): RouteTable<T> {
  const byMethod = new Map<string, CompiledRoute<T>[]>();
  for (const [route, value] of entries) {
    const [, method = '', path = ''] = ROUTE.exec(route) ?? [];
    if (method === '') {
      throw new Error(`'${route}' is no route: write it as 'GET /repos/{owner}/{repo}/topics'.`);
    }
    byMethod.set(method, [...(byMethod.get(method) ?? []), { route, value, ...compile(path) }]);
  }
  for (const routes of byMethod.values()) routes.sort((a, b) => b.literals - a.literals);
  return {
    find(method, path) {
      for (const { route, pattern, names, value } of byMethod.get(method) ?? []) {
        const match = pattern.exec(path);
        if (match === null) continue;
        const params = names.map((name, index) => [name, decode(match[index + 1] ?? '')]);
        return { route, value, params: Object.fromEntries(params) };
      }
      return undefined;
    },
  };
}

function compile(path: string): Pick<CompiledRoute<unknown>, 'pattern' | 'names' | 'literals'> {
  const names: string[] = [];
  const segments = path.split(/(\{[^}]+\})/).map((part) => {
    const name = /^\{(.+)\}$/.exec(part)?.[1];
    if (name === undefined) return part.replaceAll(/[.*+?^$()|[\]\\]/g, String.raw`\$&`);
    names.push(name);
    return WITH_SLASHES.has(name) ? '(.+)' : '([^/]+)';
  });
  const literals = path.split('/').filter((segment) => segment !== '' && !segment.includes('{')).length;
  return { pattern: new RegExp(`^${segments.join('')}$`), names, literals };
}

/** What is not percent-encoded well stays as it is. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
