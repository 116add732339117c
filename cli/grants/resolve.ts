/** What an expression stands for, as far as the code alone tells. No I/O. */
import type { AnyNode } from 'acorn';
import type { AppModules } from './app-modules.ts';
import { findBinding, type Found, nameKey, type Scope } from './scope.ts';

/** Names in a row are followed this far: a constant may be made of itself. */
const MAX_DEPTH = 30;

/** More texts than a route is ever one of. */
const MAX_TEXTS = 50;

interface Place {
  readonly node: AnyNode;
  readonly scope: Scope;
}

/**
 * The names that lead to a value: `['*', 'github', 'rest', 'issues']`, also for `issues` of
 * `const { issues } = github.rest`. `?` for a name that only runs tell, `*` for what has none.
 */
export function toPath(node: AnyNode, scope: Scope, depth = 0): readonly string[] {
  if (depth > MAX_DEPTH) return ['?'];
  switch (node.type) {
    case 'Identifier': {
      const found = findBinding(node.name, scope);
      if (found?.binding.kind === 'parameter') return found.binding.path;
      if (found?.binding.kind !== 'declared' || !found.binding.value) return [node.name];
      const { value, path } = found.binding;
      const before = toPath(value, found.scope, depth + 1);
      return before[0] === '*' && before.length === 1 && path.length === 0
        ? [node.name]
        : [...before, ...path];
    }
    case 'MemberExpression':
      return [...toPath(node.object, scope, depth + 1), toName(node)];
    case 'ChainExpression':
      return toPath(node.expression, scope, depth + 1);
    case 'CallExpression': {
      // Both give the same function again.
      const { callee } = node;
      const isSame = callee.type === 'MemberExpression' && ['bind', 'defaults'].includes(toName(callee));
      return isSame ? toPath(callee.object, scope, depth + 1) : ['*'];
    }
    default:
      return ['*'];
  }
}

/** The import that a chain begins with. */
export function findImport(
  node: AnyNode,
  scope: Scope,
): Extract<Found['binding'], { kind: 'import' }> | undefined {
  for (let at: AnyNode = node, where = scope, depth = 0; depth < MAX_DEPTH; depth += 1) {
    if (at.type === 'ChainExpression') at = at.expression;
    else if (at.type === 'MemberExpression') at = at.object;
    else if (at.type === 'CallExpression') at = at.callee;
    else if (at.type === 'AwaitExpression') at = at.argument;
    else if (at.type === 'Identifier') {
      const found = findBinding(at.name, where);
      if (found?.binding.kind === 'import') return found.binding;
      if (found?.binding.kind !== 'declared' || !found.binding.value) return undefined;
      at = found.binding.value;
      where = found.scope;
    } else return undefined;
  }
  return undefined;
}

/** @returns Every text that an expression may have; undefined where only runs tell. */
export function toTexts(
  node: AnyNode,
  scope: Scope,
  modules: AppModules,
  depth = 0,
): readonly string[] | undefined {
  if (depth > MAX_DEPTH) return undefined;
  const read = (part: AnyNode) => toTexts(part, scope, modules, depth + 1);
  switch (node.type) {
    case 'Literal':
      return typeof node.value === 'string' ? [node.value] : undefined;
    case 'TemplateLiteral':
      return join(
        node.quasis.flatMap(({ value }, index) => {
          const expression = node.expressions[index];
          return [[value.cooked ?? value.raw], ...(expression ? [read(expression)] : [])];
        }),
      );
    case 'BinaryExpression':
      if (node.operator !== '+') return undefined;
      return join([node.left.type === 'PrivateIdentifier' ? undefined : read(node.left), read(node.right)]);
    case 'ConditionalExpression':
      return either(read(node.consequent), read(node.alternate));
    case 'LogicalExpression':
      return either(read(node.left), read(node.right));
    case 'Identifier':
    case 'MemberExpression': {
      const value = toValue({ node, scope }, modules, depth + 1);
      return value && toTexts(value.node, value.scope, modules, depth + 1);
    }
    default:
      return undefined;
  }
}

/** The value of a property that stands in an object, or of a constant's. */
export function findProperty(object: AnyNode, name: string): AnyNode | undefined {
  if (object.type !== 'ObjectExpression') return undefined;
  for (const property of object.properties) {
    if (property.type === 'Property' && nameKey(property.key, property.computed) === name)
      return property.value;
  }
  return undefined;
}

/** Where a constant's value is written, in this module or in another one of the app. */
function toValue(place: Place, modules: AppModules, depth = 0): Place | undefined {
  const { node, scope } = place;
  if (depth > MAX_DEPTH) return undefined;
  if (node.type === 'Identifier') {
    const found = findBinding(node.name, scope);
    const declared = found?.binding.kind === 'import' ? followImport(found, modules) : found;
    if (declared?.binding.kind !== 'declared' || !declared.binding.isConstant) return undefined;
    const { value, path } = declared.binding;
    if (!value) return undefined;
    const whole = toValue({ node: value, scope: declared.binding.scope }, modules, depth + 1);
    return path.reduce<Place | undefined>((at, name) => at && enter(at, name, modules, depth + 1), whole);
  }
  if (node.type === 'MemberExpression') {
    const object = toValue({ node: node.object, scope }, modules, depth + 1);
    return object && enter(object, toName(node), modules, depth + 1);
  }
  return place;
}

function enter({ node, scope }: Place, name: string, modules: AppModules, depth: number): Place | undefined {
  const isFrozen = node.type === 'CallExpression' && toPath(node.callee, scope).join('.') === 'Object.freeze';
  const property = findProperty(isFrozen ? (node.arguments[0] ?? node) : node, name);
  return property && toValue({ node: property, scope }, modules, depth);
}

function followImport({ binding, scope }: Found, modules: AppModules): Found | undefined {
  if (binding.kind !== 'import') return undefined;
  const module = modules.findModule(binding.source, scope.file);
  return module && modules.findExport(module, binding.name);
}

function toName({ property, computed }: Extract<AnyNode, { type: 'MemberExpression' }>): string {
  return nameKey(property, computed);
}

function either(
  a: readonly string[] | undefined,
  b: readonly string[] | undefined,
): readonly string[] | undefined {
  return a && b && [...a, ...b];
}

function join(parts: readonly (readonly string[] | undefined)[]): readonly string[] | undefined {
  return parts.reduce<readonly string[] | undefined>(
    (before, part) => {
      const joined = before && part?.flatMap((text) => before.map((start) => start + text));
      return joined && joined.length <= MAX_TEXTS ? joined : undefined;
    },
    [''],
  );
}
