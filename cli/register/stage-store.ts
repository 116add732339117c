/**
 * Keeps a new App in the two secrets of a stage, or its key in KMS where that signs. No value of them passes through this
 * machine's files.
 */
import { within } from '../../lib/async/abort.ts';
import { SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import { CommandError } from '../command-error.ts';
import { explainAws } from '../stage/explain-aws.ts';
import type { Stage } from '../stage/stage.ts';
import type { RegisteredApp } from './exchange-code.ts';
import type { StageKey } from './stage-key.ts';

/** For one call, the SDK's repetitions included. */
const TIMEOUT_MS = 20_000;

export interface StageSecrets {
  /** Which of the two have a value already, in words. @throws CommandError Where one is not there, or may not be seen. */
  findFilled(): Promise<readonly string[]>;
  /** @throws CommandError */
  store(app: RegisteredApp): Promise<void>;
}

/** @param key Where the private key goes, where that is no secret. */
export async function openStageSecrets(stage: Stage, key: StageKey | undefined): Promise<StageSecrets> {
  const { DescribeSecretCommand, PutSecretValueCommand, SecretsManagerClient } =
    await import('@aws-sdk/client-secrets-manager');
  const client = new SecretsManagerClient({ region: stage.region });
  const { webhookSecretArn, privateKeySecretArn } = stage;

  const isFilled = async (id: string): Promise<boolean> => {
    const { VersionIdsToStages: versions = {} } = await within(SYSTEM_CLOCK, TIMEOUT_MS, (abortSignal) =>
      client.send(new DescribeSecretCommand({ SecretId: id }), { abortSignal }),
    ).catch((error: unknown) => {
      throw explainAws(error, 'looks at the secrets of the stage', 'secretsmanager:DescribeSecret');
    });
    return Object.values(versions).some((stages) => stages.includes('AWSCURRENT'));
  };
  const put = async (id: string, text: string): Promise<void> => {
    const command = new PutSecretValueCommand({ SecretId: id, SecretString: text });
    await within(SYSTEM_CLOCK, TIMEOUT_MS, (abortSignal) => client.send(command, { abortSignal })).catch(
      (error: unknown) => {
        throw explainAws(error, 'puts a secret of the stage', 'secretsmanager:PutSecretValue');
      },
    );
  };

  return {
    async findFilled() {
      if (webhookSecretArn === privateKeySecretArn) {
        throw new CommandError(
          `The stage ${stage.name} keeps both in one secret. Put them in by hand: docs/configuration.md says how.`,
        );
      }
      const filled: string[] = [];
      if (await (key === undefined ? isFilled(privateKeySecretArn) : key.isThere()))
        filled.push('the private key');
      if (await isFilled(webhookSecretArn)) filled.push('the webhook secret');
      return filled;
    },
    async store(app) {
      const { privateKeyPem, webhookSecret } = app;
      await (key === undefined ? put(privateKeySecretArn, privateKeyPem) : key.bring(app));
      await put(webhookSecretArn, webhookSecret);
    },
  };
}
