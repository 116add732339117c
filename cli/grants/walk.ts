/** Walks code with the names that are known at each place. No I/O. */
import type {
  AnyNode,
  CallExpression,
  Function,
  NewExpression,
  Pattern,
  TaggedTemplateExpression,
} from 'acorn';
import { bindPattern, declareAll, nameKey, openScope, type Scope } from './scope.ts';

export type Call = CallExpression | NewExpression | TaggedTemplateExpression;

/** A name or a chain (`github.rest.issues`), at its outermost. */
export interface Use {
  readonly expression: AnyNode;
  readonly scope: Scope;
  /** `called`: what it is called by. `named`: it gets another name, under which its uses follow. */
  readonly as: { readonly called: Call } | 'named' | 'value';
}

export interface Visitor {
  onUse(use: Use): void;
  /** `import('./greet.ts')` */
  onImport(source: string, scope: Scope): void;
}

/** The root of the paths to what the parameter of a function called `handle` holds. */
export const CONTEXT = '(context)';

export function walk(node: AnyNode, scope: Scope, visitor: Visitor): void {
  switch (node.type) {
    case 'Identifier':
    case 'MemberExpression':
      walkUse({ expression: node, scope, as: 'value' }, visitor);
      break;
    case 'CallExpression':
    case 'NewExpression':
      walkUse({ expression: node.callee, scope, as: { called: node } }, visitor);
      for (const argument of node.arguments) walk(argument, scope, visitor);
      break;
    case 'TaggedTemplateExpression':
      walkUse({ expression: node.tag, scope, as: { called: node } }, visitor);
      walk(node.quasi, scope, visitor);
      break;
    case 'VariableDeclarator':
      walkPattern(node.id, scope, visitor);
      if (node.init) walkUse({ expression: node.init, scope, as: 'named' }, visitor);
      break;
    case 'AssignmentExpression':
      walkPattern(node.left, scope, visitor);
      walk(node.right, scope, visitor);
      break;
    case 'Property':
    case 'MethodDefinition':
    case 'PropertyDefinition':
      walkProperty(node, scope, visitor);
      break;
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      walkFunction(node, '*', scope, visitor);
      break;
    case 'ImportExpression':
      if (node.source.type === 'Literal' && typeof node.source.value === 'string')
        visitor.onImport(node.source.value, scope);
      break;
    case 'MetaProperty':
    case 'BreakStatement':
    case 'ContinueStatement':
      break;
    case 'LabeledStatement':
      walk(node.body, scope, visitor);
      break;
    default:
      walkBlock(node, scope, visitor);
  }
}

function walkUse(use: Use, visitor: Visitor): void {
  const { expression, scope } = use;
  if (expression.type === 'ChainExpression') {
    walkUse({ ...use, expression: expression.expression }, visitor);
  } else if (expression.type === 'Identifier' || expression.type === 'MemberExpression') {
    visitor.onUse(use);
    walkInside(expression, scope, visitor);
  } else {
    // `github.request.defaults({ … })('GET /…')`
    if (typeof use.as === 'object' && expression.type === 'CallExpression') visitor.onUse(use);
    walk(expression, scope, visitor);
  }
}

/** What stands within a chain and is none of its names. */
function walkInside(chain: AnyNode, scope: Scope, visitor: Visitor): void {
  if (chain.type === 'ChainExpression') return walkInside(chain.expression, scope, visitor);
  if (chain.type !== 'MemberExpression')
    return chain.type === 'Identifier' ? undefined : walk(chain, scope, visitor);
  walkInside(chain.object, scope, visitor);
  if (chain.computed) walk(chain.property, scope, visitor);
}

/** Names that are given are no uses; what they are by default is. */
function walkPattern(pattern: Pattern, scope: Scope, visitor: Visitor): void {
  switch (pattern.type) {
    case 'Identifier':
      break;
    case 'AssignmentPattern':
      walkPattern(pattern.left, scope, visitor);
      walk(pattern.right, scope, visitor);
      break;
    case 'RestElement':
      walkPattern(pattern.argument, scope, visitor);
      break;
    case 'ArrayPattern':
      for (const element of pattern.elements) if (element) walkPattern(element, scope, visitor);
      break;
    case 'ObjectPattern':
      for (const property of pattern.properties) {
        if (property.type === 'Property' && property.computed) walk(property.key, scope, visitor);
        walkPattern(property.type === 'Property' ? property.value : property, scope, visitor);
      }
      break;
    case 'MemberExpression':
      walk(pattern, scope, visitor);
  }
}

type AnyProperty = Extract<AnyNode, { type: 'Property' | 'MethodDefinition' | 'PropertyDefinition' }>;

function walkProperty({ key, computed, value }: AnyProperty, scope: Scope, visitor: Visitor): void {
  if (computed) walk(key, scope, visitor);
  if (!value) return;
  const isFunction = value.type === 'FunctionExpression' || value.type === 'ArrowFunctionExpression';
  const isHandle = isFunction && nameKey(key, computed) === 'handle';
  if (isHandle) walkFunction(value, CONTEXT, scope, visitor);
  else walk(value, scope, visitor);
}

/** @param root What its parameters' paths begin with. */
function walkFunction(node: Function, root: string, outer: Scope, visitor: Visitor): void {
  const scope = openScope(outer);
  for (const parameter of node.params) {
    bindPattern(parameter, [], (name, path) => {
      const isWhole = path.length === 0 && root !== CONTEXT;
      scope.bindings.set(name, { kind: 'parameter', path: isWhole ? [name] : [root, ...path] });
    });
    walkPattern(parameter, scope, visitor);
  }
  walk(node.body, scope, visitor);
}

function walkBlock(node: AnyNode, outer: Scope, visitor: Visitor): void {
  const scope = openScope(outer);
  const children = listChildren(node);
  declareAll(children, scope);
  if (node.type === 'CatchClause' && node.param) {
    bindPattern(node.param, ['?'], (name, path) => scope.bindings.set(name, { kind: 'parameter', path }));
    return walk(node.body, scope, visitor);
  }
  for (const child of children) walk(child, scope, visitor);
}

function listChildren(node: AnyNode): readonly AnyNode[] {
  return Object.values(node).flat().filter(isNode);
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
