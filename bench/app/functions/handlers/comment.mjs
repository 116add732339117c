/** The work that every contender does: one comment on the issue. */
import { defineHandler } from 'hookmint';
import { comment } from '../../../contenders/answer.mjs';

/** @type {any} */ (globalThis).handlerLoads = 1;

export default defineHandler('issues.opened', {
  permissions: { issues: 'write' },
  handle: ({ github, delivery, payload }) => comment(github, delivery.id, payload),
});
