import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type JsonObject, parseJson, toObject } from '../../lib/json/json.ts';
import { type Deployment, startDeployment } from '../harness/deployment.ts';
import { vary } from './vary.ts';

const PERMISSIONS = { checks: 'write', issues: 'write', metadata: 'read', pull_requests: 'read' };

let app: Deployment;
beforeAll(async () => {
  app = await startDeployment({ ledger: false });
});
afterAll(() => app.close());

/** The latest audit line; output trails the answer a little. */
async function auditOf(action: string): Promise<JsonObject> {
  return vi.waitFor(() => {
    const entries = app.lines.map((line) => toObject(parseJson(line)));
    const found = entries.findLast(({ message, audit }) => message === 'audit' && audit === action);
    if (found === undefined) throw new Error(`no audit line for ${action}`);
    return found;
  });
}

it.each([
  {
    fixture: 'installation-created',
    audit: {
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
    audit: {
      audit: 'deleted',
      account: 'monalisa',
      by: 'monalisa',
      installation: 51230499,
      repositories: ['monalisa/widgets'],
    },
  },
  {
    fixture: 'installation-suspend',
    audit: { audit: 'suspend', account: 'monalisa', by: 'monalisa', installation: 51230499 },
  },
  {
    fixture: 'installation-unsuspend',
    audit: { audit: 'unsuspend', account: 'monalisa', by: 'monalisa', installation: 51230499 },
  },
])('writes an audit line for $fixture, without a call or a token', async ({ fixture, audit }) => {
  const { status, body, calls } = await app.deliver(fixture);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    outcome: 'handled',
    handlers: [{ name: 'installation-audit', outcome: 'handled' }],
  });
  expect(calls).toEqual([]);
  expect(await auditOf(audit.audit)).toMatchObject({
    level: 'INFO',
    handler: 'installation-audit',
    event: 'installation',
    permissions: PERMISSIONS,
    ...audit,
  });
});

it('writes the line although the payload names neither account nor sender', async () => {
  const payload = { action: 'suspend', installation: { id: 51230418 } };
  const { status } = await app.deliver(payload, { event: 'installation' });
  expect(status).toBe(200);
  await vi.waitFor(async () => {
    expect(await auditOf('suspend')).toMatchObject({ installation: 51230418, account: null });
  });
});

it('names an enterprise by its slug', async () => {
  const account = { login: undefined, slug: 'octo-enterprise' };
  await app.deliver(
    vary('installation-created', { action: 'new_permissions_accepted', installation: { account } }),
  );
  expect(await auditOf('new_permissions_accepted')).toMatchObject({ account: 'octo-enterprise' });
});

it('ignores an action that it does not know', async () => {
  const { status, body } = await app.deliver(vary('installation-created', { action: 'renamed' }));
  expect(status).toBe(202);
  expect(body).toMatchObject({ outcome: 'ignored' });
});

it('leaves no secret in the log', () => {
  const output = app.lines.join('\n');
  expect(output).toContain('audit');
  expect(output).not.toContain(app.webhookSecret);
  expect(output).not.toContain('PRIVATE KEY');
});
