/** hookmint's table for the comparison. */
import { defineHandlers } from '../../lib/index.ts';

export const handlers = defineHandlers({
  'issues.opened': () => import('./comment.mjs'),
});
