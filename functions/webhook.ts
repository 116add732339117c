import { createWebhookFunction } from 'hookmint/functions';
import { handlers } from './handlers/index.ts';

/** Lambda's entry point: `webhook.handler`. */
export const handler = await createWebhookFunction({ handlers, env: process.env });
