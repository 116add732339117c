/**
 * Makes the types of lib/permissions anew, from the data beside them (lib/permissions/endpoints.json, which
 * scripts/permissions.mjs makes) and from Octokit's own tables:
 *
 *     npx tsx scripts/permission-types.ts
 *
 * Writes route-needs.ts and rest-routes.ts.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import table from '../lib/permissions/endpoints.json' with { type: 'json' };
import { readRestRoutes } from '../lib/permissions/read-rest-routes.ts';

type Alternative = Readonly<Record<string, string>>;

interface Need {
  /** In the words of the compiler's message: `issues: write or pull_requests: write`. */
  readonly text: string;
  readonly alternatives: readonly Alternative[];
  readonly routes: readonly string[];
}

const NEEDS = Object.entries(table.needs).map(([accepted, routes]): Need => {
  const alternatives = accepted
    .split('; ')
    .map((alternative): Alternative =>
      Object.fromEntries(alternative.split(',').map((part) => part.split('='))),
    );
  return { text: describe(alternatives), alternatives, routes };
});

/** Octokit spells some routes with their query: `DELETE /repos/{owner}/{repo}/actions/caches{?key,ref}`. */
const octokit = readFileSync('node_modules/@octokit/types/dist-types/generated/Endpoints.d.ts', 'utf8');
const spellings = new Map(
  [...octokit.matchAll(/^ +"([A-Z]+ [^"{]*(?:\{\w+\}[^"{]*)*)\{\?[^"]*"/gm)].map(([all, route = '']) => [
    route,
    all.trim().slice(1, -1),
  ]),
);
/** What Octokit has under another path, or alone. */
const COMPARE = 'GET /repos/{owner}/{repo}/compare/{basehead}';
spellings.set(COMPARE, 'GET /repos/{owner}/{repo}/compare/{base}...{head}');
const OCTOKIT_ONLY = ['GET /orgs/{org}/organization-fine-grained-permissions'];
const spell = (route: string): readonly string[] => [route, ...[spellings.get(route) ?? []].flat()];

await write(
  'lib/permissions/route-needs.ts',
  `/**
 * What each route of GitHub's REST API needs of an installation token. Made by scripts/permission-types.ts: do not
 * edit. Types only.
 *
 * Source: lib/permissions/endpoints.json, which names its own.
 */

import type { HeldLevels } from './levels.ts';

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

${NEEDS.map(({ text, alternatives }, index) => `type N${index} = Need<${toType(alternatives)}, '${text}'>;`).join('\n')}

export interface RouteNeeds {
${NEEDS.flatMap(({ routes }, index) => routes.flatMap(spell).map((route) => `  '${route}': N${index};`)).join('\n')}
${table.none
  .flatMap(spell)
  .map((route) => `  '${route}': Free;`)
  .join('\n')}
${[...table.unpublished, ...OCTOKIT_ONLY]
  .flatMap(spell)
  .map((route) => `  '${route}': Unpublished;`)
  .join('\n')}
${table.userOnly
  .flatMap(spell)
  .map((route) => `  '${route}': NotForInstallationTokens;`)
  .join('\n')}
}

/** Levels by name: every permission that some route needs. */
export interface RoutePermissions {
${toPermissionLevels(NEEDS.flatMap((need) => need.alternatives))}
}
`,
);

await write(
  'lib/permissions/rest-routes.ts',
  `/** The route behind each method of \`github.rest\`. Made by scripts/permission-types.ts: do not edit. Types only. */
export interface RestRoutes {
${Object.entries(readRestRoutes())
  .map(
    ([scope, routes]) =>
      `  ${scope}: {\n${Object.entries(routes)
        .map(([name, route]) => `    ${name}: '${route}';`)
        .join('\n')}\n  };`,
  )
  .join('\n')}
}
`,
);

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
  return [...names]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, levels]) => `  ${name}?: ${[...levels].map((level) => `'${level}'`).join(' | ')};`)
    .join('\n');
}

function capitalise(word: string): string {
  return `${word[0]?.toUpperCase()}${word.slice(1)}`;
}

async function write(path: string, text: string): Promise<void> {
  writeFileSync(path, await format(text, { ...(await resolveConfig(path)), filepath: path }));
}
