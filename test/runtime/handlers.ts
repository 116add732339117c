/** Handlers that die, hang, or leave something behind: each action of an issue is one of it. */
import { defineHandler, defineHandlers, type GitHubClient, type Handler } from 'hookmint';
import { setTimeout as sleep } from 'node:timers/promises';

/** When the answer has gone out and Lambda has frozen the process. */
const LATE_MS = 300;

const permissions = { issues: 'write' } as const;
const wrap = (handler: Handler<'issues'>) => () => Promise.resolve({ default: handler });

async function comment(github: GitHubClient<{ issues: 'write' }>, body: string): Promise<void> {
  await github.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
    owner: 'octo-org',
    repo: 'widgets',
    issue_number: 14,
    body,
  });
}

export const handlers = defineHandlers({
  'issues.opened': wrap(
    defineHandler('issues', {
      name: 'behaves',
      permissions,
      handle: ({ github, delivery }) => comment(github, delivery.id),
    }),
  ),

  'issues.closed': wrap(
    defineHandler('issues', {
      name: 'exits once',
      permissions,
      async handle({ github, delivery }) {
        if (delivery.attempt === 1) process.exit(3);
        await comment(github, `attempt ${delivery.attempt}`);
      },
    }),
  ),

  'issues.locked': wrap(
    defineHandler('issues', {
      name: 'never yields',
      permissions,
      handle() {
        for (;;);
      },
    }),
  ),

  'issues.unassigned': wrap(
    defineHandler('issues', { name: 'hangs', permissions, handle: () => new Promise(() => {}) }),
  ),

  'issues.unlabeled': wrap(
    defineHandler('issues', {
      name: 'lets a promise go that fails later',
      permissions,
      handle({ token }) {
        void sleep(LATE_MS).then(() => Promise.reject(new Error(`late, with ${token.token}`)));
      },
    }),
  ),

  'issues.assigned': wrap(
    defineHandler('issues', {
      name: 'throws from a timer',
      permissions,
      handle({ token }) {
        setTimeout(() => {
          throw new Error(`late, with ${token.token}`);
        }, LATE_MS);
      },
    }),
  ),
});
