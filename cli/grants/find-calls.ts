/** The calls of GitHub that a handler's code makes, with all that it reaches in the app's modules. No I/O. */
import type { AnyNode } from 'acorn';
import { readRestRoutes } from '../../lib/permissions/read-rest-routes.ts';
import type { AppModule, AppModules } from './app-modules.ts';
import { findUses } from './find-uses.ts';
import { findImport, findProperty, toPath, toTexts } from './resolve.ts';
import type { Scope } from './scope.ts';
import { type Call, CONTEXT, type Use } from './walk.ts';

export interface FoundCall {
  /** `functions/handlers/greet.ts:12` */
  readonly where: string;
  /** Absent where only runs tell. */
  readonly route?: string;
  /** The call as it is written, shortened, and why its route is not known. */
  readonly text: string;
}

const REST = readRestRoutes();

/** What functions of `hookmint` call. */
const OWN: Readonly<Record<string, string>> = {
  readConfig: 'GET /repos/{owner}/{repo}/contents/{path}',
};

/** What people call a client of GitHub's API, where its type has gone. */
const CLIENT = /^(?:github|octokit|client|gh|api)$/i;

/** @param module The handler's own, whose default export is the handler. */
export function findCalls(module: AppModule, modules: AppModules): readonly FoundCall[] {
  const calls = new Map<string, FoundCall>();
  const note = (found: FoundCall): void =>
    void calls.set(`${found.where} ${found.route} ${found.text}`, found);
  for (const use of findUses(module, modules)) judgeUse(use, modules, note);
  return [...calls.values()];
}

type Note = (found: FoundCall) => void;

function judgeUse(use: Use, modules: AppModules, note: Note): void {
  const { expression, scope, as } = use;
  const call = typeof as === 'object' ? as.called : undefined;
  const module = modules.get(scope.file);
  if (module === undefined) return;
  const where = `${scope.file}:${module.lineOf(expression)}`;
  const unknown = (why: string): void =>
    note({ where, text: `${excerpt(module.code, call ?? expression)}: ${why}` });
  const origin = findImport(expression, scope);
  if (origin?.source === 'hookmint') {
    const route = OWN[toPath(expression, scope).at(-1) ?? ''];
    if (call && route !== undefined) note({ where, route, text: route });
    return;
  }
  if (call) judgeArguments(call, use, modules, unknown);
  if (origin && !modules.findModule(origin.source, scope.file)) return; // `https.request(…)`
  if (as === 'named') return;

  const path = toPath(expression, scope);
  if (path[0] === CONTEXT && path[1] === 'token')
    return unknown('what the token itself is used for is not known');
  const names = path.filter(
    (name, index) => index === 0 || !['endpoint', 'iterator', 'call', 'apply'].includes(name),
  );
  const rest = names.lastIndexOf('rest');
  if (rest > 0 && names.length > rest + 1) {
    const route = REST[names[rest + 1] ?? '']?.[names[rest + 2] ?? ''];
    const isRest = CLIENT.test(names[rest - 1] ?? '') || REST[names[rest + 1] ?? ''] !== undefined;
    if (route !== undefined) note({ where, route, text: `rest.${names.slice(rest + 1).join('.')}` });
    else if (isRest) unknown('which method of rest is called is not known');
    return;
  }
  const last = names.at(-1) ?? '';
  const isOfClient = CLIENT.test(names.at(-2) ?? '');
  if (names.includes('graphql') && names.length > 1) return unknown('GraphQL');
  if (names.length < 2) return;
  if (last === 'request' || last === 'paginate') {
    if (call) judgeRoute(call, { scope, modules, where, note, unknown });
    else if (isOfClient) unknown('handed on');
  } else if (last === 'rest' && isOfClient) unknown('handed on');
}

interface Judging {
  readonly scope: Scope;
  readonly modules: AppModules;
  readonly where: string;
  readonly note: Note;
  readonly unknown: (why: string) => void;
}

/** The route in `request('GET /…')`, `request({ method, url })`, `paginate(github.rest.issues.listForRepo)`. */
function judgeRoute(call: Call, { scope, modules, where, note, unknown }: Judging): void {
  const [first, second] = call.type === 'TaggedTemplateExpression' ? [] : call.arguments;
  // `request.call(github, 'GET /…')`
  const isApplied = 'callee' in call && ['call', 'apply'].includes(toPath(call.callee, scope).at(-1) ?? '');
  const argument = isApplied ? second : first;
  if (argument === undefined) return unknown('its route is not a literal');
  const read = (node: AnyNode | undefined) => node && toTexts(node, scope, modules);
  const isRest = toPath(argument, scope).lastIndexOf('rest') > 0;
  if (isRest) return; // judged where it is named
  const urls = read(argument) ?? read(findProperty(argument, 'url'));
  const method = findProperty(argument, 'method');
  const methods = method ? read(method) : ['GET'];
  if (!urls || !methods) return unknown('its route is not a literal');
  for (const url of urls) {
    const routes = url.startsWith('/') ? methods.map((each) => `${each.toUpperCase()} ${url}`) : [url];
    for (const route of routes) note({ where, route, text: route });
  }
}

/** What is handed to a package is called where nobody looks. */
function judgeArguments(
  call: Call,
  { expression, scope }: Use,
  modules: AppModules,
  unknown: (why: string) => void,
) {
  const origin = findImport(expression, scope);
  if (!origin || modules.findModule(origin.source, scope.file) || call.type === 'TaggedTemplateExpression')
    return;
  const isClient = (node: AnyNode): boolean => {
    if (node.type === 'ObjectExpression')
      return node.properties.some((each) => isClient(each.type === 'Property' ? each.value : each.argument));
    if (node.type !== 'Identifier' && node.type !== 'MemberExpression') return false;
    const path = toPath(node, scope);
    return CLIENT.test(path.at(-1) ?? '') || (path.length === 1 && path[0] === CONTEXT);
  };
  if (call.arguments.some(isClient)) unknown(`what ${origin.source} calls is not known`);
}

/** The beginning of a call, on one line. */
function excerpt(code: string, node: AnyNode): string {
  const text = code.slice(node.start, node.end).replaceAll(/\s+/g, ' ');
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
