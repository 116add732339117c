import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../lib/json/json.ts';
import {
  describeGrant,
  type Grant,
  needsToken,
  type RepositorySelection,
  toGrant,
  toGrantKey,
} from '../../lib/github/grant.ts';

const ISSUES = { issues: 'write' } as const;

/** What a handler's function may return at run time, whatever its types say. */
function returning(value: unknown): RepositorySelection<JsonObject> {
  return (() => value) as RepositorySelection<JsonObject>;
}

const ids = (length: number): number[] => Array.from({ length }, (_, at) => at + 1);

describe('an event without a repository mints nothing', () => {
  it.each([
    { name: 'an empty payload', payload: {} },
    { name: 'a repository of null', payload: { repository: null } },
    { name: 'a repository without an id', payload: { repository: { name: 'x' } } },
    { name: 'a repository whose id is a text', payload: { repository: { id: '1' } } },
    { name: 'a repository whose id a number cannot hold', payload: { repository: { id: 2 ** 53 } } },
    { name: 'no repositories', payload: { repositories: [] } },
    { name: 'no added repositories', payload: { repositories_added: [] } },
    { name: 'removed repositories alone', payload: { repositories_removed: [{ id: 1 }] } },
    { name: 'repositories that are no list', payload: { repositories: { id: 1 } } },
    { name: 'repositories without ids', payload: { repositories: [{}, null, 'x', { id: -1 }] } },
  ])('$name', ({ payload }) => {
    expect(() => toGrant(ISSUES, 'event', payload)).toThrow(
      expect.objectContaining({ code: 'no_repository', disposition: 'skipped' }),
    );
  });

  it('nor does a function that picks none', () => {
    expect(() => toGrant(ISSUES, () => [], {})).toThrow(expect.objectContaining({ code: 'no_repository' }));
  });
});

describe('a function that returns', () => {
  it.each([
    { name: 'nothing', value: undefined },
    { name: 'null', value: null },
    { name: 'one id', value: 1 },
    { name: 'one name', value: 'hello-world' },
    { name: "'all'", value: 'all' },
    { name: "'event'", value: 'event' },
    { name: 'a promise', value: Promise.resolve([1]) },
    { name: 'ids and names', value: [1, 'hello-world'] },
    { name: 'a name with its owner', value: ['octo-org/hello-world'] },
    { name: 'an empty name', value: [''] },
    { name: 'a name over 100 characters', value: ['x'.repeat(101)] },
    { name: 'a name with a blank', value: ['hello world'] },
    { name: 'an id of 0', value: [0] },
    { name: 'a fraction', value: [1.5] },
    { name: 'an id that a number cannot hold', value: [2 ** 53] },
    { name: 'a BigInt', value: [1n] },
    { name: 'repositories whole', value: [{ id: 1 }] },
    { name: 'a hole', value: [undefined] },
    { name: '501 ids', value: ids(501) },
  ])('$name is a fault, not a guess', ({ value }) => {
    expect(() => toGrant(ISSUES, returning(value), {})).toThrow(
      expect.objectContaining({ code: 'repositories_invalid', disposition: 500 }),
    );
  });
});

it('an event of more than 500 repositories is skipped, and says what to declare', () => {
  const toRepositories = (count: number) => ids(count).map((id) => ({ id }));
  const grantOf = (count: number) => toGrant(ISSUES, 'event', { repositories: toRepositories(count) });
  expect(grantOf(500).repositories).toHaveLength(500);
  expect(() => grantOf(501)).toThrow(
    expect.objectContaining({
      code: 'too_many_repositories',
      disposition: 'skipped',
      detail: "501 of them; declare repositories: 'installation', or a function that picks 500",
    }),
  );
});

