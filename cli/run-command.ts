/** Runs a command to its exit code. */
import { CommanderError } from 'commander';
import { ServiceFault } from '../lib/faults.ts';
import { SettingsError } from '../local/server/settings.ts';
import { CommandError } from './command-error.ts';
import { createIo, type CommandIo } from './io/io.ts';
import { Interrupted } from './io/ask.ts';
import type { Surroundings } from './io/surroundings.ts';
import { createProgram } from './program.ts';

/** 0: all is well. 1: it found something wrong. 2: it could not do its work, and has said why. */
export type ExitCode = 0 | 1 | 2;

/** @param args What stands after `hookmint`. */
export async function runCommand(args: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const io = createIo(surroundings);
  try {
    await createProgram(io).parseAsync(args, { from: 'user' });
    return io.hasFoundWrong() ? 1 : 0;
  } catch (error) {
    return explain(error, io);
  }
}

function explain(error: unknown, io: CommandIo): ExitCode {
  // It has written its own words; 0 is that of --help and --version.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof Interrupted) io.tell('Ended.');
  else if (canBeMended(error)) io.tell(...error.message.split('\n'));
  else io.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return 2;
}

/** Whatever else comes is a mistake of ours, and its stack says where. */
function canBeMended(error: unknown): error is Error {
  return (
    error instanceof CommandError ||
    error instanceof SettingsError ||
    error instanceof ServiceFault ||
    isOfTheSystem(error)
  );
}

/** What the operating system refused: a full disk, a folder that is not ours. */
function isOfTheSystem(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
