/**
 * What a delivery may cost, as far as it takes no clock to measure. Who has to raise a number raises it here and
 * says why in the commit; one that can be lowered is. Octokit's table of methods by name, some 90 kB, is part of the
 * whole and loads only with a handler's first use of it.
 */

/** Bytes of a whole function, minified, without source maps: what is zipped. */
export const FUNCTION_BYTES = { webhook: 486_000, worker: 486_000, sweeper: 502_000 };

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
  'a delivery inline': { bytes: 254_000, modules: 10, builtins: 52, mints: 1, secretReads: 4 },
  'a delivery inline, with a ledger': { bytes: 301_000, modules: 11, builtins: 52, mints: 1, secretReads: 4 },
  'a hundred deliveries at once, inline': {
    bytes: 254_000,
    modules: 10,
    builtins: 52,
    mints: 1,
    secretReads: 4,
  },
  'a delivery for two handlers, inline': {
    bytes: 257_000,
    modules: 11,
    builtins: 52,
    mints: 2,
    secretReads: 4,
  },
  'an event that nobody handles, inline': {
    bytes: 253_000,
    modules: 9,
    builtins: 52,
    mints: 0,
    secretReads: 4,
  },
  'a delivery queued': { bytes: 281_000, modules: 10, builtins: 52, mints: 0, secretReads: 2 },
} as const satisfies Record<string, Budget>;
