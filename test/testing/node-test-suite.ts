/** Run by Node's own test runner: `node-test.test.ts` starts it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineHandler } from 'hookmint';
import { run } from 'hookmint/testing';

const labeller = defineHandler('issues.opened', {
  permissions: { issues: 'write' },
  async handle({ payload, github }) {
    const { owner, name } = payload.repository;
    await github.request('POST /repos/{owner}/{repo}/issues/{issue_number}/labels', {
      owner: owner.login,
      repo: name,
      issue_number: payload.issue.number,
      labels: ['bug'],
    });
  },
});

void test('labels an issue', async () => {
  const { outcome, token, calls } = await run(labeller, 'issues-opened-first-time');
  assert.equal(outcome, 'handled');
  assert.deepEqual(token, { permissions: { issues: 'write' }, repositoryIds: [186853002] });
  assert.deepEqual(calls, [
    {
      method: 'POST',
      path: '/repos/octo-org/widgets/issues/14/labels',
      body: { labels: ['bug'] },
      status: 200,
    },
  ]);
});
