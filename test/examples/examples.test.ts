/**
 * Every payload of `@octokit/webhooks-examples`, signed, through the built function in every shape of
 * event: real deliveries, many of which differ from the published schemas.
 */
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toObject } from '../../lib/json/json.ts';
import type { EventShape } from '../../local/aws/lambda-event.ts';
import { loadWorld } from '../harness/deliver.ts';
import { type Deployment, startDeployment } from '../harness/deployment.ts';

interface Payload {
  readonly action?: string;
  readonly installation?: { readonly id: number };
  readonly repository?: { readonly full_name: string };
  readonly issue?: { readonly author_association: string };
  readonly sender?: { readonly type: string };
  readonly changes?: { readonly title?: unknown };
}

interface Example {
  readonly event: string;
  readonly payload: Payload;
}

const examples: readonly Example[] = (
  createRequire(import.meta.url)('@octokit/webhooks-examples') as readonly {
    readonly name: string;
    readonly examples: readonly Payload[];
  }[]
).flatMap(({ name, examples: payloads }) => payloads.map((payload) => ({ event: name, payload })));

const SHAPES: readonly EventShape[] = [
  'function_url',
  'http_api',
  'rest_api',
  'load_balancer',
  'load_balancer_multi_value',
];

it('knows all of the examples', () => {
  expect(examples).toHaveLength(329);
  expect(examples.filter(({ payload }) => payload.installation !== undefined)).toHaveLength(133);
});

/** Sends every example, some side by side. @returns What became of each, in the order of the examples. */
async function deliverAll(app: Deployment, shape: EventShape): Promise<readonly object[]> {
  const results: object[] = [];
  const waiting = [...examples.entries()];
  const next = async (): Promise<void> => {
    for (let entry = waiting.shift(); entry !== undefined; entry = waiting.shift()) {
      const [index, { event, payload }] = entry;
      const { status, body } = await app.deliver(payload, { event, shape });
      results[index] = { status, body: { ...toObject(body), delivery: 'a GUID' } };
    }
  };
  await Promise.all(Array.from({ length: 20 }, next));
  return results;
}

/** The whole answer. */
function answer(event: string, status: number, outcome: string, handlers: readonly object[]): object {
  return { status, body: { delivery: 'a GUID', event, outcome, handlers } };
}

describe('with the shipped handlers', () => {
  let app: Deployment;

  beforeAll(async () => {
    app = await startDeployment({ ledger: false });
  });

  afterAll(() => app.close());

  it.each(SHAPES)('every example is answered as it deserves, as a %s event', async (shape) => {
    expect(await deliverAll(app, shape)).toEqual(examples.map(toShippedAnswer));
  });
});

const ignored = (name: string) => ({ name, outcome: 'ignored' });

/** Nobody in the stand-in's world installed the App for these: what needs a token is skipped. */
function toShippedAnswer({ event, payload }: Example) {
  const unknown = payload.installation === undefined ? 'no_installation' : 'installation_not_found';
  const skipped = (name: string) => ({ name, outcome: 'skipped', reason: unknown });
  const { action = '' } = payload;
  switch (event) {
    case 'pull_request': {
      const titled =
        ['opened', 'reopened', 'synchronize'].includes(action) || payload.changes?.title !== undefined;
      const handlers = [
        (titled ? skipped : ignored)('pull-request-title'),
        (['opened', 'synchronize'].includes(action) ? skipped : ignored)('pull-request-size'),
      ];
      return titled ? answer(event, 200, 'skipped', handlers) : answer(event, 202, 'ignored', handlers);
    }
    case 'issues': {
      if (action !== 'opened') return answer(event, 202, 'ignored', []);
      const association = payload.issue?.author_association ?? '';
      return ['NONE', 'FIRST_TIMER', 'FIRST_TIME_CONTRIBUTOR'].includes(association)
        ? answer(event, 200, 'skipped', [skipped('issues.opened')])
        : answer(event, 202, 'ignored', [ignored('issues.opened')]);
    }
    case 'installation':
      return answer(event, 200, 'handled', [{ name: 'installation-audit', outcome: 'handled' }]);
    default:
      return answer(event, 202, 'ignored', []);
  }
}

describe('with a handler that claims everything', () => {
  let app: Deployment;

  beforeAll(async () => {
    const world = loadWorld();
    const permissions = { metadata: 'read' };
    const installations = [...new Set(examples.flatMap(({ payload }) => payload.installation?.id ?? []))].map(
      (id) => ({
        id,
        account: { login: `account-${id}`, type: 'Organization' as const },
        permissions,
        repositories: 'all' as const,
      }),
    );
    app = await startDeployment({
      handlers: 'test/examples/everything.ts',
      ledger: false,
      world: { ...world, repositories: [], app: { ...world.app, permissions }, installations },
    });
  });

  afterAll(() => app.close());

  it.each(SHAPES)('every example is handled, as a %s event', async (shape) => {
    const expected = examples.map(({ event, payload }) => {
      const signed =
        payload.installation === undefined
          ? { name: 'signed', outcome: 'skipped', reason: 'no_installation' }
          : { name: 'signed', outcome: 'handled' };
      return answer(event, 200, 'handled', [{ name: 'seen', outcome: 'handled' }, signed]);
    });
    expect(await deliverAll(app, shape)).toEqual(expected);
  });

  it('minted once for each installation, and anew where a delivery had changed what it granted', () => {
    const changed = new Set(
      examples
        .filter(({ event }) => event === 'installation' || event === 'installation_repositories')
        .map(({ payload }) => payload.installation?.id),
    );
    const minted = app.github.tokens.map(({ grant }) => grant.installationId);
    expect(new Set(minted).size).toBe(12);
    const unchanged = minted.filter((id) => !changed.has(id));
    expect(unchanged).toHaveLength(new Set(unchanged).size);
    expect(unchanged.length).toBeGreaterThan(5);
  });
});
