/** The stand-in against the table of permissions, route by route and level by level, over HTTP. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import table from '../../lib/permissions/endpoints.json' with { type: 'json' };
import type { GitHub, Permissions } from '../../local/github/types.ts';
import { at, callerOf, INSTALLATION, start } from './github-scene.ts';

const LEVELS = ['read', 'write', 'admin'];
const WORDS = 'Resource not accessible by integration';

const ALL = Object.entries(table.needs).flatMap(([accepted, routes]) =>
  routes.map((route) => ({ route, accepted })),
);
/** Some hundred routes, spread over the whole table, every kind of need among them. */
const SOME = [
  ...ALL.filter((_, index) => index % 9 === 0),
  ...Object.entries(table.needs).map(([accepted, [route = '']]) => ({ route, accepted })),
];

let github: GitHub;
let call: ReturnType<typeof callerOf>['call'];
let mint: ReturnType<typeof callerOf>['mint'];

beforeAll(async () => {
  github = await start();
  ({ call, mint } = callerOf(github));
  github.install({ ...INSTALLATION, permissions: everything() });
});
afterAll(() => github.close());

describe('the table', () => {
  it('has as many routes as GitHub documents for installation tokens', () => {
    expect(ALL).toHaveLength(872);
    expect(SOME.length).toBeGreaterThan(150);
  });
});

describe('a token of a whole alternative is let through, and of anything less refused', () => {
  it.each(SOME)('$route: $accepted', async ({ route, accepted }) => {
    for (const alternative of parse(accepted)) {
      expect(await statusOf(route, alternative)).not.toBe(403);
      for (const lesser of lessen(alternative)) {
        if (parse(accepted).some((other) => isWithin(other, lesser))) continue;
        expect(await refusalOf(route, lesser)).toEqual({ status: 403, message: WORDS, accepted });
      }
    }
  });
});

it('a hundred routes are judged as the table has them, with every level of each permission', async () => {
  const routes = ALL.filter((_, index) => index % 8 === 0).slice(0, 100);
  expect(routes).toHaveLength(100);
  for (const { route, accepted } of routes) {
    const names = new Set(parse(accepted).flatMap((alternative) => Object.keys(alternative)));
    for (const name of names) {
      // Nobody can grant more of `metadata`.
      for (const level of name === 'metadata' ? ['read'] : LEVELS) {
        const held = { [name]: level };
        const isEnough = parse(accepted).some((alternative) => isWithin(alternative, held));
        const isRefused = (await statusOf(route, held)) === 403;
        expect({ route, held, isRefused }).toEqual({ route, held, isRefused: !isEnough });
      }
    }
  }
});

it.each(table.userOnly.filter((_, index) => index % 4 === 0))(
  'no installation token may call what is for users: %s',
  async (route) => {
    expect(await refusalOf(route, { issues: 'write' })).toEqual({
      status: 403,
      message: WORDS,
      accepted: null,
    });
  },
);

it('a route without a permission is not refused', async () => {
  expect(await statusOf('POST /repos/{owner}/{repo}/releases/{release_id}/reactions', {})).not.toBe(403);
});

async function ask(route: string, permissions: Permissions) {
  const [method = '', template = ''] = route.split(' ');
  const path = template
    .replace('{owner}/{repo}', 'octo-org/hello-world')
    .replace('{org}', 'octo-org')
    .replaceAll(/\{\w[\w-]*\}/g, '1');
  const body = method === 'GET' ? {} : { body: {} };
  // A token of metadata alone: naming no permission would ask for all of them.
  return call(method, path, {
    token: await mint({ permissions: { metadata: 'read', ...permissions } }),
    ...body,
  });
}

async function statusOf(route: string, permissions: Permissions): Promise<number> {
  return (await ask(route, permissions)).status;
}

async function refusalOf(route: string, permissions: Permissions) {
  const { status, body, headers } = await ask(route, permissions);
  return { status, message: at(body, 'message'), accepted: headers.get('x-accepted-github-permissions') };
}

function parse(accepted: string): readonly Permissions[] {
  return accepted
    .split('; ')
    .map((alternative) => Object.fromEntries(alternative.split(',').map((each) => each.split('='))));
}

/** Each permission left out, and each a level lower. */
function lessen(alternative: Permissions): readonly Permissions[] {
  return Object.entries(alternative).flatMap(([name, level]) => {
    const { [name]: _, ...rest } = alternative;
    const lower = { write: 'read', admin: 'write' }[level];
    return lower === undefined ? [rest] : [rest, { ...rest, [name]: lower }];
  });
}

/** Whether a token of `held` has all that `needed` asks for; metadata comes with every token. */
function isWithin(needed: Permissions, held: Permissions): boolean {
  return Object.entries(needed).every(
    ([name, level]) =>
      LEVELS.indexOf(held[name] ?? (name === 'metadata' ? 'read' : '')) >= LEVELS.indexOf(level),
  );
}

function everything(): Permissions {
  const names = ALL.flatMap(({ accepted }) => parse(accepted)).flatMap((each) => Object.keys(each));
  return Object.fromEntries(names.map((name) => [name, name === 'metadata' ? 'read' : 'admin']));
}
