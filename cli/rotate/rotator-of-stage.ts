/** What begins a rotation by the function of a stage, and reads what that function logs. The clients load here alone. */
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { explainAws } from '../stage/explain-aws.ts';
import { openLogLines } from '../stage/log-lines.ts';
import type { Stage } from '../stage/stage.ts';
import type { RotatorDeps } from './rotate-by-function.ts';

/** @returns What AWS refuses is thrown in words. */
export async function openRotator(
  { webhookSecretArn: SecretId, region }: Pick<Stage, 'webhookSecretArn' | 'region'>,
  logGroupName: string,
  client: SecretsManagerClient,
): Promise<Pick<RotatorDeps, 'begin' | 'steps'>> {
  const { RotateSecretCommand } = await import('@aws-sdk/client-secrets-manager');
  const readLines = await openLogLines(region);
  return {
    async begin(ClientRequestToken, abortSignal) {
      const command = new RotateSecretCommand({ SecretId, ClientRequestToken });
      await client.send(command, { abortSignal }).catch((error: unknown) => {
        throw explainAws(
          error,
          'has the webhook secret rotated',
          'secretsmanager:RotateSecret, and lambda:InvokeFunction on the rotator',
        );
      });
    },
    async steps(since, signal) {
      const inTime = <T>(work: (abortSignal: AbortSignal) => Promise<T>) => work(signal);
      const lines = readLines(logGroupName, '{ $.code = "rotation" }', since, inTime).catch(
        (error: unknown) => {
          throw explainAws(error, "reads the rotator's log", 'logs:FilterLogEvents');
        },
      );
      return (await lines).map(({ fields }) => fields);
    },
  };
}
