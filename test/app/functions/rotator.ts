import { createRotatorFunction } from 'hookmint/functions';

/** Lambda's entry point: `rotator.handler`. */
export const handler = await createRotatorFunction({ env: process.env });
