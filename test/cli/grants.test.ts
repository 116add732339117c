import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HandlerGrants, readGrants } from '../../cli/grants/read-grants.ts';
import { runIn } from './run.ts';
import { expectJson } from './schemas.ts';

const LIST = 'GET /repos/{owner}/{repo}/issues';
const COMMENT = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
const CHECK = 'POST /repos/{owner}/{repo}/check-runs';
const PULL = 'GET /repos/{owner}/{repo}/pulls/{pull_number}'; // contents: read or pull_requests: read
const PUT_FILE = 'PUT /repos/{owner}/{repo}/contents/{path}'; // contents: write, or that and workflows: write

const folders: string[] = [];

/** An app of these files; each handler is the module of its name, all of them under `push`. */
async function writeApp(
  handlers: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>> = {},
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hookmint-grants-'));
  folders.push(folder);
  const names = Object.keys(handlers);
  const table = `import { defineHandlers } from 'hookmint';
    export const handlers = defineHandlers({ push: [${names.map((name) => `() => import('./${name}.ts')`).join()}] });`;
  const written: Readonly<Record<string, string>> = {
    'functions/handlers/index.ts': table,
    ...Object.fromEntries(names.map((name) => [`functions/handlers/${name}.ts`, handlers[name] ?? ''])),
    ...files,
  };
  for (const [file, text] of Object.entries(written)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
  }
  return folder;
}

afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

/** @param body Of `handle`. */
const handler = (name: string, permissions: string, body: string, before = ''): string =>
  `import { defineHandler, unchecked } from 'hookmint';
${before}
export default defineHandler('push', {
  name: '${name}',
  permissions: ${permissions},
  async handle({ payload, github, token }: any) { ${body} },
});
`;

const HELPERS = `
const ROUTES = { list: '${LIST}' } as const;
export async function list(client: { request(route: string): Promise<unknown> }) { return client.request(ROUTES.list); }
export async function check(client: { request(route: string): Promise<unknown> }) { return client.request('${CHECK}'); }
export const COMMENTS = '/repos/{owner}/{repo}/issues/{issue_number}/comments';
`;

const HANDLERS: Readonly<Record<string, readonly [permissions: string, body: string, before?: string]>> = {
  literal: [`{ issues: 'write' }`, `await github.request('${COMMENT}', {});`],
  pieces: [
    `{ issues: 'write' }`,
    'const route = COMMENTS; await github.request(`POST ${route}`); await github.request("GET " + route);',
    `import { COMMENTS } from '../helpers.ts';`,
  ],
  object: [
    `{ checks: 'write' }`,
    `await github.request({ method: 'post', url: '/repos/{owner}/{repo}/check-runs' });`,
  ],
  rest: [`{ issues: 'write' }`, `await github.rest.issues.createComment({});`],
  renamed: [
    `{ issues: 'write', checks: 'write' }`,
    `const { rest: { issues }, request } = github; const { checks } = github.rest;
     await issues.createComment({}); await request('${LIST}'); await checks.create({});`,
  ],
  pages: [`{ issues: 'read' }`, `await github.paginate('${LIST}', {});`],
  'pages-of-rest': [`{ issues: 'read' }`, `await github.paginate(github.rest.issues.listForRepo, {});`],
  iterator: [
    `{ issues: 'read' }`,
    `for await (const page of github.paginate.iterator('${LIST}', {})) void page;`,
  ],
  helper: [`{ issues: 'read' }`, `await list(github);`, `import { list } from '../helpers.ts';`],
  'helper-of-space': [
    `{ checks: 'write' }`,
    `await helpers.check(github);`,
    `import * as helpers from '../passed-on.ts';`,
  ],
  'helper-later': [
    `{ issues: 'read', checks: 'write' }`,
    `const { list } = await import('../helpers.ts'); await list(github);`,
  ],
  unused: [
    `{ issues: 'read' }`,
    `await github.request('${LIST}');`,
    `export async function never(github: any) { await github.request('${CHECK}'); }`,
  ],
  missing: [`{ issues: 'read' }`, `await github.request('${COMMENT}'); await github.request('${CHECK}');`],
  surplus: [`{ issues: 'write', contents: 'read' }`, `await github.request('${LIST}');`],
  'held-alternative': [`{ pull_requests: 'read' }`, `await github.request('${PULL}');`],
  'cheapest-alternative': [
    `{ pull_requests: 'write' }`,
    `await github.request('${PULL}'); await github.request('PATCH /repos/{owner}/{repo}/pulls/{pull_number}');`,
  ],
  'no-alternative': [
    `{ issues: 'read' }`,
    `await github.request('${PULL}'); await github.request('${LIST}');`,
  ],
  'larger-alternative': [`{ contents: 'write', workflows: 'write' }`, `await github.request('${PUT_FILE}');`],
  'lesser-alternative': [`{ contents: 'write' }`, `await github.request('${PUT_FILE}');`],
  free: [`{ metadata: 'read' }`, `await github.request('GET /rate_limit');`],
  all: [`'all'`, `await github.request('${COMMENT}');`],
  nothing: [`{}`, `void payload;`],
  'not-literal': [`{ issues: 'write' }`, `await github.request(payload.route);`],
  graphql: [`{ issues: 'write' }`, 'await github.graphql(`query { viewer { login } }`);'],
  unchecked: [`{ issues: 'write' }`, `await github.request(unchecked('GET /brand-new'));`],
  unpublished: [
    `{ issues: 'write' }`,
    `await github.request('GET /enterprises/{enterprise}/actions/cache/retention-limit');`,
  ],
  'not-for-installations': [`{ issues: 'write' }`, `await github.request('POST /gists');`],
  token: [
    `{ issues: 'write' }`,
    `await fetch('https://example.org', { headers: { authorization: token.token } });`,
  ],
  'handed-to-package': [
    `{ issues: 'write' }`,
    `await plugin({ github });`,
    `import { plugin } from 'a-plugin';`,
  ],
  config: [
    `{ contents: 'read' }`,
    `await readConfig(github, payload, 'bot.yml');`,
    `import { readConfig } from 'hookmint';`,
  ],
  'not-github': [`{}`, `await get.request('https://example.org');`, `import * as get from 'node:https';`],
};

