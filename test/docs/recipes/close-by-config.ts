import { defineHandler, readConfig, toIssue } from 'hookmint';

export default defineHandler('issues.opened', {
  name: 'close-by-config',
  permissions: { issues: 'write', contents: 'read' },
  async handle({ payload, github }) {
    const config = await readConfig(github, payload, 'myapp.yml', { close: false, comment: '' });
    if (!config.close) return;
    await github.rest.issues.createComment({ ...toIssue(payload), body: config.comment });
    await github.rest.issues.update({ ...toIssue(payload), state: 'closed' });
  },
});
