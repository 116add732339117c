/** Handlers for a GitHub that knows issues, comments and permissions. */
import { defineHandler, defineHandlers } from 'hookmint';

const comment = defineHandler('issues.opened', {
  name: 'comment',
  permissions: { issues: 'write' },
  async handle({ payload, github, token }) {
    const { repository, issue } = payload;
    await github.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
      owner: repository.owner.login,
      repo: repository.name,
      issue_number: issue.number,
      body: `Seen, with ${Object.entries(token.permissions).join(' ')}.`,
    });
  },
});

const overreach = defineHandler('issues.opened', {
  name: 'overreach',
  permissions: { administration: 'write' },
  handle() {},
});

export const handlers = defineHandlers({
  'issues.opened': [
    () => Promise.resolve({ default: comment }),
    () => Promise.resolve({ default: overreach }),
  ],
});
