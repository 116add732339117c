/** `hookmint key`: the App's private key, and how it gets into KMS. */
import type { Command } from 'commander';
import type { CommandIo } from './io/io.ts';
import type { DeleteKeyOptions } from './key/run-delete.ts';
import type { ImportOptions } from './key/run-import.ts';
import type { ShowKeyOptions } from './key/run-show.ts';

const SHOW_HELP = `
Example: hookmint key show --stage prod

It names each key by the fingerprint that GitHub shows in the App's settings, says which one signs and where it is, and asks GitHub
with each of them. It ends with 1 where GitHub does not take the one that signs.

Rights on AWS, with --stage: cloudformation:DescribeStacks; secretsmanager:GetSecretValue on the private key, or, where KMS
signs, kms:DescribeKey, kms:ListAliases, kms:GetPublicKey and kms:Sign.`;

const IMPORT_HELP = `
Example: hookmint key import ~/Downloads/my-app.2026-11-28.private-key.pem --stage prod

It makes a KMS key as long as the one in the file, wraps the file's key so that only KMS can read it, imports it, has KMS sign a
challenge, and asks GitHub with a JWT that KMS signed. Only when all of that went well it moves the alias that the functions sign
with. Where it ends halfway, the functions sign as before: run it again, and it goes on. Afterwards delete the file.

Material that was imported cannot be replaced: another file makes another key. The old one stays until hookmint key delete.

Rights on AWS: cloudformation:DescribeStacks; kms:DescribeKey, kms:ListAliases, kms:CreateKey, kms:TagResource,
kms:CreateAlias, kms:UpdateAlias, kms:GetParametersForImport, kms:ImportKeyMaterial, kms:GetPublicKey and kms:Sign.`;

const DELETE_HELP = `
Example: hookmint key delete SHA256:9kDj2… --stage prod

It schedules the deletion of a key that the functions do not sign with any more. KMS waits for 30 days, in which the deletion can
be taken back. At GitHub the key is to be deleted by hand.

Rights on AWS: cloudformation:DescribeStacks; kms:DescribeKey, kms:ListAliases, kms:GetPublicKey and kms:ScheduleKeyDeletion.`;

export function addKey(program: Command, io: CommandIo): void {
  const key = program
    .command('key')
    .description("the App's private key: which one signs, and how it gets into KMS")
    .addHelpText('after', '\nhookmint key [--stage STAGE] [--json] is hookmint key show.');
  key
    .command('show', { isDefault: true })
    .description('shows which key signs, where it is, and whether GitHub takes it')
    .option('--stage <stage>', 'that of a deployed stage; default: the App of .env')
    .option('--json', 'one JSON value on standard output', false)
    .addHelpText('after', SHOW_HELP)
    .action(async (options: ShowKeyOptions) => {
      const { runShow } = await import('./key/run-show.ts');
      await runShow(options, io);
    });
  key
    .command('import')
    .description(
      'brings a private key into KMS, where nobody can read it, and has the functions sign with it',
    )
    .argument('<file>', 'the .pem file that GitHub gave')
    .requiredOption('--stage <stage>', 'the deployed stage')
    .option('--json', 'one JSON value on standard output', false)
    .addHelpText('after', IMPORT_HELP)
    .action(async (file: string, options: ImportOptions) => {
      const { runImport } = await import('./key/run-import.ts');
      await runImport(file, options, io);
    });
  key
    .command('delete')
    .description('schedules the deletion of a key in KMS that signs no more')
    .argument('<fingerprint>', 'as hookmint key shows it')
    .requiredOption('--stage <stage>', 'the deployed stage')
    .option('--json', 'one JSON value on standard output', false)
    .addHelpText('after', DELETE_HELP)
    .action(async (fingerprint: string, options: DeleteKeyOptions) => {
      const { runDelete } = await import('./key/run-delete.ts');
      await runDelete(fingerprint, options, io);
    });
}
