/** What the App does in the simulation: a handler that looks, and then writes. */
import { defineHandler, type HandlerTable } from '../../lib/dispatch/define-handler.ts';
import type { Origin } from './population.ts';

export interface HandlerSettings {
  /** As a handler declares it. */
  readonly repositories: 'event' | 'installation';
  /** Labels change something; comments create content, for which GitHub has a limit of its own. */
  readonly writes: 'labels' | 'comments' | 'nothing';
}

/** As long as the two calls of the others take. */
const WORK_MS = 240;

/**
 * Two calls to GitHub, a read and a write, as most handlers that come along make them.
 *
 * @param sleep For what makes no calls: it takes its token, and its time.
 */
export function createHandlers(
  { repositories, writes }: HandlerSettings,
  sleep: (ms: number) => Promise<void>,
): HandlerTable {
  const handler = defineHandler('issues.opened', {
    permissions: { issues: 'write' },
    repositories,
    async handle({ payload, github }) {
      const { repository, issue } = payload;
      const where = { owner: repository.owner.login, repo: repository.name, issue_number: issue.number };
      if (writes === 'nothing') {
        await sleep(WORK_MS);
      } else if (writes === 'labels') {
        await github.request('GET /repos/{owner}/{repo}/issues/{issue_number}/labels', where);
        await github.request('POST /repos/{owner}/{repo}/issues/{issue_number}/labels', {
          ...where,
          labels: ['triage'],
        });
      } else {
        await github.request('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', where);
        await github.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
          ...where,
          body: 'Thank you.',
        });
      }
    },
  });
  return { 'issues.opened': () => Promise.resolve({ default: handler }) };
}

/** The part of a payload that handler and dispatcher read. */
export function toPayload({ installationId, repositoryId }: Origin) {
  return {
    action: 'opened',
    issue: { number: 12, title: 'It does not start', body: 'Since this morning.' },
    repository: {
      id: repositoryId,
      name: `repository-${repositoryId}`,
      full_name: `owner-${installationId}/repository-${repositoryId}`,
      owner: { login: `owner-${installationId}` },
    },
    sender: { login: 'octocat' },
    installation: { id: installationId },
  };
}
