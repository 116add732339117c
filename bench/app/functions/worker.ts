import { createWorkerFunction } from 'hookmint/functions';
import { handlers } from './handlers/index.ts';

/** The worker that is measured. */
export const handler = await createWorkerFunction({ handlers, env: process.env });
