/** The modules of an app: their code as trees, and who imports what from whom. */
import { readFile } from 'node:fs/promises';
import { SourceMap } from 'node:module';
import { extname, join } from 'node:path';
import { type AnyNode, parse, type Program } from 'acorn';
import { type Loader, type Metafile, transform } from 'esbuild';
import { declareAll, type Found, nameKey, type Scope } from './scope.ts';

export interface AppModule {
  /** From the app's folder. */
  readonly file: string;
  readonly code: string;
  readonly program: Program;
  readonly scope: Scope;
  /** Of a place in `code`, in the file. */
  lineOf(node: AnyNode): number;
}

export interface AppModules {
  readonly get: (file: string) => AppModule | undefined;
  /** The module of the app that `source` names in `file`; undefined for a package. */
  findModule(source: string, file: string): AppModule | undefined;
  /** What a module exports by this name, wherever it is declared. */
  findExport(module: AppModule, name: string): Found | undefined;
  /** Files of the app, data too, that a module is made of: its own and what it imports, directly or not. */
  listFiles(module: AppModule): readonly string[];
}

const LOADERS: Readonly<Record<string, Loader>> = {
  '.ts': 'ts',
  '.mts': 'ts',
  '.tsx': 'tsx',
  '.js': 'js',
  '.mjs': 'js',
  '.jsx': 'jsx',
};

const INSTALLED = /(?:^|\/)node_modules\//;

/** The package, as an app imports it. */
const OWN_NAME = /^hookmint(?:\/|$)/;

/** Whether a file, from the app's folder, is code of the app's own. */
function isOfApp(file: string): boolean {
  return LOADERS[extname(file)] !== undefined && !INSTALLED.test(file) && !file.includes(':');
}

/** @param metafile Of a build of the table. The package's own sources are none of the app's. */
export async function readAppModules(folder: string, metafile: Metafile): Promise<AppModules> {
  const files = Object.keys(metafile.inputs).filter(isOfApp);
  const read = await Promise.all(files.map(async (file) => [file, await readModule(folder, file)] as const));
  const modules = new Map(read);
  const findModule = (source: string, file: string): AppModule | undefined => {
    if (OWN_NAME.test(source)) return undefined;
    const found = metafile.inputs[file]?.imports.find(({ original }) => original === source);
    return found && modules.get(found.path);
  };
  const findExport = (
    module: AppModule,
    name: string,
    seen: readonly AppModule[] = [],
  ): Found | undefined => {
    if (seen.includes(module)) return undefined;
    const next = (source: unknown, exported: string): Found | undefined => {
      const target = typeof source === 'string' ? findModule(source, module.file) : undefined;
      return target && findExport(target, exported, [...seen, module]);
    };
    const own = findOwnExport(module, name);
    if (own !== undefined) {
      if (own.binding.kind !== 'import' || own.binding.name === '*') return own;
      return next(own.binding.source, own.binding.name) ?? own;
    }
    if (name === 'default') return undefined;
    for (const statement of module.program.body) {
      if (statement.type !== 'ExportAllDeclaration' || statement.exported) continue;
      const found = next(statement.source.value, name);
      if (found) return found;
    }
    return undefined;
  };
  return {
    get: (file) => modules.get(file),
    findModule,
    findExport,
    listFiles: ({ file }) => [...reachFiles(file, metafile.inputs)],
  };
}

function reachFiles(
  file: string,
  inputs: Metafile['inputs'],
  reached = new Set<string>(),
): ReadonlySet<string> {
  if (reached.has(file)) return reached;
  reached.add(file);
  for (const { path, original = '' } of inputs[file]?.imports ?? []) {
    const isApps = !OWN_NAME.test(original) && !INSTALLED.test(path) && inputs[path] !== undefined;
    if (isApps) reachFiles(path, inputs, reached);
  }
  return reached;
}

/** Every name that a module itself exports. */
export function listExports({ program }: AppModule): readonly string[] {
  return program.body.flatMap((statement) => {
    if (statement.type === 'ExportDefaultDeclaration') return ['default'];
    if (statement.type !== 'ExportNamedDeclaration') return [];
    if (!statement.declaration) return statement.specifiers.map(({ exported }) => nameKey(exported, false));
    return declaredNames(statement.declaration);
  });
}

function findOwnExport({ program, scope }: AppModule, name: string): Found | undefined {
  for (const statement of program.body) {
    if (statement.type === 'ExportDefaultDeclaration' && name === 'default') {
      const node = statement.declaration;
      if (node.type === 'Identifier') return toFound(scope, node.name);
      return { binding: { kind: 'declared', node, path: [], isConstant: true, scope }, scope };
    }
    if (statement.type !== 'ExportNamedDeclaration') continue;
    if (statement.declaration && declaredNames(statement.declaration).includes(name))
      return toFound(scope, name);
    const specifier = statement.specifiers.find(({ exported }) => nameKey(exported, false) === name);
    if (specifier === undefined) continue;
    const local = nameKey(specifier.local, false);
    if (!statement.source) return toFound(scope, local);
    return { binding: { kind: 'import', source: String(statement.source.value), name: local }, scope };
  }
  return undefined;
}

function toFound(scope: Scope, name: string): Found | undefined {
  const binding = scope.bindings.get(name);
  return binding && { binding, scope };
}

function declaredNames(declaration: AnyNode): readonly string[] {
  const scope: Scope = { file: '', bindings: new Map() };
  declareAll([declaration], scope);
  return [...scope.bindings.keys()];
}

async function readModule(folder: string, file: string): Promise<AppModule> {
  const text = await readFile(join(folder, file), 'utf8');
  // Types go, and what is newer than the parser; routes and names stay as they are.
  const { code, map } = await transform(text, {
    loader: LOADERS[extname(file)] ?? 'ts',
    target: 'es2024',
    sourcefile: file,
    sourcemap: 'external',
  });
  const program = parse(code, { ecmaVersion: 'latest', sourceType: 'module', locations: true });
  const lines = new SourceMap(JSON.parse(map));
  const scope: Scope = { file, bindings: new Map() };
  declareAll(
    program.body.map((each) =>
      each.type === 'ExportNamedDeclaration' && each.declaration ? each.declaration : each,
    ),
    scope,
  );
  const named = program.body.flatMap((each) =>
    each.type === 'ExportDefaultDeclaration' && 'id' in each.declaration ? [each.declaration] : [],
  );
  declareAll(named, scope);
  bindImports(program, scope);
  return {
    file,
    code,
    program,
    scope,
    lineOf({ loc }) {
      const entry = loc && lines.findEntry(loc.start.line - 1, loc.start.column);
      return entry && 'originalLine' in entry ? entry.originalLine + 1 : 1;
    },
  };
}

function bindImports({ body }: Program, { bindings }: Scope): void {
  for (const statement of body) {
    if (statement.type !== 'ImportDeclaration') continue;
    const source = String(statement.source.value);
    for (const specifier of statement.specifiers) {
      bindings.set(specifier.local.name, { kind: 'import', source, name: toImported(specifier) });
    }
  }
}

function toImported(specifier: Extract<AnyNode, { type: `Import${string}Specifier` }>): string {
  if (specifier.type === 'ImportDefaultSpecifier') return 'default';
  return specifier.type === 'ImportNamespaceSpecifier' ? '*' : nameKey(specifier.imported, false);
}
