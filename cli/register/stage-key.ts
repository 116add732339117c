/** Where a stage has its private key in KMS: a new App's goes there, without a file between. */
import { parsePrivateKeys } from '../../lib/secrets/private-key.ts';
import { CommandError } from '../command-error.ts';
import type { CommandIo } from '../io/io.ts';
import type { Stage } from '../stage/stage.ts';
import type { RegisteredApp } from './exchange-code.ts';
import { toNamedApp } from './new-app.ts';

export interface StageKey {
  /** Whether there is a key that the functions sign with. @throws CommandError */
  isThere(): Promise<boolean>;
  /** @throws CommandError, ServiceFault, Interrupted Only where the functions sign as before. */
  bring(app: RegisteredApp): Promise<void>;
}

/**
 * @returns undefined where the key is in a secret.
 * @throws CommandError Where the stage names one key for ever.
 */
export async function openStageKey(stage: Stage, io: CommandIo): Promise<StageKey | undefined> {
  const { privateKeyKmsKey } = stage;
  if (privateKeyKmsKey === undefined) return undefined;
  if (!privateKeyKmsKey.startsWith('alias/')) {
    throw new CommandError(
      `The stage ${stage.name} signs with ${privateKeyKmsKey}, which takes no other key. Write privateKeyKmsKey: alias/${stage.stackName} under params in serverless.yml, deploy, and register then. No App was made.`,
    );
  }
  const { openStageKms } = await import('../key/stage-kms.ts');
  const { moveKey } = await import('../key/bring-key.ts');
  const kms = openStageKms(stage);
  return {
    isThere: async () => (await kms.describe(privateKeyKmsKey)) !== undefined,
    async bring(app) {
      const [key] = parsePrivateKeys(app.privateKeyPem);
      if (key === undefined) throw new CommandError('GitHub gave no private key.');
      // GitHub is not asked about the keys of before: they are another App's.
      const named = toNamedApp(app, stage.apiUrl);
      await moveKey(key, { stage, app: named, from: "GitHub's answer", isAppNew: true }, io);
    },
  };
}
