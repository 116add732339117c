/** One of three: its permissions are its own. */
import { defineHandler } from 'hookmint';
import { comment } from '../../../contenders/answer.mjs';

export default defineHandler('issues.opened', {
  name: 'issues',
  permissions: { issues: 'write' },
  handle: ({ github, delivery, payload }) => comment(github, `${delivery.id} issues`, payload),
});
