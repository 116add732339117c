/**
 * What a delivery may cost, as far as it takes no clock to measure. Who has to raise a number raises it here and
 * says why in the commit; one that can be lowered is. Octokit's table of methods by name, some 90 kB, is part of the
 * whole and loads only with a handler's first use of it; so is OpenTelemetry, some 40 kB, which loads where somebody
 * asked for traces.
 */

/** Bytes of a whole function, minified, without source maps: what is zipped. */
export const FUNCTION_BYTES = { webhook: 654_800, worker: 656_800, sweeper: 673_600, rotator: 503_100 };

export interface Budget {
  /** Of the function, loaded when the first delivery has been answered. */
  readonly bytes: number;
  readonly modules: number;
  /** Node's own modules, beyond those of an empty process. */
  readonly builtins: number;
  readonly mints: number;
  /** Requests to Secrets Manager: a secret that is younger than a day takes two. */
  readonly secretReads: number;
}

export const BUDGETS = {
  'a delivery inline': { bytes: 299_500, modules: 9, builtins: 26, mints: 1, secretReads: 2 },
  'a delivery inline, with a ledger': { bytes: 299_500, modules: 9, builtins: 26, mints: 1, secretReads: 2 },
  'a hundred deliveries at once, inline': {
    bytes: 299_500,
    modules: 9,
    builtins: 26,
    mints: 1,
    secretReads: 2,
  },
  'a delivery inline, traced': { bytes: 353_700, modules: 12, builtins: 37, mints: 1, secretReads: 2 },
  'a delivery for two handlers, inline': {
    bytes: 301_800,
    modules: 10,
    builtins: 26,
    mints: 2,
    secretReads: 2,
  },
  'an event that nobody handles, inline': {
    bytes: 298_300,
    modules: 8,
    builtins: 26,
    mints: 0,
    secretReads: 2,
  },
  'a delivery queued': { bytes: 298_300, modules: 8, builtins: 23, mints: 0, secretReads: 1 },
} as const satisfies Record<string, Budget>;
