/** What a delivery waits for, one call after the other, before its handler makes a call of its own. */
import { expect, it } from 'vitest';
import { defineHandler } from '../../lib/dispatch/define-handler.ts';
import type { Authority } from '../../lib/github/app.ts';
import type { Ledger } from '../../lib/ledger/ledger.ts';
import { createMemoryLedger } from '../ledger/memory-ledger.ts';
import { module, setScene } from '../webhook/intake-scene.ts';

const BODY = JSON.stringify({
  action: 'opened',
  repository: { id: 186853002, full_name: 'octo-org/widgets' },
  installation: { id: 51230417 },
});

const AUTHORITY: unknown = {
  github: {},
  token: { token: 'ghs_of_this_test', expiresAt: new Date(0), permissions: { issues: 'write' } },
  cached: false,
  secrets: () => [],
  finishCalls: () => Promise.resolve([]),
};

it('is the claim alone where the token is there, and a mint as well where it is not', async () => {
  const order: string[] = [];
  const memory = createMemoryLedger();
  const ledger: Ledger = {
    claim: (...of) => (order.push('claim'), memory.claim(...of)),
    settle: (...of) => (order.push('settle'), memory.settle(...of)),
  };
  const app = {
    authorise: async () => {
      if (!order.includes('mint')) order.push('mint');
      return AUTHORITY as Authority;
    },
  };
  const handler = defineHandler('issues.opened', {
    permissions: { issues: 'write' },
    handle: () => void order.push('handler'),
  });
  const scene = setScene({ table: { 'issues.opened': [module(handler)] }, ledger, app });
  await scene.send({ body: BODY, headers: { 'X-GitHub-Delivery': 'first' } });
  expect(order).toEqual(['claim', 'mint', 'handler', 'settle']);
  const before = order.length;
  await scene.send({ body: BODY, headers: { 'X-GitHub-Delivery': 'second' } });
  expect(order.slice(before)).toEqual(['claim', 'handler', 'settle']);
});
