/**
 * Every route of GitHub's table, as the compiler judges it: it compiles with each whole alternative of its
 * permissions, and with nothing less. One run of the compiler for all of them.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import table from '../../lib/permissions/endpoints.json' with { type: 'json' };
import { PROJECT } from '../harness/build.ts';

type Grant = Readonly<Record<string, string>>;

/** One call, and the end of the compiler's message; undefined where it compiles. */
interface Case {
  readonly grant: Grant | 'all';
  readonly route: string;
  readonly message?: string;
}

const NEEDS = Object.entries(table.needs).map(([accepted, routes]) => {
  const alternatives = accepted.split('; ').map(parseGrant);
  const words = alternatives.map((grant) =>
    Object.entries(grant)
      .map(([name, level]) => `${name}: ${level}`)
      .join(' and '),
  );
  return { text: words.join(' or '), routes, alternatives };
});
const LEVELS = ['read', 'write', 'admin'];

const WHOLE = NEEDS.flatMap(({ routes, alternatives }) =>
  alternatives.flatMap((grant) => routes.map((route): Case => ({ grant, route }))),
);
const LESSER = NEEDS.flatMap(({ text, routes, alternatives }) =>
  alternatives
    .flatMap(toLesser)
    .filter((grant) => !alternatives.some((alternative) => includes(grant, alternative)))
    .flatMap((grant) => routes.map((route): Case => ({ grant, route, message: `needs ${text}` }))),
);
const FREE = [...table.none, ...table.unpublished].map((route): Case => ({ grant: {}, route }));
const REFUSED = table.userOnly.map((route): Case => {
  return { grant: 'all', route, message: 'not for installation tokens' };
});
const ALL = [...WHOLE, ...LESSER, ...FREE, ...REFUSED];

let messages: ReadonlyMap<number, string>;
let folder: string;
beforeAll(async () => {
  await mkdir(join(PROJECT, '.hookmint'), { recursive: true, mode: 0o700 });
  folder = await mkdtemp(join(PROJECT, '.hookmint', 'routes-'));
  const calls = ALL.map(({ grant, route }) => `ask<${toType(grant)}>()('${route}');`);
  const head = `import type { Held } from '../../lib/permissions/held.ts'; import type { Verdict } from '../../lib/permissions/verdict.ts';
declare function ask<P>(): <R extends string>(route: Verdict<R, Held<P>>) => void;`;
  await writeFile(join(folder, 'calls.ts'), [head, ...calls].join('\n'));
  const config = { extends: '../../tsconfig.json', include: [], files: ['calls.ts'] };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  messages = await compile(folder);
});
afterAll(() => rm(folder, { recursive: true }));

describe('the compiler', () => {
  it('knows the whole table', () => {
    const routes = NEEDS.flatMap((need) => need.routes);
    expect(new Set(routes).size).toBe(872);
    expect(LESSER.length).toBeGreaterThan(900);
  });

  it.each([
    { name: 'each whole alternative', cases: WHOLE },
    { name: 'no permission, where none is needed or none was published', cases: FREE },
  ])('lets a route through with $name', ({ cases }) => {
    expect(cases.filter((each) => messageOf(each) !== undefined)).toEqual([]);
  });

  it.each([
    { name: 'with each lesser grant, and says what it needs', cases: LESSER },
    { name: 'that no installation token may call, whatever is granted', cases: REFUSED },
  ])('refuses a route $name', ({ cases }) => {
    const wrong = cases.filter(
      (each) => !messageOf(each)?.endsWith(`to parameter of type '"${each.message}"'.`),
    );
    expect(wrong).toEqual([]);
  });
});

function messageOf(each: Case): string | undefined {
  return messages.get(ALL.indexOf(each));
}

/** The last line of each diagnostic, by the index of its call. */
async function compile(project: string): Promise<ReadonlyMap<number, string>> {
  const tsc = join(PROJECT, 'node_modules', '.bin', 'tsc');
  const output = await new Promise<string>((resolve) => {
    execFile(tsc, ['-p', project, '--singleThreaded'], { maxBuffer: 1e9, cwd: project }, (_, stdout) =>
      resolve(stdout),
    );
  });
  const found = new Map<number, string>();
  let index = -1;
  for (const line of output.split('\n')) {
    const [, at] = /^calls\.ts\((\d+),/.exec(line) ?? [];
    if (at !== undefined) index = Number(at) - 3;
    if (line.trim() !== '') found.set(index, line.trim());
  }
  return found;
}

function parseGrant(text: string): Grant {
  return Object.fromEntries(text.split(',').map((part) => part.split('=')));
}

/** Each permission left out, and each level one lower. */
function toLesser(grant: Grant): readonly Grant[] {
  return Object.entries(grant).flatMap(([name, level]) => {
    const { [name]: _, ...without } = grant;
    const lower = LEVELS[LEVELS.indexOf(level) - 1];
    return lower === undefined ? [without] : [without, { ...grant, [name]: lower }];
  });
}

function includes(grant: Grant, needed: Grant): boolean {
  return Object.entries(needed).every(
    ([name, level]) => LEVELS.indexOf(grant[name] ?? '') >= LEVELS.indexOf(level),
  );
}

function toType(grant: Grant | 'all'): string {
  return JSON.stringify(grant);
}
