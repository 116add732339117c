import { createWorkerFunction } from 'hookmint/functions';
import { handlers } from './handlers/index.ts';

/** Lambda's entry point: `worker.handler`. */
export const handler = await createWorkerFunction({ handlers, env: process.env });
