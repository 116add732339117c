/** Reads secrets from AWS Secrets Manager. No caching: that is `secret-cache.ts`. */
import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { ReadSecret } from '../secrets/secret-cache.ts';
import type { CallDeps } from './call.ts';
import { createClientOptions, withoutExtras } from './client-options.ts';
import { clientHeldTo } from './rights.ts';

/** Secrets Manager's words for the versions of a secret. */
const STAGES = { current: 'AWSCURRENT', previous: 'AWSPREVIOUS', pending: 'AWSPENDING' } as const;

/** The client of the functions: it sends nothing but what they have a right to. */
export function createSecretsClient(deps: CallDeps): SecretsManagerClient {
  return clientHeldTo(
    'secretReader',
    withoutExtras(new SecretsManagerClient(createClientOptions('secretsmanager', deps))),
  );
}

/**
 * A missing secret, and one without a value in that stage, both read as undefined: Secrets Manager
 * answers either with ResourceNotFoundException.
 */
export function createSecretReader(client: Pick<SecretsManagerClient, 'send'>): ReadSecret {
  return async (id, version, signal) => {
    try {
      const command = new GetSecretValueCommand({ SecretId: id, VersionStage: STAGES[version] });
      const { SecretString, SecretBinary, CreatedDate } = await client.send(command, { abortSignal: signal });
      const text: unknown = SecretString ?? (SecretBinary && Buffer.from(SecretBinary).toString('utf8'));
      // The SDK hands on what came, whatever its types say.
      if (text !== undefined && typeof text !== 'string') throw new Error('a secret that is no text');
      return text === undefined ? undefined : { text, createdAt: CreatedDate ?? new Date(0) };
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
  };
}
