/** What is done about a connection that stays silent. */
import { follow, type OwnSignal, type Signal } from '../async/abort.ts';
import type { Clock } from '../async/clock.ts';

interface SecondTryOptions {
  readonly clock: Clock;
  /** How long the first try may be silent before there is a second one. */
  readonly afterMs: number;
  /** Ends both. */
  readonly signal: Signal;
}

/** One sending. */
interface Try<T> {
  readonly own: OwnSignal;
  readonly answer: Promise<T>;
}

/**
 * Sends, and sends once more where no answer has come for a while: over another connection then, since the first
 * is taken. The first try goes on, and the answer that comes first is taken. So a connection that died unnoticed
 * costs its silence and no more, and an answer that is merely slow is not thrown away.
 *
 * @throws What the first try threw, when neither has an answer; the signal's reason where it ended them.
 */
export async function sendWithSecondTry<T>(
  send: (signal: Signal) => Promise<T>,
  { clock, afterMs, signal }: SecondTryOptions,
): Promise<T> {
  const start = (): Try<T> => {
    const own = follow(signal);
    const answer = send(own);
    answer.catch(() => {}); // each is awaited below, but perhaps not to its end
    return { own, answer };
  };
  const first = start();
  let stop = (): void => {};
  const silence = new Promise<'silent'>((resolve) => {
    stop = clock.after(afterMs, () => resolve('silent'));
  });
  try {
    const outcome = await Promise.race([first.answer, silence]);
    return outcome === 'silent' ? await takeFirstAnswer(first, start()) : outcome;
  } finally {
    stop();
    first.own.end();
  }
}

/** The answer of either; where both fail, what the first one met. */
async function takeFirstAnswer<T>(first: Try<T>, second: Try<T>): Promise<T> {
  const endOther = ({ own }: Try<T>): void => own.abort(new Error('the other try has answered'));
  try {
    return await Promise.any([
      first.answer.then((answer) => (endOther(second), answer)),
      second.answer.then((answer) => (endOther(first), answer)),
    ]);
  } catch {
    return await first.answer;
  } finally {
    second.own.end();
  }
}
