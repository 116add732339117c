import { createWorkerFunction } from 'hookmint/functions';
import { handlers } from './handlers/index.mjs';

/** The worker that is measured. */
export const handler = await createWorkerFunction({ handlers, env: process.env });
