/** The versions of a secret in AWS Secrets Manager, for its rotation. */
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { readText } from '../json/json.ts';
import type { SecretVersions } from '../rotation/rotation.ts';
import type { CallDeps } from './call.ts';
import { createClientOptions, withoutExtras } from './client-options.ts';
import { clientHeldTo } from './rights.ts';

/** On the version that was made last. A version needs a label to stay, and this one means nothing to anybody else. */
const OWN_LABEL = 'HOOKMINT';

/** The client of whoever rotates a secret: it sends nothing but what a rotation needs a right to. */
export function createRotationClient(deps: CallDeps): SecretsManagerClient {
  return clientHeldTo(
    'rotation',
    withoutExtras(new SecretsManagerClient(createClientOptions('secretsmanager', deps))),
  );
}

/** @param secretId Its name or ARN. Errors are the SDK's own. */
export function createSecretVersions(
  secretId: string,
  client: Pick<SecretsManagerClient, 'send'>,
): SecretVersions {
  const SecretId = secretId;
  return {
    async labels(abortSignal) {
      const { VersionIdsToStages: versions = {} } = await client.send(
        new DescribeSecretCommand({ SecretId }),
        {
          abortSignal,
        },
      );
      return new Map(Object.entries(versions).map(([version, labels]) => [version, new Set(labels)]));
    },
    async read(version, abortSignal) {
      try {
        const command = new GetSecretValueCommand({ SecretId, VersionId: version });
        const { SecretString: text, CreatedDate } = await client.send(command, { abortSignal });
        return text === undefined ? undefined : { text, createdAt: CreatedDate ?? new Date(0) };
      } catch (error) {
        if (isNamed(error, ['ResourceNotFoundException'])) return undefined;
        throw error;
      }
    },
    async put(version, text, abortSignal) {
      try {
        const command = new PutSecretValueCommand({
          SecretId,
          ClientRequestToken: version,
          SecretString: text,
          VersionStages: [OWN_LABEL], // without one it would become the current version
        });
        await client.send(command, { abortSignal });
      } catch (error) {
        // Another run of this step gave it another value: that one holds.
        if (!isNamed(error, ['ResourceExistsException'])) throw error;
      }
    },
    async move(label, to, from, abortSignal) {
      try {
        const command = new UpdateSecretVersionStageCommand({
          SecretId,
          VersionStage: label,
          ...(to !== undefined && { MoveToVersionId: to }),
          ...(from !== undefined && { RemoveFromVersionId: from }),
        });
        await client.send(command, { abortSignal });
        return true;
      } catch (error) {
        // It is on another version, or on none.
        if (isNamed(error, ['InvalidParameterException', 'InvalidRequestException'])) return false;
        throw error;
      }
    },
  };
}

function isNamed(error: unknown, names: readonly string[]): boolean {
  return names.includes(readText(error, 'name') ?? '');
}
