/** The commands of `hookmint`: a file of this folder for each. What one of them needs loads when it runs. */
import { Command } from 'commander';
import { readVersion } from '../lib/build/package.ts';
import { addBuild } from './build.ts';
import { addAccount } from './account.ts';
import { addDeliveries } from './deliveries.ts';
import { addDev } from './dev.ts';
import { addDoctor } from './doctor.ts';
import { addGrants } from './grants.ts';
import { addInstallations } from './installations.ts';
import type { CommandIo } from './io/io.ts';
import { addKey } from './key.ts';
import { addNew } from './new.ts';
import { addRecord } from './record.ts';
import { addRedeliver } from './redeliver.ts';
import { addRedrive } from './redrive.ts';
import { addRegister } from './register.ts';
import { addRotate } from './rotate.ts';
import { addShow } from './show.ts';
import { addTakeVendored } from './take-vendored.ts';
import { addToken } from './token.ts';
import { addTrigger } from './trigger.ts';

/** In the order in which `hookmint --help` shows them. */
const COMMANDS = [
  addNew,
  addDev,
  addRegister,
  addDoctor,
  addBuild,
  addGrants,
  addTrigger,
  addDeliveries,
  addShow,
  addRedeliver,
  addRecord,
  addAccount,
  addInstallations,
  addToken,
  addKey,
  addRotate,
  addRedrive,
  addTakeVendored,
];

/** A run of the command line: `parseAsync` throws what ends it, exit codes of commander's included. */
export function createProgram(io: CommandIo): Command {
  const program = new Command('hookmint')
    .description('GitHub Apps as serverless functions on AWS.')
    .version(readVersion())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
    });
  for (const add of COMMANDS) add(program, io);
  return program;
}
