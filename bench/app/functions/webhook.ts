import { createWebhookFunction } from 'hookmint/functions';
import { handlers } from './handlers/index.ts';

/** The function that is measured: an app's own, with the work that every contender does. */
export const handler = await createWebhookFunction({ handlers, env: process.env });
