/**
 * Makes the package's facts about permissions anew: which of them a route of GitHub's REST API asks of an
 * installation token, as data and as types.
 *
 *     npx tsx scripts/permissions.ts endpoints.json
 *
 * `endpoints.json` joins three published sources by route; its `_meta` names them with their commits: the table
 * "Permissions required for GitHub Apps" of GitHub's documentation (github/docs, `server-to-server-permissions.json`
 * of one API version), its list of routes for installation tokens (`server-to-server-rest.json`), and GitHub's own
 * description of the API (`@octokit/openapi`). Writes lib/permissions/routes.json, route-needs.ts and
 * rest-routes.ts.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { restEndpointMethods } from '@octokit/plugin-rest-endpoint-methods';

type Alternative = Readonly<Record<string, string>>;

interface Facts {
  readonly _meta: { readonly source: string; readonly commit: string; readonly openapi: string };
  readonly endpoints: Readonly<Record<string, readonly Alternative[]>>;
  readonly noPermission: readonly string[];
  readonly noPermissionPackages: readonly string[];
  readonly permissionNotPublished: readonly string[];
  readonly userTokenOnly: Readonly<Record<string, readonly Alternative[]>>;
  readonly openapiEnabledButNotInSource: Readonly<Record<string, readonly string[]>>;
}

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('Which file? Call it with the path of endpoints.json.');
const facts: Facts = JSON.parse(readFileSync(file, 'utf8'));

/** By what a route needs, in the words of the compiler's message: `issues: write or pull_requests: write`. */
const byNeed = new Map<
  string,
  { readonly alternatives: readonly Alternative[]; readonly routes: string[] }
>();
for (const [route, alternatives] of sorted(Object.entries(facts.endpoints))) {
  const text = describe(alternatives);
  const group = byNeed.get(text) ?? { alternatives, routes: [] };
  byNeed.set(text, group);
  group.routes.push(route);
}
const {
  noAccessDataInSource = [],
  newerThanSource = [],
  octokitOnlyPath = [],
} = facts.openapiEnabledButNotInSource;
const { appJwtOnly = [], notInInstallationTokenList = [] } = facts.openapiEnabledButNotInSource;
const free = [...facts.noPermission, ...facts.noPermissionPackages].toSorted();
const unpublished = [
  ...facts.permissionNotPublished,
  ...noAccessDataInSource,
  ...newerThanSource,
  ...octokitOnlyPath,
].toSorted();
const others = [...Object.keys(facts.userTokenOnly), ...appJwtOnly, ...notInInstallationTokenList].toSorted();

const { source, commit, openapi } = facts['_meta'];
const note = `${source}, commit ${commit.slice(0, 12)}; ${openapi}`;
await write('lib/permissions/routes.json', {
  source: note,
  needs: Object.fromEntries([...byNeed].map(([text, { routes }]) => [text, routes])),
  free,
  unpublished,
  notForInstallationTokens: others,
});

