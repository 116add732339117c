/** A table of three handlers for one event, with a token each. */
import { defineHandlers } from 'hookmint';

export const handlers = defineHandlers({
  'issues.opened': [
    () => import('./three-issues.mjs'),
    () => import('./three-contents.mjs'),
    () => import('./three-checks.mjs'),
  ],
});
