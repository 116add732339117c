import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defineHandler, type Handler, type HandlerTable } from '../../lib/dispatch/define-handler.ts';
import { checkHandlers } from '../../lib/build/check-handlers.ts';
import { createRouter } from '../../lib/dispatch/route.ts';
import type { EventName } from '../../lib/events/payloads.ts';
import { module } from '../webhook/intake-scene.ts';

const named = (name: string, event: EventName = '*'): Handler =>
  defineHandler(event, { name, permissions: {}, handle() {} });

const TABLE: HandlerTable = {
  '*': module(named('all')),
  issues: [module(named('issues-1')), module(named('issues-2'))],
  'issues.opened': module(named('opened')),
  'repository_dispatch.a.b': module(named('dotted')),
  'pull_request.closed': module(named('closed')),
};

/** Names of the handlers that a delivery is for, in order. */
async function namesFor(
  table: HandlerTable,
  event: string,
  action: string | null,
): Promise<readonly string[]> {
  const handlers = await Promise.all(
    createRouter(table)
      .match(event, action)
      .map((route) => route.load()),
  );
  return handlers.map(({ name }) => name);
}

describe('a delivery reaches', () => {
  it.each([
    { event: 'issues', action: 'opened', names: ['issues-1', 'issues-2', 'opened', 'all'] },
    { event: 'issues', action: 'closed', names: ['issues-1', 'issues-2', 'all'] },
    { event: 'issues', action: null, names: ['issues-1', 'issues-2', 'all'] },
    { event: 'issues', action: '', names: ['issues-1', 'issues-2', 'all'] },
    { event: 'issues', action: 'Opened', names: ['issues-1', 'issues-2', 'all'] },
    { event: 'pull_request', action: 'closed', names: ['closed', 'all'] },
    { event: 'pull_request', action: null, names: ['all'] },
    { event: 'repository_dispatch', action: 'a.b', names: ['dotted', 'all'] },
    { event: 'repository_dispatch', action: 'a', names: ['all'] },
    { event: 'push', action: null, names: ['all'] },
    { event: 'issues.opened', action: null, names: ['all'] },
    { event: '*', action: null, names: ['all'] },
    { event: '__proto__', action: 'constructor', names: ['all'] },
  ])('$names, of event $event with action $action', async ({ event, action, names }) => {
    expect(await namesFor(TABLE, event, action)).toEqual(names);
  });

  const { '*': _, ...NARROW } = TABLE;

  it.each(['push', '__proto__', 'constructor', 'toString', 'issues.opened', '*', '', 'Issues', '../issues'])(
    'nobody, of event %s in a table without *',
    (event) => {
      const router = createRouter(NARROW);
      expect(router.claims(event)).toBe(false);
      expect(router.match(event, 'opened')).toEqual([]);
    },
  );

  it('nobody, whatever the event, in an empty table', () => {
    fc.assert(
      fc.property(fc.string(), fc.option(fc.string()), (event, action) => {
        expect(createRouter({}).claims(event)).toBe(false);
        expect(createRouter({}).match(event, action)).toEqual([]);
      }),
    );
  });

  it('nobody, through a key with an empty list', () => {
    expect(createRouter({ issues: [] }).claims('issues')).toBe(false);
  });
});

describe('a claim', () => {
  it.each([
    { event: 'issues', claims: true },
    { event: 'pull_request', claims: true },
    { event: 'push', claims: false },
  ])('on $event is made: $claims', ({ event, claims }) => {
    const router = createRouter({
      issues: module(named('a')),
      'issues.opened': module(named('b')),
      'pull_request.closed': module(named('c')),
    });
    expect(router.claims(event)).toBe(claims);
  });
});

