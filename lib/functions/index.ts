/// <reference types="node" preserve="true" />
/** The face for entry points, `hookmint/functions`: makes the functions of an app of its handlers and environment. */
export type { FunctionOptions } from './parts.ts';
export { createRotatorFunction } from './rotator.ts';
export { createSweeperFunction } from './sweeper.ts';
export { createWebhookFunction } from './webhook.ts';
export { createWorkerFunction } from './worker.ts';
