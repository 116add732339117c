/** What begins a rotation by the function of a stage, and reads what that function logs. The clients load here alone. */
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { parseJson } from '../../lib/json/json.ts';
import { explainAws } from '../stage/explain-aws.ts';
import type { Stage } from '../stage/stage.ts';
import type { RotatorDeps } from './rotate-by-function.ts';

/** @returns What AWS refuses is thrown in words. */
export async function openRotator(
  { webhookSecretArn: SecretId, region }: Pick<Stage, 'webhookSecretArn' | 'region'>,
  logGroupName: string,
  client: SecretsManagerClient,
): Promise<Pick<RotatorDeps, 'begin' | 'steps'>> {
  const { RotateSecretCommand } = await import('@aws-sdk/client-secrets-manager');
  const { CloudWatchLogsClient, FilterLogEventsCommand } = await import('@aws-sdk/client-cloudwatch-logs');
  const logs = new CloudWatchLogsClient({ region });
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
    async steps(since, abortSignal) {
      const command = new FilterLogEventsCommand({
        logGroupName,
        filterPattern: '{ $.code = "rotation" }',
        startTime: since.getTime(),
      });
      const { events = [] } = await logs.send(command, { abortSignal }).catch((error: unknown) => {
        throw explainAws(error, "reads the rotator's log", 'logs:FilterLogEvents');
      });
      return events
        .toSorted((a, b) => (a.timestamp ?? 0) - (b.timestamp ?? 0))
        .map(({ message = '' }) => parseJson(message));
    },
  };
}
