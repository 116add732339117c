import { defineHandler, toIssue, toPull } from 'hookmint';

/** Labels a pull request `docs` that changes nothing but documentation, however many files it has. */
export default defineHandler(['pull_request.opened', 'pull_request.synchronize'], {
  name: 'label-docs',
  permissions: { pull_requests: 'write' },
  async handle({ payload, github }) {
    const files = await github.paginate('GET /repos/{owner}/{repo}/pulls/{pull_number}/files', {
      ...toPull(payload),
      per_page: 100,
    });
    if (!files.every(({ filename }) => filename.startsWith('docs/'))) return;
    await github.rest.issues.addLabels({ ...toIssue(payload), labels: ['docs'] });
  },
});
