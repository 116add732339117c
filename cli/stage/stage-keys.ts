/** The private keys of a stage's App, wherever the stage has them. */
import { type AppKey, parseAppKeys } from '../app/app-key.ts';
import { readStageSecret } from './read-secret.ts';
import type { Stage } from './stage.ts';

/** @throws CommandError, ServiceFault Where the secret cannot be read. KMS is not asked before something is to be signed. */
export async function openStageKeys(stage: Stage): Promise<readonly AppKey[]> {
  const { privateKeyKmsKey, privateKeySecretArn } = stage;
  if (privateKeyKmsKey === undefined)
    return parseAppKeys(await readStageSecret(privateKeySecretArn, 'private key', stage));
  const { openStageKms, toKmsAppKey } = await import('../key/stage-kms.ts');
  return [toKmsAppKey(openStageKms(stage), privateKeyKmsKey)];
}