describe('readGrants', () => {
  let grants: ReadonlyMap<string, HandlerGrants>;
  const of = (name: string) => {
    const found = grants.get(name);
    if (found === undefined) throw new Error(`no handler ${name}`);
    const { declared: _, events: _events, handler: _handler, used: _used, ...judged } = found;
    return judged;
  };

  beforeAll(async () => {
    const folder = await writeApp(
      Object.fromEntries(
        Object.entries(HANDLERS).map(([name, [permissions, body, before]]) => [
          name,
          handler(name, permissions, body, before),
        ]),
      ),
      {
        'functions/helpers.ts': HELPERS,
        'functions/passed-on.ts': `export * from './helpers.ts';`,
        'node_modules/a-plugin/package.json':
          '{ "name": "a-plugin", "type": "module", "exports": "./index.js" }',
        'node_modules/a-plugin/index.js': 'export async function plugin() {}',
      },
    );
    grants = new Map((await readGrants({ app: folder })).map((each) => [each.handler, each]));
  });

  it('has every handler, with its events and what it declares', () => {
    expect([...grants.keys()]).toEqual(Object.keys(HANDLERS));
    expect(grants.get('literal')).toEqual({
      handler: 'literal',
      events: ['push'],
      declared: { issues: 'write' },
      needed: { issues: 'write' },
      missing: {},
      surplus: {},
      unknown: [],
      used: [],
    });
  });

  it.each([
    ['pieces', { issues: 'write' }],
    ['object', { checks: 'write' }],
    ['rest', { issues: 'write' }],
    ['renamed', { issues: 'write', checks: 'write' }],
    ['pages', { issues: 'read' }],
    ['pages-of-rest', { issues: 'read' }],
    ['iterator', { issues: 'read' }],
    ['helper', { issues: 'read' }],
    ['helper-of-space', { checks: 'write' }],
    ['helper-later', { issues: 'read', checks: 'write' }],
    ['unused', { issues: 'read' }],
    ['held-alternative', { pull_requests: 'read' }],
    ['cheapest-alternative', { pull_requests: 'write' }],
    ['larger-alternative', { contents: 'write', workflows: 'write' }],
    ['lesser-alternative', { contents: 'write' }],
    ['free', {}],
    ['nothing', {}],
    ['config', { contents: 'read' }],
    ['not-github', {}],
  ])('finds nothing wrong with %s', (name, needed) => {
    expect(of(name)).toEqual({ needed, missing: {}, surplus: {}, unknown: [] });
  });

  it('tells what is missing, a level that is too low too', () => {
    const missing = { issues: 'write', checks: 'write' };
    expect(of('missing')).toEqual({ needed: missing, missing, surplus: {}, unknown: [] });
  });

  it('takes one alternative where none is held', () => {
    expect(of('no-alternative').missing).toEqual({ contents: 'read' });
  });

  it('tells what is surplus, a level that is too high too', () => {
    const surplus = { issues: 'write', contents: 'read' };
    expect(of('surplus')).toEqual({ needed: { issues: 'read' }, missing: {}, surplus, unknown: [] });
  });

  it("finds nothing missing and nothing surplus with 'all'", () => {
    expect(grants.get('all')).toMatchObject({
      declared: 'all',
      needed: { issues: 'write' },
      missing: {},
      surplus: {},
    });
  });

  it.each([
    ['not-literal', 'github.request(payload.route): its route is not a literal'],
    ['graphql', 'github.graphql(`query { viewer { login } }`): GraphQL'],
    ['unchecked', 'github.request(unchecked("GET /brand-new")): its route is not a literal'],
    [
      'unpublished',
      'GET /enterprises/{enterprise}/actions/cache/retention-limit: nobody published what it needs',
    ],
    ['not-for-installations', 'POST /gists: not for installation tokens'],
    ['token', 'token.token: what the token itself is used for is not known'],
    ['handed-to-package', 'plugin({ github }): what a-plugin calls is not known'],
  ])('says that %s is not known, and where', (name, text) => {
    expect(of(name)).toEqual({
      needed: {},
      missing: {},
      surplus: { issues: 'write' },
      unknown: [`functions/handlers/${name}.ts:6: ${text}`],
    });
  });
});

