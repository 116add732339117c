/**
 * Makes lib/permissions/endpoints.json anew: `node scripts/permissions.mjs ENDPOINTS.json`.
 *
 * The argument is a table made from GitHub's own documentation data (github/docs, `src/github-apps/data/…/
 * server-to-server-permissions.json` and `server-to-server-rest.json`) and its OpenAPI description: `endpoints`, route to
 * alternatives of permissions; `noPermission`, `noPermissionPackages`, `permissionNotPublished`: lists of routes;
 * `userTokenOnly`: routes that no installation token may call; `openapiEnabledButNotInSource`: routes that one of the two
 * sources lacks; `_meta`: where all that comes from.
 */
import { readFile, writeFile } from 'node:fs/promises';

const [source = ''] = process.argv.slice(2);
if (source === '')
  throw new Error('name the file with the table: node scripts/permissions.mjs ENDPOINTS.json');
const table = JSON.parse(await readFile(source, 'utf8'));

/** As `X-Accepted-GitHub-Permissions` has it: `;` between alternatives, `,` between what is needed together. */
const toAccepted = (alternatives) =>
  alternatives
    .map((permissions) =>
      Object.entries(permissions)
        .map(([name, level]) => `${name}=${level}`)
        .join(','),
    )
    .join('; ');

const byNeed = {};
for (const [route, alternatives] of Object.entries(table.endpoints)) {
  const accepted = toAccepted(alternatives);
  byNeed[accepted] = [...(byNeed[accepted] ?? []), route];
}

const { openapiEnabledButNotInSource: missing } = table;
const { source: from, commit, noPermissionSource, openapi } = table['_meta'];
const compact = {
  source: `${from}, commit ${commit}; without a permission: ${noPermissionSource}; ${openapi}`,
  apiVersion: /\d{4}-\d{2}-\d{2}/.exec(from)?.[0],
  reading:
    'needs: what one whole alternative of must be held (apart by ";", needed together by ","; a level is the least one, read < write < admin) to the routes that ask for it',
  needs: Object.fromEntries(Object.entries(byNeed).toSorted(([a], [b]) => (a < b ? -1 : 1))),
  none: [...table.noPermission, ...table.noPermissionPackages],
  unpublished: [...table.permissionNotPublished, ...missing.noAccessDataInSource, ...missing.newerThanSource],
  userOnly: [...Object.keys(table.userTokenOnly), ...missing.notInInstallationTokenList],
};

const file = new URL('../lib/permissions/endpoints.json', import.meta.url);
await writeFile(file, `${JSON.stringify(compact, null, 1)}\n`);
