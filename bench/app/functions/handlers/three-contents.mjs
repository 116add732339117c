/** One of three: its permissions are its own. */
import { defineHandler } from 'hookmint';
import { comment } from '../../../contenders/answer.mjs';

export default defineHandler('issues.opened', {
  name: 'contents',
  permissions: { issues: 'write', contents: 'read' },
  handle: ({ github, delivery, payload }) => comment(github, `${delivery.id} contents`, payload),
});
