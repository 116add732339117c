/** Every function with its length and what is nested in it. Pure. */
import { type Node, visitorKeys } from 'oxc-parser';
import { lineAt, type Source } from './read-sources.ts';

export interface FunctionFigures {
  /** `lib/queue/work.ts: createWorkOff`. */
  readonly name: string;
  /** From its first line to its last, comments and nested functions included. */
  readonly lines: number;
  /** Names of the functions in it, at any depth. */
  readonly nested: readonly string[];
}

interface Found {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);

/** The longest first. */
export function measureFunctions(sources: readonly Source[]): readonly FunctionFigures[] {
  return sources
    .flatMap(({ path, text, program }) => {
      const found = findFunctions(program);
      return found.map(({ name, start, end }) => ({
        name: `${path}: ${name}`,
        lines: lineAt(text, end) - lineAt(text, start) + 1,
        nested: found.filter((each) => each.start > start && each.end <= end).map((each) => each.name),
      }));
    })
    .toSorted((a, b) => b.lines - a.lines || (a.name < b.name ? -1 : 1));
}

function findFunctions(root: Node): readonly Found[] {
  const found: Found[] = [];
  const walk = (node: Node, name: string): void => {
    if (FUNCTIONS.has(node.type))
      found.push({ name: ownName(node) ?? name, start: node.start, end: node.end });
    for (const key of visitorKeys[node.type] ?? []) {
      const value: unknown = Reflect.get(node, key);
      for (const child of Array.isArray(value) ? value : [value])
        if (isNode(child)) walk(child, nameFor(node, name));
    }
  };
  walk(root, 'the module');
  return found;
}

/** What a function is called that stands right in this node: what it is assigned to, or handed to. */
function nameFor(node: Node, outer: string): string {
  switch (node.type) {
    case 'VariableDeclarator':
      return node.id.type === 'Identifier' ? node.id.name : outer;
    case 'Property':
    case 'MethodDefinition':
    case 'PropertyDefinition':
      return node.key.type === 'Identifier' ? node.key.name : outer;
    case 'CallExpression':
      return node.callee.type === 'Identifier'
        ? `handed to ${node.callee.name}`
        : toMember(node.callee, outer);
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      return `in ${ownName(node) ?? outer}`;
    default:
      return outer;
  }
}

function toMember(callee: Node, outer: string): string {
  if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return outer;
  return `handed to ${callee.property.name}`;
}

function ownName(node: Node): string | undefined {
  return 'id' in node && node.id !== null && typeof node.id === 'object' && 'name' in node.id
    ? node.id.name
    : undefined;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}
