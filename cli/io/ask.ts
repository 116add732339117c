/** Questions to whoever typed the command. */
import { toPlainText } from '../../lib/log/plain-text.ts';
import { CommandError } from '../command-error.ts';
import type { Surroundings } from './surroundings.ts';

export interface Question {
  readonly text: string;
  /** What to type in place of an answer, where nobody can be asked: `--yes`. */
  readonly flag: string;
}

/** Somebody pressed Ctrl-C. The command has undone what was half done, and says no more than that it ended. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/**
 * Asks for yes or no; no is what Return answers.
 *
 * @throws Interrupted   On Ctrl-C.
 * @throws CommandError  Where no person is there to answer.
 */
export async function askYesOrNo(
  { text, flag }: Question,
  { stdin, stderr }: Pick<Surroundings, 'stdin' | 'stderr'>,
): Promise<boolean> {
  const message = toPlainText(text);
  if (stdin.isTTY !== true || stderr.isTTY !== true) {
    throw new CommandError(`${message} Nobody can be asked here: type ${flag} for yes.`);
  }
  const { confirm, isCancel } = await import('@clack/prompts');
  // On stderr: standard output is for what the command was asked for.
  const answer = await confirm({ message, initialValue: false, input: stdin, output: stderr });
  if (isCancel(answer)) throw new Interrupted('ended at a question');
  return answer;
}
