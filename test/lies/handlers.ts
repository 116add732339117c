/** One handler, whose effect says which delivery it is of. */
import { defineHandler, defineHandlers } from 'hookmint';

export const handlers = defineHandlers({
  'issues.opened': () =>
    Promise.resolve({
      default: defineHandler('issues.opened', {
        permissions: { issues: 'write' },
        async handle({ payload: { repository, issue }, github, delivery }) {
          await github.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
            owner: repository.owner.login,
            repo: repository.name,
            issue_number: issue.number,
            body: delivery.id,
          });
        },
      }),
    }),
});
