/** Which files beside a table are handlers that it forgot, and which are none. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Metafile } from 'esbuild';
import { expect, it, onTestFinished } from 'vitest';
import { findUnnamedHandlers } from '../../lib/build/unnamed-handlers.ts';

const HANDLER = `import { defineHandler } from 'hookmint';
export default defineHandler('push', { permissions: {}, handle() {} });`;

/** @returns What is found beside a table, where of these files the named ones were built. */
async function find(
  files: Readonly<Record<string, string>>,
  { named = [], table = 'functions/handlers/index.ts', links = {} }: Options = {},
): Promise<readonly string[]> {
  const app = await mkdtemp(join(tmpdir(), 'hookmint-unnamed-'));
  onTestFinished(() => rm(app, { recursive: true }));
  for (const [file, text] of Object.entries({ [table]: '', ...files })) {
    await mkdir(join(app, dirname(file)), { recursive: true });
    await writeFile(join(app, file), text);
  }
  for (const [file, target] of Object.entries(links)) await symlink(join(app, target), join(app, file));
  const inputs: Metafile['inputs'] = Object.fromEntries(
    [table, ...named].map((file) => [file, { bytes: 0, imports: [] }]),
  );
  return findUnnamedHandlers(app, join(app, table), { inputs, outputs: {} });
}

interface Options {
  readonly named?: readonly string[];
  readonly table?: string;
  readonly links?: Readonly<Record<string, string>>;
}

const LONELY = 'functions/handlers/lonely.ts';

it.each([
  { what: 'a default export of defineHandler', text: HANDLER },
  {
    what: 'one with its types written out',
    text: `export default defineHandler<'push', {}>('push', { permissions: {}, handle() {} }) satisfies Handler;`,
  },
  {
    what: 'a constant that is exported at the end',
    text: `const push = defineHandler('push', {\n  permissions: {},\n  handle() {},\n});\n\nexport default push;`,
  },
  {
    what: 'a constant that has a name as well',
    text: `export const push = defineHandler('push', { permissions: {}, handle() {} });\nexport { push as default };`,
  },
  {
    what: 'the package under a name',
    text: `import * as hookmint from 'hookmint';\nexport default hookmint.defineHandler('push', { permissions: {}, handle() {} });`,
  },
])('finds a file that was not built with $what', async ({ text }) => {
  expect(await find({ [LONELY]: text })).toEqual([LONELY]);
});

it.each([
  { what: 'a helper without a default export', text: `export const title = 'push';` },
  {
    what: 'a helper that makes handlers',
    text: `export default (event) =>\n  defineHandler(event, { permissions: {}, handle() {} });`,
  },
  {
    what: 'a function that makes handlers',
    text: `export default function make(event) { return defineHandler(event, { permissions: {}, handle() {} }); }`,
  },
  {
    what: 'a handler that is no default export',
    text: `export const push = defineHandler('push', { permissions: {}, handle() {} });`,
  },
  { what: 'a handler in a comment', text: `/*\n${HANDLER}\n*/\nexport {};` },
  { what: 'a handler that is only half written', text: `export default defineHandler('push', {` },
])('is silent of $what', async ({ text }) => {
  expect(await find({ [LONELY]: text })).toEqual([]);
});

it.each(['lonely.test.ts', 'lonely.spec.ts', 'lonely.d.ts', '.lonely.ts', 'lonely.ts.orig', 'old/lonely.ts'])(
  'is silent of %s',
  async (name) => {
    expect(await find({ [`functions/handlers/${name}`]: HANDLER })).toEqual([]);
  },
);

it('is silent of what was built, also where a link leads to it', async () => {
  expect(await find({ [LONELY]: HANDLER }, { named: [LONELY] })).toEqual([]);
  const shared = 'shared/lonely.ts';
  expect(await find({ [shared]: HANDLER }, { named: [shared], links: { [LONELY]: shared } })).toEqual([]);
});

it('finds each of several, and a file that is named for an event and its action', async () => {
  const [a, b] = ['functions/handlers/issues.opened.ts', 'functions/handlers/push.ts'];
  expect(await find({ [b]: HANDLER, [a]: HANDLER, [LONELY]: HANDLER }, { named: [LONELY] })).toEqual([a, b]);
});

it('asks nothing of a table that is a choice of handlers', async () => {
  expect(await find({ [LONELY]: HANDLER }, { table: 'functions/handlers/only-push.ts' })).toEqual([]);
});
