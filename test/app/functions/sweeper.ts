import { createSweeperFunction } from 'hookmint/functions';
import { handlers } from './handlers/index.ts';

/** Lambda's entry point: `sweeper.handler`. */
export const handler = await createSweeperFunction({ handlers, env: process.env });
