/** Handlers that do what handlers should not: each event is one misdeed, done to the built function. */
import { defineHandler, defineHandlers, type Handler } from 'hookmint';
import { setTimeout as sleep } from 'node:timers/promises';

/** Long after the time of the deliveries in these tests is up. */
const LATE_MS = 1_700;

const wrap = (handler: Handler<'issues'>) => () => Promise.resolve({ default: handler });
const issue = { owner: 'octo-org', repo: 'widgets', issue_number: 14 };

/** An error with a token wherever one fits. */
function leaking(token: string): Error {
  const error = new Error(`with ${token}`, { cause: new Error(token) });
  return Object.assign(error, { code: token, status: token, request: { headers: { authorization: token } } });
}

export const handlers = defineHandlers({
  'issues.opened': wrap(
    defineHandler('issues', {
      name: 'throws its token',
      permissions: { issues: 'write' },
      handle: ({ token }) => Promise.reject(leaking(token.token)),
    }),
  ),

  'issues.closed': wrap(
    defineHandler('issues', {
      name: 'throws its token as it is',
      permissions: { issues: 'write' },
      handle: ({ token }) => Promise.reject(token.token),
    }),
  ),

  'issues.edited': wrap(
    defineHandler('issues', {
      name: 'logs its token and payload',
      permissions: { issues: 'write' },
      handle({ token, payload, log }) {
        log.info(`the token is ${token.token}`, { token, payload, error: leaking(token.token) });
        log.warn(token.token.slice(0, 40), {
          [token.token]: { [`x${token.token}`]: [token.token, [payload]] },
        });
        log.error(JSON.stringify(payload), { text: JSON.stringify({ payload, token }) });
        log.debug(encodeURIComponent(token.token), {
          url: new URL(`https://x-access-token:${token.token}@github.com/`),
        });
      },
    }),
  ),

  'issues.labeled': wrap(
    defineHandler('issues', {
      name: 'throws its payload',
      permissions: {},
      handle: ({ payload }) => Promise.reject(Object.assign(new Error(JSON.stringify(payload)), { payload })),
    }),
  ),

  'issues.unlabeled': wrap(
    defineHandler('issues', {
      name: 'lets a promise go that fails later',
      permissions: { issues: 'write' },
      handle({ token }) {
        void sleep(50).then(() => Promise.reject(leaking(token.token)));
      },
    }),
  ),

  'issues.assigned': wrap(
    defineHandler('issues', {
      name: 'throws from a timer',
      permissions: { issues: 'write' },
      handle({ token }) {
        setTimeout(() => {
          throw leaking(token.token);
        }, 50);
      },
    }),
  ),

  'issues.unassigned': wrap(
    defineHandler('issues', {
      name: 'hangs',
      permissions: { issues: 'write' },
      handle: () => new Promise(() => {}),
    }),
  ),

  'issues.locked': wrap(
    defineHandler('issues', {
      name: 'goes on when its time is up',
      permissions: { issues: 'write' },
      async handle({ github, token, log }) {
        await sleep(LATE_MS);
        log.info(`late, with ${token.token}`);
        await github.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
          ...issue,
          body: 'late',
        });
      },
    }),
  ),

  'issues.unlocked': wrap(
    defineHandler('issues', {
      name: 'calls GitHub when its time is up, having returned before',
      permissions: { issues: 'write' },
      handle({ github }) {
        const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
        void sleep(LATE_MS).then(() => github.request(route, { ...issue, body: 'stray' }));
      },
    }),
  ),

  'issues.pinned': wrap(
    defineHandler('issues', {
      name: 'waits for one of two calls',
      permissions: { issues: 'write' },
      async handle({ github }) {
        const one = github.request('GET /repos/{owner}/{repo}/issues/{issue_number}', issue);
        const two = github.request('GET /repos/{owner}/{repo}/issues/{issue_number}', {
          ...issue,
          issue_number: 15,
        });
        await one;
        await two;
      },
    }),
  ),

  'issues.milestoned': wrap(
    defineHandler('issues', {
      name: 'logs its payload as fields',
      permissions: {},
      handle({ payload, log }) {
        log.info('got', { ...payload });
      },
    }),
  ),

  'issues.reopened': wrap(
    defineHandler('issues', { name: 'behaves', permissions: { issues: 'write' }, handle() {} }),
  ),
});
