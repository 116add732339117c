/** The commands, for the pages that list them and for tests of all of them. Pure. */
import type { Command } from 'commander';

export interface ListedCommand {
  /** `rotate webhook-secret`. */
  readonly name: string;
  readonly command: Command;
}

/** Each command, and in place of one that has commands of its own those. */
export function listCommands(parent: Command, names: readonly string[] = []): readonly ListedCommand[] {
  return parent.commands.flatMap((command) => {
    const path = [...names, command.name()];
    return command.commands.length > 0 ? listCommands(command, path) : [{ name: path.join(' '), command }];
  });
}

/** Whether it answers in JSON where it is told to. */
export function hasJson({ options }: Command): boolean {
  return options.some(({ long }) => long === '--json');
}
