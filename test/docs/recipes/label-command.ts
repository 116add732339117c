import { defineHandler, isBot, skip, toIssue, toRepo } from 'hookmint';

const COMMAND = /^\/label\s+(\S.*)$/m;

/** `/label NAME` in a comment labels the issue, if its author may write to the repository. */
export default defineHandler('issue_comment.created', {
  name: 'label-command',
  permissions: { issues: 'write', metadata: 'read' },
  when: ({ payload }) => !isBot(payload) && COMMAND.test(payload.comment.body),
  async handle({ payload, github }) {
    const [, label = ''] = COMMAND.exec(payload.comment.body) ?? [];
    const username = payload.comment.user?.login ?? '';
    const { data } = await github.request('GET /repos/{owner}/{repo}/collaborators/{username}/permission', {
      ...toRepo(payload),
      username,
    });
    if (!['admin', 'write'].includes(data.permission)) skip(`${username} may not label`);
    await github.rest.issues.addLabels({ ...toIssue(payload), labels: [label.trim()] });
  },
});
