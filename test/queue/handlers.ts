/** Handlers for the queued deployment: each action of an issue is one thing that happens to a worker. */
import { defineHandler, defineHandlers, giveUp, type GitHubClient, type Handler } from 'hookmint';
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const wrap = (handler: Handler<'issues'>) => () => Promise.resolve({ default: handler });
const permissions = { issues: 'write' } as const;

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
      name: 'comments',
      permissions,
      handle: ({ github, delivery }) => comment(github, `comments on ${delivery.id}`),
    }),
  ),

  'issues.edited': wrap(
    defineHandler('issues', {
      name: 'digests',
      permissions,
      handle: ({ github, payload }) =>
        comment(github, createHash('sha256').update(JSON.stringify(payload)).digest('hex')),
    }),
  ),

  'issues.closed': wrap(
    defineHandler('issues', {
      name: 'dies once',
      permissions,
      async handle({ github, delivery }) {
        if (delivery.attempt === 1) process.kill(process.pid, 'SIGKILL');
        await comment(github, `attempt ${delivery.attempt}`);
      },
    }),
  ),

  'issues.locked': wrap(
    defineHandler('issues', {
      name: 'hangs once',
      permissions,
      async handle({ github, delivery, log }) {
        log.info('at work', { pid: process.pid });
        // Frozen from here on, and when it is thawed its time is over.
        if (delivery.attempt === 1) {
          process.kill(process.pid, 'SIGSTOP');
          await sleep(60_000);
        }
        await comment(github, `attempt ${delivery.attempt}`);
      },
    }),
  ),

  'issues.reopened': wrap(
    defineHandler('issues', {
      name: 'always throws',
      permissions: {},
      handle: () => Promise.reject(new Error('no')),
    }),
  ),

  'issues.unlabeled': wrap(
    defineHandler('issues', { name: 'wants nothing', permissions, when: () => false, handle() {} }),
  ),

  'issues.labeled': [
    wrap(
      defineHandler('issues', {
        name: 'first',
        permissions,
        handle: ({ github }) => comment(github, 'first'),
      }),
    ),
    wrap(
      defineHandler('issues', {
        name: 'second',
        permissions,
        async handle({ github, log }) {
          try {
            await github.request('POST /repos/{owner}/{repo}/issues/{issue_number}/labels', {
              owner: 'octo-org',
              repo: 'widgets',
              issue_number: 14,
              labels: ['second'],
            });
          } catch (error) {
            log.warn('refused', { error });
            // The end of it would cut an emoji in half.
            throw giveUp(`GitHub refused\u0001 ${'x'.repeat(183)}👋`);
          }
        },
      }),
    ),
  ],
});
