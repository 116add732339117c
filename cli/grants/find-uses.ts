/**
 * Every use of a name in what a handler reaches: from name to name, through the modules of the app. A function that
 * nothing reaches is left out; an object or a class that is reached counts as a whole. No I/O.
 */
import type { AnyNode } from 'acorn';
import { type AppModule, type AppModules, listExports } from './app-modules.ts';
import { findBinding, type Found, type Scope } from './scope.ts';
import { type Use, walk } from './walk.ts';

interface Search {
  readonly modules: AppModules;
  readonly uses: Use[];
  readonly reached: Set<unknown>;
  /** Reached, and not walked yet. */
  readonly pending: (readonly [AnyNode, Scope])[];
}

/** @param module The handler's own, whose default export is the handler. */
export function findUses(module: AppModule, modules: AppModules): readonly Use[] {
  const search: Search = { modules, uses: [], reached: new Set(), pending: [] };
  const visitor = {
    onUse: (use: Use): void => {
      search.uses.push(use);
      reachUse(use, search);
    },
    onImport: (source: string, { file }: Scope): void => reachImport({ source, name: '*', file }, search),
  };
  enterModule(module, search);
  reach(modules.findExport(module, 'default'), search);
  for (let next = search.pending.pop(); next; next = search.pending.pop()) walk(...next, visitor);
  return search.uses;
}

/** What a module runs when it loads, and those that it imports. */
function enterModule(module: AppModule, search: Search): void {
  const { modules, reached, pending } = search;
  if (reached.has(module)) return;
  reached.add(module);
  for (const statement of module.program.body) {
    if (isRun(statement)) pending.push([statement, module.scope]);
    if (!('source' in statement) || typeof statement.source?.value !== 'string') continue;
    const imported = modules.findModule(statement.source.value, module.file);
    if (imported) enterModule(imported, search);
  }
}

/** Declarations wait until something reaches them. */
function isRun({ type }: AnyNode): boolean {
  return !/^(?:Import|Export\w*|Function|Class|Variable)Declaration$/.test(type);
}

function reachUse({ expression, scope }: Use, search: Search): void {
  const { base, next } = findBase(expression);
  const found = base === undefined ? undefined : findBinding(base, scope);
  // `helpers.greet(…)` of `import * as helpers`
  const isPart = found?.binding.kind === 'import' && found.binding.name === '*' && next !== undefined;
  if (isPart) reachImport({ source: found.binding.source, name: next, file: found.scope.file }, search);
  else reach(found, search);
}

function reach(found: Found | undefined, search: Search): void {
  if (found?.binding.kind === 'import') {
    const { source, name } = found.binding;
    return reachImport({ source, name, file: found.scope.file }, search);
  }
  // What a function declares has been walked with it.
  if (found?.binding.kind !== 'declared' || found.scope.parent !== undefined) return;
  const { node, scope } = found.binding;
  if (search.reached.has(node)) return;
  search.reached.add(node);
  const owner = search.modules.get(scope.file);
  if (owner) enterModule(owner, search);
  search.pending.push([node, scope]);
}

interface Import {
  readonly source: string;
  readonly name: string;
  /** Where it is imported. */
  readonly file: string;
}

function reachImport({ source, name, file }: Import, search: Search): void {
  const target = search.modules.findModule(source, file);
  if (target === undefined) return;
  enterModule(target, search);
  const names = name === '*' ? listAllExports(target, search.modules) : [name];
  for (const each of names) reach(search.modules.findExport(target, each), search);
}

function listAllExports(
  module: AppModule,
  modules: AppModules,
  seen = new Set<AppModule>(),
): readonly string[] {
  if (seen.has(module)) return [];
  seen.add(module);
  const passedOn = module.program.body.flatMap((statement) => {
    if (statement.type !== 'ExportAllDeclaration') return [];
    const target = modules.findModule(String(statement.source.value), module.file);
    return target ? listAllExports(target, modules, seen) : [];
  });
  return [...listExports(module), ...passedOn];
}

/** The name that a chain begins with, and the one after it. */
function findBase(node: AnyNode): { readonly base?: string; readonly next?: string } {
  if (node.type === 'Identifier') return { base: node.name };
  if (node.type === 'ChainExpression') return findBase(node.expression);
  if (node.type !== 'MemberExpression') return {};
  const inner = findBase(node.object);
  const { object, property, computed } = node;
  const isNext = object.type === 'Identifier' && !computed && property.type === 'Identifier';
  return isNext ? { ...inner, next: property.name } : inner;
}
