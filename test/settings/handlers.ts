import { defineHandlers } from 'hookmint';

export const handlers = defineHandlers({ issues: () => import('./notify.ts') });