/** Octokit spells some routes with their query: `DELETE /repos/{owner}/{repo}/actions/caches{?key,ref}`. */
const octokit = readFileSync('node_modules/@octokit/types/dist-types/generated/Endpoints.d.ts', 'utf8');
const spellings = new Map(
  [...octokit.matchAll(/^ +"([A-Z]+ [^"{]*(?:\{\w+\}[^"{]*)*)\{\?[^"]*"/gm)].map(([all, route = '']) => [
    route,
    all.trim().slice(1, -1),
  ]),
);
const spell = (route: string): readonly string[] => [route, ...[spellings.get(route) ?? []].flat()];

const groups = [...byNeed];
await write(
  'lib/permissions/route-needs.ts',
  `/**
 * What each route of GitHub's REST API needs of an installation token. Made by scripts/permissions.ts: do not
 * edit. Types only.
 *
 * Source: ${note}.
 */

import type { HeldLevels } from './held.ts';

type Read = HeldLevels['least']['read'];
type Write = HeldLevels['least']['write'];
type Admin = HeldLevels['least']['admin'];

/** One whole alternative must be held; \`text\` says them in words. */
interface Need<Alternatives, Text extends string> {
  readonly alternatives: Alternatives;
  readonly text: Text;
}

/** Any installation token may call the route. */
type Free = Need<unknown, ''>;
/** The route exists, and nobody published what it needs. */
type Unpublished = Need<unknown, ''>;
/** Only users, or the App with its JWT, may call the route. */
type NotForInstallationTokens = Need<never, never>;

${groups.map(([text, { alternatives }], index) => `type N${index} = Need<${toType(alternatives)}, '${text}'>;`).join('\n')}

export interface RouteNeeds {
${groups.flatMap(([, { routes }], index) => routes.flatMap(spell).map((route) => `  '${route}': N${index};`)).join('\n')}
${free
  .flatMap(spell)
  .map((route) => `  '${route}': Free;`)
  .join('\n')}
${unpublished
  .flatMap(spell)
  .map((route) => `  '${route}': Unpublished;`)
  .join('\n')}
${others
  .flatMap(spell)
  .map((route) => `  '${route}': NotForInstallationTokens;`)
  .join('\n')}
}

/** Levels by name: every permission that some route needs. */
export interface RoutePermissions {
${toPermissionLevels(Object.values(facts.endpoints).flat())}
}
`,
);

const methods = readRestRoutes();
await write(
  'lib/permissions/rest-routes.ts',
  `/** The route behind each method of \`github.rest\`. Made by scripts/permissions.ts: do not edit. Types only. */
export interface RestRoutes {
${methods
  .map(
    ([scope, routes]) =>
      `  ${scope}: {\n${routes.map(([name, route]) => `    ${name}: '${route}';`).join('\n')}\n  };`,
  )
  .join('\n')}
}
`,
);

/** The plugin keeps its table to itself: a client that only looks at routes makes it tell them. */
function readRestRoutes(): [string, [string, string][]][] {
  const request = Object.assign(() => undefined, {
    defaults: ({ method, url }: { method: string; url: string }) =>
      Object.assign(() => undefined, { route: `${method} ${url}` }),
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the plugin asks for no more than this
  const { rest } = restEndpointMethods({ request } as never);
  return Object.keys(rest)
    .toSorted()
    .map((scope) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its scopes are objects of methods
      const named = rest[scope as keyof typeof rest] as Readonly<Record<string, { readonly route: string }>>;
      return [scope, Object.entries(named).map(([name, { route }]): [string, string] => [name, route])];
    });
}

function describe(alternatives: readonly Alternative[]): string {
  return alternatives
    .map((alternative) =>
      Object.entries(alternative)
        .map(([name, level]) => `${name}: ${level}`)
        .join(' and '),
    )
    .join(' or ');
}

function toType(alternatives: readonly Alternative[]): string {
  return alternatives
    .map((alternative) => {
      const fields = Object.entries(alternative).map(([name, level]) => `${name}: ${capitalise(level)}`);
      return `{ ${fields.join('; ')} }`;
    })
    .join(' | ');
}

/** A permission that is only read anywhere may still be written by a route that is newer. */
function toPermissionLevels(alternatives: readonly Alternative[]): string {
  const names = new Map<string, Set<string>>();
  for (const [name, level] of alternatives.flatMap((each) => Object.entries(each)))
    names.set(name, (names.get(name) ?? new Set(['read', 'write'])).add(level));
  return sorted([...names])
    .map(([name, levels]) => `  ${name}?: ${[...levels].map((level) => `'${level}'`).join(' | ')};`)
    .join('\n');
}

function capitalise(word: string): string {
  return `${word[0]?.toUpperCase()}${word.slice(1)}`;
}

function sorted<T>(entries: readonly (readonly [string, T])[]): readonly (readonly [string, T])[] {
  return entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
}

async function write(path: string, content: object | string): Promise<void> {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  writeFileSync(path, await format(text, { ...(await resolveConfig(path)), filepath: path }));
}
