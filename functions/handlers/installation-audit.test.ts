import { run } from 'hookmint/testing';
import { expect, it } from 'vitest';
import created from '../fixtures/installation-created.json' with { type: 'json' };
import handler from './installation-audit.ts';

const PERMISSIONS = { checks: 'write', issues: 'write', metadata: 'read', pull_requests: 'read' };

/** The audit line of a run, which calls nothing and has no token. */
async function audit(delivery: Parameters<typeof run>[1]) {
  const { outcome, calls, token, logs } = await run(handler, delivery);
  expect({ outcome, calls, token }).toEqual({ outcome: 'handled', calls: [], token: undefined });
  return logs.find(({ message }) => message === 'audit');
}

it.each([
  {
    fixture: 'installation-created',
    line: {
      audit: 'created',
      account: 'octo-org',
      by: 'octocat',
      installation: 51230417,
      selection: 'all',
      repositories: ['octo-org/widgets'],
    },
  },
  {
    fixture: 'installation-deleted',
    line: {
      audit: 'deleted',
      account: 'monalisa',
      by: 'monalisa',
      installation: 51230499,
      repositories: ['monalisa/widgets'],
    },
  },
  {
    fixture: 'installation-suspend',
    line: { audit: 'suspend', account: 'monalisa', by: 'monalisa', installation: 51230499 },
  },
  {
    fixture: 'installation-unsuspend',
    line: { audit: 'unsuspend', account: 'monalisa', by: 'monalisa', installation: 51230499 },
  },
])('writes an audit line for $fixture, without a call or a token', async ({ fixture, line }) => {
  expect(await audit(fixture)).toMatchObject({
    level: 'INFO',
    handler: 'installation-audit',
    event: 'installation',
    permissions: PERMISSIONS,
    ...line,
  });
});

it('writes the line although the payload names neither account nor sender', async () => {
  const payload = { action: 'suspend', installation: { id: 51230418 } };
  expect(await audit({ event: 'installation', payload })).toMatchObject({
    installation: 51230418,
    account: null,
  });
});

it('names an enterprise by its slug', async () => {
  const { installation } = created.body;
  const account = { slug: 'octo-enterprise' };
  const payload = {
    ...created.body,
    action: 'new_permissions_accepted',
    installation: { ...installation, account },
  };
  expect(await audit({ event: 'installation', payload })).toMatchObject({ account: 'octo-enterprise' });
});

it('ignores an action that it does not know', async () => {
  const payload = { ...created.body, action: 'renamed' };
  expect(await run(handler, { event: 'installation', payload })).toMatchObject({ outcome: 'ignored' });
});
