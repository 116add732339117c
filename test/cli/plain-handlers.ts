/**
 * The handlers of the test's app as far as most commands look at them, in modules that import nothing. Bundling the
 * real ones takes a fifth of a second, for each command that is run.
 */
import type { Folder } from './run.ts';

const HANDLERS = {
  'issues-opened': { name: 'issues.opened', events: ['issues.opened'], permissions: { issues: 'write' } },
  'installation-audit': { name: 'installation-audit', events: ['installation'], permissions: {} },
  'pull-request-title': {
    name: 'pull-request-title',
    events: ['pull_request'],
    permissions: { checks: 'write' },
  },
  'pull-request-size': {
    name: 'pull-request-size',
    events: ['pull_request'],
    permissions: { issues: 'write' },
  },
};

const TABLE = `export const handlers = {
  'issues.opened': () => import('./issues-opened.ts'),
  installation: () => import('./installation-audit.ts'),
  pull_request: [() => import('./pull-request-title.ts'), () => import('./pull-request-size.ts')],
};
`;

/** Writes them in the place of those that are there. */
export async function writePlainHandlers(folder: Folder): Promise<void> {
  for (const [file, declared] of Object.entries(HANDLERS)) {
    const handler = { repositories: 'event', settings: {}, unlisted: false, ...declared };
    const text = `export default { ...${JSON.stringify(handler)}, handle() {} };\n`;
    await folder.write(`functions/handlers/${file}.ts`, text);
  }
  await folder.write('functions/handlers/index.ts', TABLE);
}
