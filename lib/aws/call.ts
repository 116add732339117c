/**
 * Calls to AWS in its JSON protocol, over our own connections: the SDK's clients take several times the CPU for each
 * call, and longer to load. What is repeated, and how often, is as with them.
 */
import { sleep } from '../async/clock.ts';
import type { ServiceName } from './endpoint.ts';
import { MAX_TRIES, toPauseMs } from './retries.ts';
import { createTryCall, type Input, type TryDeps } from './try-call.ts';

/**
 * Makes a call: three tries at most, within the time of whoever calls.
 *
 * @template O What goes into each operation, and what comes back: `{ GetItem: { input: …, output: … } }`.
 * @throws AwsError What AWS answered in the last try; an `AbortError` where the signal aborts; otherwise what kept
 *         an answer from coming.
 */
export type AwsCall<O> = <N extends keyof O & string>(
  operation: N,
  input: In<O[N]> & Input,
  signal?: AbortSignal,
) => Promise<Out<O[N]>>;

type In<T> = T extends { readonly input: infer I } ? I : never;
type Out<T> = T extends { readonly output: infer R } ? R : never;

export interface CallDeps extends TryDeps {
  /** Closes the connections that wait for the next call. */
  readonly closeIdle: () => void;
  /** In [0, 1). */
  readonly random: () => number;
}

/** Of callers whose time ends otherwise. */
export const NEVER: AbortSignal = new AbortController().signal;

/** @throws Error Where the environment does not say where the service is. */
export function createAwsCall<O>(service: ServiceName, deps: CallDeps): AwsCall<O> {
  const { clock, closeIdle, random } = deps;
  const tryCall = createTryCall(service, deps);
  return async <N extends keyof O & string>(operation: N, input: In<O[N]> & Input, signal = NEVER) => {
    let aheadMs: number | undefined;
    for (let tries = 1; ; tries += 1) {
      if (signal.aborted) throw toAbortError(signal.reason);
      const tried = await tryCall(operation, input, signal, aheadMs);
      // AWS answers an operation with what its API says; the SDK takes its word for it, too.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      if ('output' in tried) return tried.output as Out<O[N]>;
      const { failure, kind } = tried;
      if (kind === 'skewed') ({ aheadMs } = tried);
      if (signal.aborted) throw toAbortError(failure);
      // However many connections have died with it, the next call opens a new one.
      if (kind === 'broken') closeIdle();
      if (kind === 'refused' || tries === MAX_TRIES) throw failure;
      if (kind === 'skewed') continue;
      await sleep(clock, toPauseMs(tries, kind === 'throttled', random()), signal).catch(() => {});
    }
  };
}

function toAbortError(cause: unknown): Error {
  return Object.assign(new Error('The time for a call to AWS was up.', { cause }), { name: 'AbortError' });
}
