/** One call upstream for everybody who wants the same thing at the same time. */

interface Flight<T> {
  readonly result: Promise<T>;
  readonly abort: AbortController;
  waiting: number;
}

interface SingleFlight<T> {
  /** Joins the call that is under way for this key, or begins one. */
  join(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  isUnderWay(key: string): boolean;
}

/**
 * Calls with the same key while one is under way share its result. The call lives as long as
 * somebody waits for it: each caller leaves when its own `signal` aborts, and when the last one has
 * left the call is aborted and forgotten, so that nothing lingers into a later delivery.
 *
 * @param toTimeout What a caller is told who leaves before the call has ended.
 */
export function createSingleFlight<T>(toTimeout: () => Error): SingleFlight<T> {
  const flights = new Map<string, Flight<T>>();

  const start = (key: string, work: (signal: AbortSignal) => Promise<T>): Flight<T> => {
    const abort = new AbortController();
    const result = work(abort.signal).finally(() => forget(key, flight));
    const flight: Flight<T> = { result, abort, waiting: 0 };
    flights.set(key, flight);
    result.catch(() => {}); // each caller hears of a failure through its own race
    return flight;
  };

  const forget = (key: string, flight: Flight<T>): void => {
    if (flights.get(key) === flight) flights.delete(key);
  };

  return {
    isUnderWay: (key) => flights.has(key),
    async join(key, signal, work) {
      if (signal.aborted) throw toTimeout();
      const flight = flights.get(key) ?? start(key, work);
      flight.waiting += 1;
      try {
        return await raceAbort(flight.result, signal, toTimeout);
      } finally {
        flight.waiting -= 1;
        // What has ended is no longer there.
        if (flight.waiting === 0 && flights.get(key) === flight) {
          forget(key, flight);
          flight.abort.abort(signal.reason);
        }
      }
    },
  };
}

/** The promise, or a rejection as soon as the signal aborts. Not `Promise.race`, which takes twice the memory. */
function raceAbort<T>(promise: Promise<T>, signal: AbortSignal, toError: () => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(toError());
    const stopListening = (): void => signal.removeEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort);
    const settle = async (): Promise<void> => {
      try {
        resolve(await promise);
      } catch (error) {
        reject(error);
      } finally {
        stopListening();
      }
    };
    void settle();
  });
}
