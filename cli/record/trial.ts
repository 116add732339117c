/**
 * What the command and the process that tries handlers say to each other. Messages are cloned rather than written as
 * JSON: ids beyond the integers that a number holds exactly arrive as they are.
 */
import type { JsonObject } from '../../lib/json/json.ts';
import type { Comparison } from './compare-handlers.ts';
import type { Recording } from './record-fixture.ts';

export interface Trial {
  readonly original: JsonObject;
  readonly recording: Recording;
}

export type TrialResult = { readonly comparisons: readonly Comparison[] } | { readonly problem: string };
