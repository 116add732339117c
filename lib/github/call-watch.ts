/**
 * Which calls of a client somebody waits for. A call that a handler did not await may be cut off when the handler
 * ends, and where it fails nobody hears of it.
 */

export interface CallWatch {
  /**
   * Watches a call.
   *
   * @param route As the caller names it: `POST /repos/{owner}/{repo}/issues`; a function where that is known later.
   * @returns The same result; it says when somebody waits for it.
   */
  readonly watch: <T>(route: string | (() => string), call: Promise<T>) => Promise<T>;
  /** Waits until no call is under way, those included that the others lead to, and says which were forgotten. */
  readonly finish: () => Promise<readonly ForgottenCall[]>;
}

/** A call that was under way when the caller had ended, or that failed and nobody waited for it. */
export interface ForgottenCall {
  readonly route: string;
  /** Absent where it went well. */
  readonly failure?: { readonly error: unknown };
}

interface Call {
  readonly route: string | (() => string);
  readonly result: WatchedCall<unknown>;
  failure?: { readonly error: unknown };
}

/** One for each client that a handler is given. */
export function createCallWatch(): CallWatch {
  const open = new Set<Call>();
  /** Those that failed while somebody might still come to wait for them. Answers are not kept. */
  const failed: Call[] = [];
  /** Those that were under way when the caller had ended, or came after; undefined until then. */
  let late: Set<Call> | undefined;
  return {
    watch<T>(route: string | (() => string), work: Promise<T>) {
      const result = new WatchedCall<T>((resolve) => resolve(work));
      const call: Call = { route, result };
      open.add(call);
      late?.add(call);
      // Beside the caller: a failure that nobody waits for is told by `finish`, and strays nowhere.
      void result.observe(
        () => void open.delete(call),
        (error) => {
          open.delete(call);
          failed.push(Object.assign(call, { failure: { error } }));
        },
      );
      return result;
    },
    async finish() {
      if (open.size === 0 && failed.length === 0) return [];
      const afterwards = (late = new Set(open));
      while (open.size > 0) {
        await Promise.all([...open].map(({ result }) => result.observe()));
        await new Promise((resolve) => setImmediate(resolve)); // a call may lead to the next one
      }
      const lost = failed.filter(({ result }) => !result.isAwaited);
      return [...new Set([...afterwards, ...lost])].map(({ route, failure }) => ({
        route: typeof route === 'function' ? route() : route,
        ...(failure && { failure }),
      }));
    },
  };
}

/** A promise that knows whether somebody waits for it: `await` asks for `then` where the class is not Promise itself. */
class WatchedCall<T> extends Promise<T> {
  /** What is made of it, by `then` and `catch`, is an ordinary promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  isAwaited = false;

  // oxlint-disable-next-line unicorn/no-thenable -- a promise is what it is
  override then<A = T, B = never>(
    onDone?: ((value: T) => A | PromiseLike<A>) | null,
    onFailed?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.isAwaited = true;
    return super.then(onDone, onFailed);
  }

  /** Waits for its end, and is not counted as waiting. */
  observe(onDone?: () => void, onFailed: (error: unknown) => void = () => {}): Promise<void> {
    return super.then(onDone, onFailed);
  }
}
