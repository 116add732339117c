/** `hookmint rotate`: another webhook secret, or another private key, without losing a delivery. */
import type { Command } from 'commander';
import type { CommandIo } from './io/io.ts';
import type { RotateKeyOptions } from './rotate/rotate-private-key.ts';
import type { RotateSecretOptions } from './rotate/rotate-webhook-secret.ts';

const SECRET_HELP = `
Example: hookmint rotate webhook-secret --stage prod

The new secret is made, accepted by the functions, given to GitHub, seen to sign, and only then the current one. Every
step may be repeated: where the command ends halfway, run it again, and it goes on. The old secret is accepted for a day;
--end-old ends that at once, after a leak. Neither is ever shown. A stage whose secret rotates by itself has a function for
it: then Secrets Manager has that take the steps, and the command watches.

Rights on AWS: cloudformation:DescribeStacks; secretsmanager:DescribeSecret, secretsmanager:GetSecretValue,
secretsmanager:PutSecretValue and secretsmanager:UpdateSecretVersionStage on the webhook secret, the second on the private key.
By the function: cloudformation:DescribeStacks; secretsmanager:DescribeSecret and secretsmanager:RotateSecret on the webhook secret,
lambda:InvokeFunction on the function, logs:FilterLogEvents on its log; with --end-old secretsmanager:UpdateSecretVersionStage.`;

const KEY_HELP = `
Example: hookmint rotate private-key ~/Downloads/my-app.2026-11-28.private-key.pem --stage prod

GitHub has no API that makes a key: generate one in the App's settings, and name the file here. The functions then know both
keys, the new one in front; it is tried at GitHub, and the command says which one to delete there. Run it again after that, and the
old key leaves the secret. Where it ends halfway, run it again. Where KMS signs, this is hookmint key import.

Rights on AWS: cloudformation:DescribeStacks; secretsmanager:GetSecretValue and secretsmanager:PutSecretValue on the private key; where
KMS signs, those of hookmint key import in their place.`;

export function addRotate(program: Command, io: CommandIo): void {
  const rotate = program
    .command('rotate')
    .description('another webhook secret or private key, no delivery lost');
  rotate
    .command('webhook-secret')
    .description('makes a new webhook secret, in Secrets Manager and at GitHub')
    .requiredOption('--stage <stage>', 'the deployed stage')
    .option('--end-old', 'the old secret is not accepted any more: after a leak', false)
    .option('--json', 'one JSON value on standard output', false)
    .addHelpText('after', SECRET_HELP)
    .action(async (options: RotateSecretOptions) => {
      const { rotateWebhookSecret } = await import('./rotate/rotate-webhook-secret.ts');
      await rotateWebhookSecret(options, io);
    });
  rotate
    .command('private-key')
    .description('puts a new private key of the App in place, and says which one to delete at GitHub')
    .argument('<file>', 'the .pem file that GitHub gave')
    .requiredOption('--stage <stage>', 'the deployed stage')
    .option('--json', 'one JSON value on standard output', false)
    .addHelpText('after', KEY_HELP)
    .action(async (file: string, options: RotateKeyOptions) => {
      const { rotatePrivateKey } = await import('./rotate/rotate-private-key.ts');
      await rotatePrivateKey(file, options, io);
    });
}
