/**
 * The handlers of the campaign: one kind of conduct each. An effect names its delivery, what of its payload arrived, and
 * the process that makes it, so that whoever plays GitHub can count it, and kill just that process.
 */
import { defineHandler, defineHandlers, giveUp, skip, type Handler, type HandlerContext } from 'hookmint';
import { readText } from '../../lib/json/json.ts';
import { toSum } from './filler.ts';

type Context = HandlerContext<'issues', { readonly issues: 'write' }>;

const toHeaders = ({ payload }: Context) => ({
  'x-process': `${process.env['CHAOS_WORKER'] ?? '-'} ${process.pid}`,
  'x-filler': toSum(readText(payload, 'filler') ?? ''),
});

const wrap = (handler: Handler<'issues'>) => () => Promise.resolve({ default: handler });

const toRepository = ({ payload: { repository } }: Context) => ({
  owner: repository.owner.login,
  repo: repository.name,
});

/** GitHub itself makes it once: a label of that name is there, or it is not. */
async function label(context: Context): Promise<void> {
  const { github, delivery } = context;
  const route = 'POST /repos/{owner}/{repo}/labels';
  try {
    await github.request(route, { ...toRepository(context), name: delivery.id, headers: toHeaders(context) });
  } catch (error) {
    const isThere = error instanceof Error && 'status' in error && error.status === 422;
    if (!isThere) throw error;
  }
}

/** Nothing but the ledger keeps a second one from being made. */
async function comment(context: Context, handler: string): Promise<void> {
  await context.github.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
    ...toRepository(context),
    issue_number: context.payload.issue.number,
    body: `${handler} ${context.delivery.id}`,
    headers: toHeaders(context),
  });
}

export const handlers = defineHandlers({
  'issues.opened': [
    wrap(defineHandler('issues', { name: 'keyed', permissions: { issues: 'write' }, handle: label })),
    wrap(
      defineHandler('issues', {
        name: 'plain',
        permissions: { issues: 'write' },
        handle: (context) => comment(context, 'plain'),
      }),
    ),
  ],
  'issues.edited': wrap(
    defineHandler('issues', {
      name: 'flaky',
      permissions: { issues: 'write' },
      async handle(context) {
        // The number of the issue says how many attempts fail.
        if (context.delivery.attempt <= context.payload.issue.number) throw new Error('not yet');
        await comment(context, 'flaky');
      },
    }),
  ),
  'issues.locked': wrap(
    defineHandler('issues', {
      name: 'skips',
      permissions: { issues: 'write' },
      handle: () => skip('nothing to do'),
    }),
  ),
  'issues.closed': [
    wrap(
      defineHandler('issues', {
        name: 'note',
        permissions: { issues: 'write' },
        handle: (context) => comment(context, 'note'),
      }),
    ),
    wrap(
      defineHandler('issues', {
        name: 'gives-up',
        permissions: {},
        handle: () => giveUp('this cannot be mended'),
      }),
    ),
  ],
  'issues.deleted': wrap(
    defineHandler('issues', {
      name: 'throws',
      permissions: {},
      handle: () => Promise.reject(new Error('never')),
    }),
  ),
});
