/** What is done during init, at the full CPU that Lambda lends then, so that the first delivery finds it done. */

export interface WarmUp {
  /** Begins a step at once. If it fails, nothing is said: the first delivery meets the same failure and reports it. */
  begin(step: (signal: AbortSignal) => Promise<unknown>): void;
  /** Resolves when every step has ended, or has had its time. */
  done(): Promise<void>;
}

/** Init may take 10 s in all, and a delivery may be waiting for it. */
const LIMIT_MS = 2_000;

/** @param limitMs What has not ended by then is aborted, and nobody waits for it any longer. */
export function startWarmUp(limitMs = LIMIT_MS): WarmUp {
  const signal = AbortSignal.timeout(limitMs);
  const timeUp = new Promise((resolve) => {
    signal.addEventListener('abort', resolve, { once: true });
  });
  const steps: Promise<unknown>[] = [];
  return {
    begin(step) {
      steps.push(step(signal).catch(() => {}));
    },
    async done() {
      await Promise.race([Promise.all(steps), timeUp]);
    },
  };
}
