/** The name of an app: that of its folder, checked. Pure. */
import { basename } from 'node:path';
import { CommandError } from '../command-error.ts';

/**
 * Names of functions, roles and schedules are made of it, of the stage and of what they are for. AWS allows 64
 * characters for the shortest of them: this leaves room for `-STAGE-` and some 20 more.
 */
const MAX_LENGTH = 32;

/** What npm, CloudFormation and S3 all take. */
const NAME = /^[a-z](?:-?[a-z\d])*$/;

/** @throws CommandError That says what a name must be, with one that would do. */
export function toAppName(folder: string): string {
  const name = basename(folder);
  if (name === 'hookmint') {
    throw new CommandError(
      "An app cannot be named hookmint: that is the package's name, and npm installs no package into itself.",
    );
  }
  if (NAME.test(name) && name.length <= MAX_LENGTH) return name;
  const suggestion = suggest(name);
  throw new CommandError(
    [
      `${JSON.stringify(name)} cannot be the name of an app, which is that of its folder: at most ${MAX_LENGTH} characters,`,
      'lower-case letters, digits and single hyphens, a letter first.',
      ...(suggestion === '' ? [] : [`${suggestion} would do.`]),
    ].join(' '),
  );
}

function suggest(name: string): string {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z\d]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, MAX_LENGTH)
    .replace(/-$/, '');
  return plain === 'hookmint' ? '' : plain;
}
