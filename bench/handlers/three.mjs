/** A table of three handlers for one event, with a token each. */
import { defineHandlers } from '../../lib/index.ts';

export const handlers = defineHandlers({
  'issues.opened': [
    () => import('./three-issues.mjs'),
    () => import('./three-contents.mjs'),
    () => import('./three-checks.mjs'),
  ],
});
