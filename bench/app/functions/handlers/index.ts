/** hookmint's table for the comparison. */
import { defineHandlers } from 'hookmint';

export const handlers = defineHandlers({
  'issues.opened': () => import('./comment.mjs'),
});
