/** Brings a private key into the KMS of a stage, for every command that has one to bring. */
import type { KeyObject } from 'node:crypto';
import { sleep } from '../../lib/async/clock.ts';
import { ServiceFault } from '../../lib/faults.ts';
import { type AppKey, toAppKey, toFingerprint } from '../app/app-key.ts';
import type { NamedApp } from '../app/named-app.ts';
import { CommandError } from '../command-error.ts';
import { askWithKeys } from '../doctor/ask-with-keys.ts';
import type { CommandIo } from '../io/io.ts';
import type { Progress } from '../io/progress.ts';
import type { Stage } from '../stage/stage.ts';
import { type ImportedKey, importKey } from './import-key.ts';
import { toKeyAlias, toStageAlias } from './key-names.ts';
import { isTaken, readRing, type RingKey } from './read-ring.ts';
import { openStageKms, type StageKms } from './stage-kms.ts';

interface Errand {
  readonly stage: Stage;
  /** The App whose key it is. */
  readonly app: NamedApp;
  /** The file's name, or what else the key came from. */
  readonly from: string;
  /** The App was made a moment ago. */
  readonly isAppNew?: boolean;
}

/** How long a new App may be unknown, in milliseconds. */
const NEW_APP_MS = 30_000;
const NEW_APP_STEP_MS = 2_000;

export interface BroughtKey extends ImportedKey {
  readonly alias: string;
  /** Keys of before that KMS has, each with GitHub's word on it; null where the key does not sign any more. */
  readonly others: readonly (RingKey & { readonly takenByGitHub: boolean | null })[];
}

/** @throws CommandError, ServiceFault, Interrupted. Run again, it goes on where it ended. */
export async function bringKey(privateKey: KeyObject, errand: Errand, io: CommandIo): Promise<BroughtKey> {
  const alias = toStageAlias(errand.stage);
  return io.interruptible((signal) =>
    io.showing('Trying the key at GitHub', async (progress) => {
      try {
        return await bring(privateKey, errand, { alias, io, signal, progress });
      } catch (error) {
        if (signal.aborted)
          io.tell(`Ended between two steps: ${alias} is moved last. Run the same again, and it goes on.`);
        throw error;
      }
    }),
  );
}

interface Run {
  readonly alias: string;
  readonly io: CommandIo;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

async function bring(
  privateKey: KeyObject,
  errand: Errand,
  { alias, io, signal, progress }: Run,
): Promise<BroughtKey> {
  const { stage, app } = errand;
  const kms = openStageKms(stage);
  const ask = (key: AppKey) => askWithKeys([key], app, io, signal);
  // A key that GitHub does not know is not worth a key in KMS.
  await trying(() => ask(toAppKey(privateKey)), errand, io, signal).catch((error: unknown) => {
    throw explainRefusal(error, errand.from, privateKey);
  });
  const before = await readRing(kms, stage);
  const imported = await importKey(privateKey, alias, {
    kms,
    clock: io.clock,
    askApp: ask,
    say: (text) => progress.say(text),
    signal,
  });
  progress.say('Looking at the keys of before');
  const after = await readRing(kms, stage);
  const unnamed = before.filter(({ arn }) => !after.some((each) => each.arn === arn));
  for (const key of unnamed) await nameKey(key, kms, { alias, io });
  const others = [];
  for (const key of [...after, ...unnamed].filter(({ arn }) => arn !== imported.arn))
    others.push({ ...key, takenByGitHub: await isTaken(key, kms, { app, io, signal }) });
  return { ...imported, alias, others };
}

/** A key that was imported by hand, and that nothing leads to now that the alias was moved: later runs are to find it. */
async function nameKey(
  { id, arn, fingerprint }: RingKey,
  kms: StageKms,
  { alias, io }: Pick<Run, 'alias' | 'io'>,
): Promise<void> {
  try {
    if (fingerprint !== null) await kms.createAlias(toKeyAlias(alias, fingerprint), id);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    io.tell(
      `${arn} signed until now, and could not be named, so that hookmint key will not list it (${why}). To end it: aws kms schedule-key-deletion --key-id ${id}`,
    );
  }
}

/** An App that is seconds old is not known everywhere at GitHub. */
async function trying<T>(
  work: () => Promise<T>,
  { isAppNew = false }: Errand,
  { clock }: CommandIo,
  signal: AbortSignal,
): Promise<T> {
  const endMs = clock.now() + (isAppNew ? NEW_APP_MS : 0);
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ServiceFault) || clock.now() >= endMs) throw error;
      await sleep(clock, NEW_APP_STEP_MS, signal);
    }
  }
}

function explainRefusal(error: unknown, from: string, privateKey: KeyObject): unknown {
  if (!(error instanceof ServiceFault && error.code === 'jwt_refused')) return error;
  return new CommandError(
    `GitHub does not know the key in ${from} (${toFingerprint(privateKey)}). Nothing was changed. Generate one in the App's settings, or name the file that came down there.`,
    { cause: error },
  );
}
