/** Probot without its throttling and retries, which wait on timers. A function, since Probot's own options come after an object's. */

/** @param {any} options */
export function withoutWaits(options) {
  return {
    ...options,
    throttle: { ...options.throttle, enabled: false },
    retry: { ...options.retry, enabled: false },
  };
}
