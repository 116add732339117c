/** The table of contents: which module handles which event. A module loads when its event first arrives. */
import { defineHandlers } from 'hookmint';

export const handlers = defineHandlers({
  'issues.opened': () => import('./issues-opened.ts'),
  installation: () => import('./installation-audit.ts'),
  pull_request: [() => import('./pull-request-title.ts'), () => import('./pull-request-size.ts')],
});
