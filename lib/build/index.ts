/// <reference types="node" preserve="true" />
/** The face for builds, `hookmint/build`: what `hookmint build` does, for scripts of one's own. */
export { buildFunctions, type FunctionBuild, type FunctionBuildOptions } from './build-functions.ts';
