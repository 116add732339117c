/// <reference types="node" preserve="true" />
/** The face for tests of handlers, `hookmint/testing`. */
export { run, type RunCall, type RunLog, type RunOptions, type RunResult } from './run.ts';
export type { GivenWorld } from './given-world.ts';
export type { GivenFixture } from './scene.ts';