describe('a module', () => {
  it('is not loaded before a route to it is taken', async () => {
    const loads: string[] = [];
    const noting = (name: string) => () => {
      loads.push(name);
      return Promise.resolve({ default: named(name) });
    };
    const router = createRouter({ issues: noting('issues'), push: noting('push') });
    expect(router.claims('issues')).toBe(true);
    const [route] = router.match('issues', 'opened');
    expect(loads).toEqual([]);
    await route?.load();
    expect(loads).toEqual(['issues']);
  });

  it.each([
    { name: 'does not load', load: () => Promise.reject(new Error('no such module')) },
    {
      name: 'throws as it is asked for',
      load: () => {
        throw new Error('no such module');
      },
    },
    { name: 'has no default export', load: () => Promise.resolve({}) },
    { name: 'exports null', load: () => Promise.resolve({ default: null }) },
    { name: 'exports a function', load: () => Promise.resolve({ default: () => {} }) },
    {
      name: 'exports a bare definition',
      load: () => Promise.resolve({ default: { permissions: {}, handle() {} } }),
    },
    { name: 'is of another event', load: module(named('x', 'push')) },
    { name: 'is of another action', load: module(named('x', 'issues.closed')) },
    { name: 'is narrower than its key', load: module(named('x', 'issues.opened')), key: 'issues' },
    { name: 'is of one event under *', load: module(named('x', 'issues')), key: '*' },
  ])('that $name is refused, at the build and at run time', async ({ load, key = 'issues.opened' }) => {
    // Only a user without types can write such a table.
    const table: unknown = { [key]: load };
    const untyped = table as HandlerTable;
    const [route] = createRouter(untyped).match('issues', 'opened');
    await expect(route?.load()).rejects.toMatchObject({ code: 'handler_invalid' });
    await expect(checkHandlers(untyped)).rejects.toMatchObject({
      code: 'handler_invalid',
      message: expect.stringContaining(`'${key}'`),
    });
  });

  it.each([
    { key: 'issues.opened', event: 'issues.opened' },
    { key: 'issues.opened', event: 'issues' },
    { key: 'issues.opened', event: '*' },
    { key: 'issues', event: 'issues' },
    { key: '*', event: '*' },
  ] as const)('of $event may stand under $key', async ({ key, event }) => {
    const { handlers } = await checkHandlers({ [key]: module(named('x', event)) });
    expect(handlers.map(({ name }) => name)).toEqual(['x']);
  });
});

describe('checkHandlers refuses', () => {
  const one = named('one', '*');

  it.each([
    {
      name: 'two handlers of one event without names',
      table: { issues: [module(unnamed()), module(unnamed())] },
    },
    { name: 'two handlers of one name', table: { issues: module(named('a')), push: module(named('a')) } },
    {
      name: "a name that is another handler's event",
      table: { issues: module(unnamed()), push: module(named('issues')) },
    },
  ])('$name, and says so', async ({ table }) => {
    await expect(checkHandlers(table)).rejects.toMatchObject({
      code: 'handler_invalid',
      message: expect.stringMatching(/^Two handlers are named '\w+'/),
    });
  });

  it.each([
    { name: 'twice under one key', table: { issues: [module(one), module(one)] } },
    { name: 'under an event and its action', table: { issues: module(one), 'issues.opened': module(one) } },
    { name: 'under an action and its event', table: { 'issues.opened': module(one), issues: module(one) } },
    { name: 'under an event and *', table: { issues: module(one), '*': module(one) } },
    { name: 'under * and an action', table: { '*': module(one), 'issues.opened': module(one) } },
  ])('one handler $name: it would run twice', async ({ table }) => {
    await expect(checkHandlers(table)).rejects.toMatchObject({
      code: 'handler_invalid',
      message: expect.stringContaining('would run twice'),
    });
  });

  it('takes one handler under keys that no delivery can match both', async () => {
    const { handlers } = await checkHandlers({
      'issues.opened': module(one),
      'issues.closed': module(one),
      push: module(one),
    });
    expect(handlers).toEqual([one]);
  });
});

function unnamed(): Handler {
  return defineHandler('issues', { permissions: {}, handle() {} });
}
