/** What a name stands for where it is used. No I/O. */
import type { AnyNode, Expression, Pattern } from 'acorn';

export type Binding =
  /** A constant, a variable, a function or a class. */
  | {
      readonly kind: 'declared';
      /** What it is made of: reached where the name is. */
      readonly node: AnyNode;
      /** Its value, of which `path` leads to the name; absent for a function or a class. */
      readonly value?: Expression;
      readonly path: readonly string[];
      readonly isConstant: boolean;
      readonly scope: Scope;
    }
  /** `path`: its own name, or how it was taken out of the parameter. */
  | { readonly kind: 'parameter'; readonly path: readonly string[] }
  /** `name` is `*` for the whole module. */
  | { readonly kind: 'import'; readonly source: string; readonly name: string };

export interface Scope {
  /** The module's, from the app's folder. */
  readonly file: string;
  readonly parent?: Scope;
  readonly bindings: Map<string, Binding>;
}

export interface Found {
  readonly binding: Binding;
  readonly scope: Scope;
}

export function openScope(parent: Scope): Scope {
  return { file: parent.file, parent, bindings: new Map() };
}

export function findBinding(name: string, scope: Scope): Found | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    const binding = at.bindings.get(name);
    if (binding !== undefined) return { binding, scope: at };
  }
  return undefined;
}

/** Binds what statements of one block declare, so that it is known before it is reached. */
export function declareAll(statements: readonly AnyNode[], scope: Scope): void {
  for (const statement of statements) {
    if (statement.type === 'VariableDeclaration') {
      for (const { id, init } of statement.declarations) {
        bindPattern(id, [], (name, path) => {
          scope.bindings.set(name, {
            kind: 'declared',
            node: init ?? id,
            ...(init && { value: init }),
            path,
            isConstant: statement.kind === 'const',
            scope,
          });
        });
      }
    } else if (statement.type === 'FunctionDeclaration' || statement.type === 'ClassDeclaration') {
      if (statement.id === null) continue; // `export default function`
      const declared = { kind: 'declared', node: statement, path: [], isConstant: true, scope } as const;
      scope.bindings.set(statement.id.name, declared);
    }
  }
}

/** Calls `bind` with every name of a pattern, and the way to it. */
export function bindPattern(
  pattern: Pattern,
  path: readonly string[],
  bind: (name: string, path: readonly string[]) => void,
): void {
  switch (pattern.type) {
    case 'Identifier':
      bind(pattern.name, path);
      break;
    case 'AssignmentPattern':
      bindPattern(pattern.left, path, bind);
      break;
    case 'RestElement': // `{ payload, ...others }`: `others.github` is found as `github`
      bindPattern(pattern.argument, path, bind);
      break;
    case 'ArrayPattern':
      for (const element of pattern.elements) if (element) bindPattern(element, [...path, '?'], bind);
      break;
    case 'ObjectPattern':
      for (const property of pattern.properties) {
        if (property.type === 'RestElement') bindPattern(property, path, bind);
        else bindPattern(property.value, [...path, nameKey(property.key, property.computed)], bind);
      }
      break;
    case 'MemberExpression': // names nothing
      break;
  }
}

/** `?` for a key that only runs tell. */
export function nameKey(key: AnyNode, computed: boolean): string {
  if (key.type === 'Identifier' && !computed) return key.name;
  return key.type === 'Literal' && typeof key.value === 'string' ? key.value : '?';
}
