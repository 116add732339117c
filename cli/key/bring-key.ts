/** Brings a private key into the KMS of a stage, for every command that has one to bring. */
import type { KeyObject } from 'node:crypto';
import { ServiceFault } from '../../lib/faults.ts';
import { toAppKey, toFingerprint } from '../app/app-key.ts';
import type { NamedApp } from '../app/named-app.ts';
import { CommandError } from '../command-error.ts';
import { askWithKeys } from '../doctor/ask-with-keys.ts';
import type { CommandIo } from '../io/io.ts';
import type { Stage } from '../stage/stage.ts';
import { type ImportedKey, importKey } from './import-key.ts';
import { toStageAlias } from './key-names.ts';
import { isTaken, readRing, type RingKey } from './read-ring.ts';
import { openStageKms } from './stage-kms.ts';

interface Errand {
  readonly stage: Stage;
  /** The App whose key it is. */
  readonly app: NamedApp;
  /** The file's name, or what else the key came from. */
  readonly from: string;
}

export interface BroughtKey extends ImportedKey {
  readonly alias: string;
  /** Keys of before that KMS has, each with GitHub's word on it; null where the key does not sign any more. */
  readonly others: readonly (RingKey & { readonly takenByGitHub: boolean | null })[];
}

/** @throws CommandError, ServiceFault, Interrupted. Run again, it goes on where it ended. */
export async function bringKey(
  privateKey: KeyObject,
  { stage, app, from }: Errand,
  io: CommandIo,
): Promise<BroughtKey> {
  const kms = openStageKms(stage);
  const alias = toStageAlias(stage);
  return io.interruptible((signal) =>
    io.showing('Trying the key at GitHub', async ({ say }) => {
      try {
        // A key that GitHub does not know is not worth a key in KMS.
        await askWithKeys([toAppKey(privateKey)], app, io, signal).catch((error: unknown) => {
          throw explainRefusal(error, from, privateKey);
        });
        const askApp: Parameters<typeof importKey>[2]['askApp'] = (key) =>
          askWithKeys([key], app, io, signal);
        const imported = await importKey(privateKey, alias, { kms, clock: io.clock, askApp, say, signal });
        say('Looking at the keys of before');
        const others = [];
        for (const key of (await readRing(kms, stage)).filter(({ arn }) => arn !== imported.arn))
          others.push({ ...key, takenByGitHub: await isTaken(key, kms, { app, io, signal }) });
        return { ...imported, alias, others };
      } catch (error) {
        if (signal.aborted)
          io.tell(`Ended between two steps: ${alias} is moved last. Run the same again, and it goes on.`);
        throw error;
      }
    }),
  );
}

function explainRefusal(error: unknown, from: string, privateKey: KeyObject): unknown {
  if (!(error instanceof ServiceFault && error.code === 'jwt_refused')) return error;
  return new CommandError(
    `GitHub does not know the key in ${from} (${toFingerprint(privateKey)}). Nothing was changed. Generate one in the App's settings, or name the file that came down there.`,
    { cause: error },
  );
}
