/** Reads secrets from AWS Secrets Manager. No caching: that is `secret-cache.ts`. */
import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { ReadSecret } from '../secrets/secret-cache.ts';
import { createClientOptions } from './client-options.ts';
import { heldTo } from './rights.ts';

/** Secrets Manager's words for the versions of a secret. */
const STAGES = { current: 'AWSCURRENT', previous: 'AWSPREVIOUS' } as const;

/**
 * A missing secret, and one without a value in that stage, both read as undefined: Secrets Manager
 * answers either with ResourceNotFoundException.
 */
export function createSecretReader(
  client = heldTo('secretReader', new SecretsManagerClient(createClientOptions())),
): ReadSecret {
  return async (id, version, signal) => {
    try {
      const command = new GetSecretValueCommand({ SecretId: id, VersionStage: STAGES[version] });
      const { SecretString, SecretBinary, CreatedDate } = await client.send(command, { abortSignal: signal });
      const text = SecretString ?? (SecretBinary && Buffer.from(SecretBinary).toString('utf8'));
      return text === undefined ? undefined : { text, createdAt: CreatedDate ?? new Date(0) };
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
  };
}