describe('hookmint grants', () => {
  const run = (folder: string, ...args: readonly string[]) => runIn(folder, ['grants', ...args]);

  it.each([
    ['module that does not load', { broken: 'throw new Error("no such luck");' }, 'no such luck'],
    [
      'handler of which the module cannot be told',
      undefined,
      "Where the handler 'push' stands cannot be told",
    ],
  ])('ends with 2 for a %s, and says why', async (_, handlers, why) => {
    const folder = await writeApp(
      handlers ?? {},
      handlers
        ? {}
        : {
            'functions/handlers/index.ts': `import { defineHandler } from 'hookmint';
              const own = defineHandler('push', { permissions: {}, handle() {} });
              export const handlers = { push: async () => ({ default: own }) };`,
          },
    );
    const { code, stdout, stderr } = await run(folder, '--json', '--check');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(why);
  });

  it('warns, beside what it prints, of a handler that no line of the table names', async () => {
    const named = handler('named', `{ issues: 'read' }`, `await github.request('${LIST}');`);
    const folder = await writeApp(
      { named },
      { 'functions/handlers/lonely.ts': handler('lonely', '{}', ''), 'functions/handlers/words.ts': HELPERS },
    );
    const { code, stdout, stderr } = await run(folder, '--json', '--check');
    expect(stderr).toBe(
      'warning: functions/handlers/lonely.ts has a handler that functions/handlers/index.ts does not name: add a line for it.\n',
    );
    expect(expectJson('grants', stdout)).toMatchObject([{ handler: 'named' }]);
    expect(code).toBe(0);
  });

  it('ends with 1 for what is missing, in --check alone', async () => {
    const folder = await writeApp({
      short: handler('short', `{ issues: 'read' }`, `await github.request('${COMMENT}');`),
    });
    expect(await run(folder, '--check')).toMatchObject({
      code: 1,
      stdout:
        'short  push\n  declares  issues: read\n  needs     issues: write\n  missing   issues: write\n\n',
    });
    expect((await run(folder)).code).toBe(0);
  });

  it('ends with 1 for what is surplus', async () => {
    const folder = await writeApp({
      wide: handler('wide', `{ issues: 'write' }`, `await github.request('${LIST}');`),
    });
    expect(await run(folder, '--check')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('  surplus   issues: write\n'),
    });
  });

  it('lets a surplus pass that an unknown call may need; stdout is the JSON alone', async () => {
    const folder = await writeApp({
      asks: `console.log('loading');\n${handler('asks', `{ issues: 'write' }`, `await github.graphql('{ viewer }');`)}`,
    });
    const { code, stdout, stderr } = await run(folder, '--json', '--check');
    expect(code).toBe(0);
    expect(stderr).toContain('loading');
    expect(expectJson('grants', stdout)).toEqual([
      {
        handler: 'asks',
        events: ['push'],
        declared: { issues: 'write' },
        needed: {},
        missing: {},
        surplus: { issues: 'write' },
        unknown: [`functions/handlers/asks.ts:7: github.graphql("{ viewer }"): GraphQL`],
      },
    ]);
  });
});
