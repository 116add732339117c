/** A secret of a stage, read when a command needs it. It is never printed. */
import { within } from '../../lib/async/abort.ts';
import { SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import { CommandError } from '../command-error.ts';
import { explainAws } from './explain-aws.ts';
import type { Stage } from './stage.ts';

const TIMEOUT_MS = 20_000;

/**
 * @param what The secret in words: `private key`.
 * @throws CommandError Where it has no value yet, or must not be read.
 */
export async function readStageSecret(arn: string, what: string, { region, name }: Stage): Promise<string> {
  if (arn === '')
    throw new CommandError(`The ${what} of the stage ${name} is in KMS, where nobody can read it.`);
  const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  const client = new SecretsManagerClient({ region });
  try {
    const { SecretString: text } = await within(SYSTEM_CLOCK, TIMEOUT_MS, (abortSignal) =>
      client.send(new GetSecretValueCommand({ SecretId: arn }), { abortSignal }),
    );
    return text ?? refuseEmpty(what, name);
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return refuseEmpty(what, name);
    throw explainAws(error, `reads the ${what} of the stage`, 'secretsmanager:GetSecretValue');
  } finally {
    client.destroy();
  }
}

function refuseEmpty(what: string, stage: string): never {
  throw new CommandError(
    `The ${what} of the stage ${stage} has no value yet: docs/operations.md says how it gets in.`,
  );
}
