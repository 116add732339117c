/** Gives dead letters another chance: back to the delivery queue, as they are or to run everything again. */
import { toRedriven } from '../../lib/queue/message.ts';

/** A dead letter, taken from its queue. */
export interface DeadLetter {
  readonly body: string;
  /** undefined where SQS made the dead letter by itself, since the message was received too often. */
  readonly reason: string | undefined;
  /** When it became a dead letter. One that SQS made by itself keeps the time when it was first sent. */
  readonly sentAt: Date;
  /** Names this receipt of the letter. */
  readonly receiptHandle: string;
}

export interface DeadLetters {
  /** Takes some letters and hides them from everybody else for minutes; none where there are no more. */
  take(signal: AbortSignal): Promise<readonly DeadLetter[]>;
  /** Sends a message to the delivery queue; the letter is taken away only after the queue has it. */
  sendBack(letter: DeadLetter, message: string): Promise<void>;
  /** Puts one back as it was. */
  release(letter: DeadLetter): Promise<void>;
}

export interface RedriveOptions {
  /** Runs again what is done, too. */
  readonly replay: boolean;
  /** Only shows them. */
  readonly dryRun: boolean;
  /** Whether a letter is meant; the others are put back. Default: every one is. */
  readonly wants?: (letter: DeadLetter) => boolean;
  /** Letters that became dead after this moment stay, so that one that fails again is not sent round in circles. */
  readonly until: Date;
  readonly onLetter: (letter: DeadLetter) => void;
  /** Ends it between two letters: what was taken and not sent is put back. */
  readonly signal: AbortSignal;
}

/**
 * Sees to every letter there is.
 *
 * @returns How many were sent, or shown.
 * @throws What `DeadLetters` throws, and the signal's reason. The letters that are left stay where they are.
 */
export async function redrive(
  letters: DeadLetters,
  { replay, dryRun, until, wants = () => true, onLetter, signal }: RedriveOptions,
): Promise<number> {
  const held = new Set<DeadLetter>();
  let count = 0;
  try {
    for (;;) {
      const taken = await letters.take(signal);
      if (taken.length === 0) return count;
      for (const letter of taken) held.add(letter);
      for (const letter of taken.filter((each) => each.sentAt <= until && wants(each))) {
        signal.throwIfAborted();
        onLetter(letter);
        if (!dryRun) {
          await letters.sendBack(letter, toMessage(letter, replay));
          held.delete(letter);
        }
        count += 1;
      }
    }
  } finally {
    for (const letter of held) await letters.release(letter).catch(() => {}); // its visibility ends by itself
  }
}

/** What cannot be read is sent as it is: another version may know it. */
function toMessage({ body }: DeadLetter, replay: boolean): string {
  return toRedriven(body, { replay }) ?? body;
}