describe('a grant reaches', () => {
  it.each<{
    name: string;
    selection: RepositorySelection<JsonObject>;
    payload: JsonObject;
    reaches: unknown;
  }>([
    {
      name: 'the repository of the event',
      selection: 'event',
      payload: { repository: { id: 7 } },
      reaches: [7],
    },
    {
      name: 'the repository alone, whatever else the event lists',
      selection: 'event',
      payload: { repository: { id: 7 }, repositories: [{ id: 8 }] },
      reaches: [7],
    },
    {
      name: 'the repositories of an installation event, in order, once each',
      selection: 'event',
      payload: { repositories: [{ id: 9 }, { id: 10 }, { id: 9 }, { id: 8 }] },
      reaches: [8, 9, 10],
    },
    {
      name: 'the repositories that were added',
      selection: 'event',
      payload: { repositories_added: [{ id: 3 }], repositories_removed: [{ id: 4 }] },
      reaches: [3],
    },
    {
      name: 'the installation, where asked to',
      selection: 'installation',
      payload: {},
      reaches: 'installation',
    },
    { name: 'what a function picks', selection: () => [10, 9, 10], payload: {}, reaches: [9, 10] },
    { name: 'names', selection: () => ['b', 'a.b-c_d', 'b'], payload: {}, reaches: ['a.b-c_d', 'b'] },
    {
      name: 'the installation, by a function',
      selection: () => 'installation',
      payload: {},
      reaches: 'installation',
    },
    {
      name: 'what a function reads of the payload',
      selection: ({ payload }) => (payload['big'] === true ? 'installation' : [1]),
      payload: { big: true },
      reaches: 'installation',
    },
    { name: '500 repositories', selection: () => ids(500), payload: {}, reaches: ids(500) },
  ])('$name', ({ selection, payload, reaches }) => {
    expect(toGrant(ISSUES, selection, payload)).toEqual({ permissions: ISSUES, repositories: reaches });
  });

  it('500 repositories, named more than once', () => {
    const twice = [...ids(500), ...ids(500)];
    expect(toGrant(ISSUES, () => twice, {}).repositories).toEqual(ids(500));
  });

  it('the added repositories, where the other list is empty', () => {
    const payload = { repositories: [], repositories_added: [{ id: 3 }] };
    expect(toGrant(ISSUES, 'event', payload).repositories).toEqual([3]);
  });

  it('the same list untouched: the caller’s array is not sorted', () => {
    const picked = [3, 1, 2];
    toGrant(ISSUES, () => picked, {});
    expect(picked).toEqual([3, 1, 2]);
  });
});

const grant = (permissions: Grant['permissions'], repositories: Grant['repositories']): Grant => ({
  permissions,
  repositories,
});

describe('two grants', () => {
  it('are the same whatever the order of permissions and repositories', () => {
    const one = toGrant({ issues: 'write', checks: 'read' }, () => [1, 2], {});
    const other = toGrant({ checks: 'read', issues: 'write' }, () => [2, 1, 1], {});
    expect(toGrantKey(one)).toBe(toGrantKey(other));
  });

  it('differ in every level, name and repository', () => {
    const grants = [
      grant('all', 'installation'),
      grant({}, 'installation'),
      grant({ issues: 'read' }, 'installation'),
      grant({ issues: 'write' }, 'installation'),
      grant({ repository_projects: 'write' }, 'installation'),
      grant({ repository_projects: 'admin' }, 'installation'),
      grant({ issues: 'write', checks: 'write' }, 'installation'),
      grant({ issues: 'write', checks: 'read' }, 'installation'),
      grant({ issues: 'write' }, [1]),
      grant({ issues: 'write' }, [1, 2]),
      grant({ issues: 'write' }, [12]),
      grant({ issues: 'write' }, ['1']),
      grant({ issues: 'write' }, ['installation']),
      grant('all', [1]),
    ];
    expect(new Set(grants.map(toGrantKey)).size).toBe(14);
  });

  it('are told apart by people too', () => {
    expect(describeGrant(grant({ issues: 'write', checks: 'read' }, [1, 2]))).toBe(
      'issues=write, checks=read on 1,2',
    );
    expect(describeGrant(grant('all', 'installation'))).toBe('all on installation');
  });
});

it.each([
  { permissions: {}, needs: false },
  { permissions: { issues: 'read' } as const, needs: true },
  { permissions: 'all' as const, needs: true },
])('$permissions needs a token: $needs', ({ permissions, needs }) => {
  expect(needsToken(permissions)).toBe(needs);
});
