/** The figure of what is lost: what was taken, and never began. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LoggedDelivery } from '../../lib/github/logged-delivery.ts';
import type { Accounting } from '../../lib/sweep/accounting.ts';
import { type Dynamo, startDynalite } from './dynamodb.ts';
import { openScene, type Scene } from './sweep-scene.ts';

let dynamo: Dynamo;
let scene: Scene;
beforeAll(async () => {
  dynamo = await startDynalite();
});
afterAll(() => dynamo.stop());
beforeEach(async () => {
  scene = await openScene(dynamo);
});
afterEach(() => scene.close());

/** An accounting by which nothing began but these, and what it was asked for. */
const createAccounting = ({ begun = [] as string[], isEmpty = true, ofHook = '' } = {}) => {
  const asked: { guids: readonly string[]; hookId: string | null }[] = [];
  const accounting: Accounting = {
    async findUnbegun(deliveries: readonly LoggedDelivery[], readHookId) {
      asked.push({ guids: deliveries.map(({ guid }) => guid), hookId: await readHookId() });
      return deliveries.filter(({ guid }) => !begun.includes(guid));
    },
    hasBegun: async (_, hookId) => hookId === ofHook,
    isQueueEmpty: async () => isEmpty,
  };
  return { accounting, asked };
};
const answered = (outcome: string) => ({
  statusCode: 202,
  request: { headers: { 'X-GitHub-Hook-ID': '4711' }, payload: {} },
  response: { payload: JSON.stringify({ outcome }) },
});

describe('a delivery that GitHub was answered well', () => {
  it('is missing where no handler of it began, and each run says how many are', async () => {
    const { guid } = scene.deliver(15, answered('queued'));
    scene.deliver(14, { ...answered('queued'), guid: 'began' });
    const { accounting, asked } = createAccounting({ begun: ['began'] });
    expect(await scene.run({}, { accounting })).toMatchObject({ missing: 1, finished: true });
    expect(asked).toEqual([{ guids: expect.arrayContaining([guid, 'began']), hookId: '4711' }]);
    expect(scene.lines('delivery missing')).toMatchObject([
      {
        level: 'ERROR',
        code: 'delivery_missing',
        delivery: guid,
        event: 'issues',
        action: 'opened',
        status: 202,
      },
    ]);
    expect(scene.lines('sweep')).toMatchObject([{ missing: 1 }]);
  });

  it.each([
    { what: 'has just come', minutes: 5, more: answered('queued') },
    { what: 'no handler claims', minutes: 15, more: { ...answered('ignored'), action: 'pinned' } },
    { what: 'no handler claimed when it came', minutes: 15, more: answered('ignored') },
    { what: 'was handled without a ledger', minutes: 15, more: answered('handled') },
    {
      what: 'failed, which the sweep sees to',
      minutes: 15,
      more: { ...answered('failed'), statusCode: 500 },
    },
  ])('is not missing if it $what', async ({ minutes, more }) => {
    scene.deliver(minutes, more);
    expect(await scene.run({}, { accounting: createAccounting().accounting })).toMatchObject({ missing: 0 });
  });

  it('is looked for under the hook that it came from, where that is another one than that of the first', async () => {
    scene.deliver(15, answered('queued'));
    const { accounting } = createAccounting({ ofHook: '4711' });
    expect(await scene.run({}, { accounting })).toMatchObject({ missing: 0 });
  });

  it('may wait in a queue that is not empty', async () => {
    scene.deliver(15, answered('queued'));
    expect(
      await scene.run({}, { accounting: createAccounting({ isEmpty: false }).accounting }),
    ).toMatchObject({ missing: 0 });
  });

  it('costs no call where there is nothing to account for', async () => {
    await scene.run({}, { accounting: createAccounting().accounting });
    expect(scene.github.calls).toHaveLength(1);
  });
});
