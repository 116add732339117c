/** The face for tests of handlers, `hookmint/testing`. */
export { run } from './run.ts';
