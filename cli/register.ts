/** `hookmint register`: makes a GitHub App for the handlers of this folder. */
import type { Command } from 'commander';
import type { CommandIo } from './io/io.ts';
import type { RegisterOptions } from './register/plan.ts';

const HELP = `
Example: hookmint register --org octo-org

It opens a page of this machine, which leads to GitHub's page for new Apps; what you confirm there is an App with the
permissions and events that your handlers need. Its id, key and webhook secret go into .env and a file beside it,
which nobody but you can read; with --stage into the secrets of a deployed stage, the key into KMS where that signs. Nothing secret is printed.

Rights on AWS, with --stage: cloudformation:DescribeStacks, and on the two secrets secretsmanager:DescribeSecret,
secretsmanager:PutSecretValue and secretsmanager:GetSecretValue; where KMS signs, also those of hookmint key import.`;

export function addRegister(program: Command, io: CommandIo): void {
  program
    .command('register')
    .description('makes a GitHub App with the permissions and events that the handlers need')
    .option('--org <org>', 'the organization that is to own it; default: you')
    .option('--name <name>', 'default: the name in package.json')
    .option('--stage <stage>', 'for a deployed stage: its webhook address, its secrets')
    .option(
      '--github-url <url>',
      'an Enterprise Server or GHE.com; default: that of GITHUB_API_URL, or github.com',
    )
    .option('--webhook-url <url>', 'where deliveries go; default: the address of the stage')
    .option('--manifest', 'prints what GitHub would be asked for, as JSON, and does no more', false)
    .option('--port <port>', 'of the page on this machine; default: any free one', '0')
    .option('--no-open', 'prints the address of the page, and opens no browser')
    .option('--no-wait', 'ends once the App is stored, and does not wait until it is installed')
    .option('--yes', 'replaces an App that .env or the stage has', false)
    .option('--json', 'one JSON value on standard output', false)
    .addHelpText('after', HELP)
    .action(async (options: RegisterOptions) => {
      const { registerApp } = await import('./register/register-app.ts');
      await registerApp(options, io);
    });
}
