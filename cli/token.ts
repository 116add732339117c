/** `hookmint token`: a token that may do no more than it is asked for, on standard output. */
import type { Command } from 'commander';
import type { CommandIo } from './io/io.ts';
import type { TokenOptions } from './token/mint-token.ts';

const HELP = `
Example: hookmint token --repo octo-org/widgets --permissions issues=read,contents=read

The token lives for an hour, and whoever has it may do what it may. It is the one secret that a command prints.

Rights on AWS, with --stage: cloudformation:DescribeStacks, secretsmanager:GetSecretValue.`;

export function addToken(program: Command, io: CommandIo): void {
  program
    .command('token')
    .description('makes a narrow installation token and prints it')
    .requiredOption('--repo <owner/name>', 'the repository that it reaches, and no other')
    .requiredOption('--permissions <permissions>', 'what it may do: issues=read,contents=write')
    .option('--stage <stage>', 'of a deployed stage, in place of the App that .env names')
    .option('--json', 'one JSON value on standard output', false)
    .addHelpText('after', HELP)
    .action(async (options: TokenOptions) => {
      const { mintToken } = await import('./token/mint-token.ts');
      await mintToken(options, io);
    });
}
