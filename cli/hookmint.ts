/** The command `hookmint`: one file of this folder for each of its commands. What they need loads when they run. */
import { Command } from 'commander';
import { readVersion } from '../lib/build/package.ts';
import { addBuild } from './build.ts';
import { addDev } from './dev.ts';
import { addInstallations } from './installations.ts';
import { addRedrive } from './redrive.ts';
import { addTrigger } from './trigger.ts';

const program = new Command('hookmint')
  .description('GitHub Apps as serverless functions on AWS.')
  .version(readVersion());
for (const add of [addDev, addBuild, addTrigger, addInstallations, addRedrive]) add(program);
await program.parseAsync();
