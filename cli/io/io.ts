/**
 * What a command says and asks, the same way in all of them: the answer on standard output, as lines or with `--json`
 * as one JSON value; everything else on standard error.
 */
import { ServiceFault } from '../../lib/faults.ts';
import { readText } from '../../lib/json/json.ts';
import { toPlainJson } from '../../lib/log/plain-text.ts';
import { createPaint } from '../../local/terminal/paint.ts';
import { CommandError } from '../command-error.ts';
import { askYesOrNo, Interrupted, type Question } from './ask.ts';
import { type Line, renderLine } from './lines.ts';
import { createProgress, type Progress } from './progress.ts';
import type { Surroundings } from './surroundings.ts';

/** What a command found, in both of its forms. */
export interface Report {
  /** With `--json`: printed as one JSON value. Its schema is `cli/schemas/COMMAND.json`. */
  readonly value: unknown;
  /** Without it. */
  readonly lines: readonly Line[];
}

export interface CommandIo extends Surroundings {
  /** The answer: once in a command, at its end. */
  report(json: boolean, report: Report): void;
  /** Lines on standard output, of a command that has no JSON. */
  print(...lines: readonly Line[]): void;
  /** Whatever is said on the way: on standard error, so that it is in nobody's JSON. */
  tell(...lines: readonly Line[]): void;
  /** Runs work that may take longer than a second, with a line that says what is being done. */
  showing<T>(text: string, work: (progress: Progress) => Promise<T>): Promise<T>;
  /** @throws Interrupted, CommandError */
  ask(question: Question): Promise<boolean>;
  /**
   * Runs work that Ctrl-C ends cleanly: its signal aborts with an `Interrupted`, which is thrown in place of the errors of
   * calls that it ended. A second Ctrl-C ends the process.
   */
  interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** The command did its work and found something wrong: its exit code becomes 1. */
  foundWrong(): void;
  readonly hasFoundWrong: () => boolean;
}

export function createIo(surroundings: Surroundings): CommandIo {
  const { stdout, stderr, env, onInterrupt } = surroundings;
  const paintFor = (stream: { readonly isTTY?: boolean }) =>
    createPaint(stream.isTTY === true, env['NO_COLOR']);
  let isWrong = false;
  let progress: Progress | undefined;
  const write = (stream: typeof stdout, lines: readonly Line[]): void => {
    progress?.clear();
    const paint = paintFor(stream);
    for (const line of lines) stream.write(`${renderLine(line, paint)}\n`);
  };

  return {
    ...surroundings,
    print: (...lines) => write(stdout, lines),
    tell: (...lines) => write(stderr, lines),
    report(json, { value, lines }) {
      if (!json) return write(stdout, lines);
      progress?.clear();
      stdout.write(`${toJson(value)}\n`);
    },
    async showing(text, work) {
      const own = createProgress(surroundings);
      progress = own;
      own.say(text);
      try {
        return await work(own);
      } finally {
        own.end();
        progress = undefined;
      }
    },
    async ask(question) {
      progress?.clear();
      return askYesOrNo(question, surroundings);
    },
    async interruptible(work) {
      const controller = new AbortController();
      const stop = onInterrupt(() => controller.abort(new Interrupted('ended by Ctrl-C')));
      const { signal } = controller;
      try {
        return await work(signal);
      } catch (error) {
        throw signal.aborted && isOfAbort(error) ? signal.reason : error;
      } finally {
        stop();
      }
    },
    foundWrong() {
      isWrong = true;
    },
    hasFoundWrong: () => isWrong,
  };
}

/** A call that was ended says that nobody answered it. What else went wrong is told, whoever pressed Ctrl-C. */
function isOfAbort(error: unknown): boolean {
  if (error instanceof ServiceFault) return true;
  const name = readText(error instanceof CommandError ? error.cause : error, 'name');
  return name === 'AbortError';
}

/** On a line each for its fields: people read it as well. Control characters inside of strings are escaped. */
function toJson(value: unknown): string {
  return JSON.stringify(value, null, 2)
    .split('\n')
    .map((line) => toPlainJson(line))
    .join('\n');
}
