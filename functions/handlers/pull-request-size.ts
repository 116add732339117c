/** Labels a pull request by how many lines it changes, in place of the size label it had before. */
import { defineHandler, skip } from 'hookmint';

/** Labels with the most lines, added and deleted, that each one stands for. GitHub makes a label that is missing. */
const SIZES = [
  { label: 'size/XS', maxLines: 10 },
  { label: 'size/S', maxLines: 50 },
  { label: 'size/M', maxLines: 250 },
  { label: 'size/L', maxLines: 1_000 },
  { label: 'size/XL', maxLines: Infinity },
] as const;

const SIZED: ReadonlySet<string> = new Set(['opened', 'synchronize']);

export default defineHandler('pull_request', {
  name: 'pull-request-size',
  permissions: { issues: 'write' }, // to GitHub a pull request is an issue too, and labels belong to that side
  when: ({ payload }) => SIZED.has(payload.action),
  async handle({ payload, github, log }) {
    const { pull_request: pull, repository } = payload;
    if (repository.archived) throw skip('the repository is archived');
    const size = findSize(pull?.additions, pull?.deletions);
    if (size === undefined) throw skip('the payload does not say how many lines changed');

    const issue = { owner: repository.owner.login, repo: repository.name, issue_number: pull.number };
    const route = '/repos/{owner}/{repo}/issues/{issue_number}/labels';
    // Asked anew: the labels in the payload are those of the moment when it was sent.
    const { data: labels } = await github.request(`GET ${route}`, { ...issue, per_page: 100 });
    const present = labels.map(({ name }) => name).filter(isSizeLabel);

    if (!present.includes(size)) await github.request(`POST ${route}`, { ...issue, labels: [size] });
    for (const name of present) {
      if (name !== size) await github.request(`DELETE ${route}/{name}`, { ...issue, name });
    }
    log.debug('sized', { pull: pull.number, size });
  },
});

/** Payloads of some GitHub Enterprise Server versions leave the figures out. */
function findSize(additions: number | undefined, deletions: number | undefined): string | undefined {
  if (additions === undefined || deletions === undefined) return undefined;
  return SIZES.find(({ maxLines }) => additions + deletions <= maxLines)?.label;
}

function isSizeLabel(name: string): boolean {
  return SIZES.some(({ label }) => label === name);
}
