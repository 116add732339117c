/**
 * The command `hookmint`: one file of this folder for each of its commands. What they need loads when they run.
 * Exit codes: 0, all is well; 1, it found something wrong; 2, it could not do its work, and has said why.
 */
import { Command, CommanderError } from 'commander';
import { readVersion } from '../lib/build/package.ts';
import { ServiceFault } from '../lib/faults.ts';
import { SettingsError } from '../local/server/settings.ts';
import { addBuild } from './build.ts';
import { CommandError } from './command-error.ts';
import { addDev } from './dev.ts';
import { addGrants } from './grants.ts';
import { addInstallations } from './installations.ts';
import { addNew } from './new.ts';
import { addRedrive } from './redrive.ts';
import { addTakeVendored } from './take-vendored.ts';
import { addTrigger } from './trigger.ts';

const COULD_NOT = 2;

const program = new Command('hookmint')
  .description('GitHub Apps as serverless functions on AWS.')
  .version(readVersion())
  .exitOverride();
for (const add of [
  addNew,
  addDev,
  addBuild,
  addGrants,
  addTrigger,
  addInstallations,
  addRedrive,
  addTakeVendored,
]) {
  add(program);
}
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = explain(error);
}

/** @returns The exit code. */
function explain(error: unknown): number {
  // It has written its own words; 0 is that of --help and --version.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : COULD_NOT;
  console.error(canBeMended(error) ? error.message : error);
  return COULD_NOT;
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
