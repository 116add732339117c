/** Permissions as they are typed: `issues=read,contents=write`. Pure. */
import { findNearest, isNear } from '../../lib/events/nearest.ts';
import { PERMISSION_LEVELS, PERMISSION_NAMES } from '../../lib/permissions/permission-names.ts';
import { CommandError } from '../command-error.ts';

/** @throws CommandError For what is none, and for what is nearly one of GitHub's. */
export function parsePermissions(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    text
      .split(/[,\s]+/)
      .filter((part) => part !== '')
      .map(parsePermission),
  );
}

function parsePermission(part: string): readonly [name: string, level: string] {
  const [, name = '', level = ''] = /^([a-z_]+)[=:]([a-z]+)$/.exec(part) ?? [];
  if (!PERMISSION_LEVELS.includes(level)) {
    throw new CommandError(
      `'${part}' is no permission: write it as issues=read; levels are ${PERMISSION_LEVELS.join(', ')}.`,
    );
  }
  const known: readonly string[] = PERMISSION_NAMES;
  const nearest = known.includes(name) ? undefined : findNearest(name, known);
  if (nearest !== undefined && isNear(name, nearest)) {
    throw new CommandError(`'${name}' is no permission of GitHub's. Did you mean '${nearest}'?`);
  }
  return [name, level];
}
