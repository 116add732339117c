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

/** The functions sign with it. */
export interface MovedKey extends ImportedKey {
  readonly alias: string;
  /** Keys of before that KMS has. */
  readonly others: readonly RingKey[];
}

export interface BroughtKey extends MovedKey {
  /** Each with GitHub's word on it; null where the key does not sign any more, or nobody could ask, which was told then. */
  readonly others: readonly (RingKey & { readonly takenByGitHub: boolean | null })[];
}

interface Run {
  readonly io: CommandIo;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/**
 * Brings the key in, and asks GitHub about those of before, so that they can be deleted there.
 *
 * @throws CommandError, ServiceFault, Interrupted Only while the functions sign as before. Run again, it goes on where it ended.
 */
export async function bringKey(privateKey: KeyObject, errand: Errand, io: CommandIo): Promise<BroughtKey> {
  return running(io, async (run) => {
    const moved = await move(privateKey, errand, run);
    return { ...moved, others: await lookAtOthers(moved, errand, run) };
  });
}

/**
 * Brings the key in, and asks nothing about those of before.
 *
 * @throws CommandError, ServiceFault, Interrupted Only while the functions sign as before. Run again, it goes on where it ended.
 */
export async function moveKey(privateKey: KeyObject, errand: Errand, io: CommandIo): Promise<MovedKey> {
  return running(io, (run) => move(privateKey, errand, run));
}

function running<T>(io: CommandIo, work: (run: Run) => Promise<T>): Promise<T> {
  return io.interruptible((signal) =>
    io.showing('Trying the key at GitHub', (progress) => work({ io, signal, progress })),
  );
}

async function move(privateKey: KeyObject, errand: Errand, run: Run): Promise<MovedKey> {
  const { io, signal } = run;
  const { stage } = errand;
  const alias = toStageAlias(stage);
  const kms = openStageKms(stage);
  let before: readonly RingKey[];
  let imported: ImportedKey;
  try {
    const askApp = (key: AppKey) => trying(() => askWithKeys([key], errand.app, io, signal), errand, run);
    // A key that GitHub does not know is not worth a key in KMS.
    await askApp(toAppKey(privateKey)).catch((error: unknown) => {
      throw explainRefusal(error, errand.from, privateKey);
    });
    before = await readRing(kms, stage);
    const say = (text: string) => run.progress.say(text);
    imported = await importKey(privateKey, alias, { kms, clock: io.clock, askApp, say, signal });
  } catch (error) {
    if (signal.aborted)
      io.tell(`Ended between two steps: ${alias} is moved last. Run the same again, and it goes on.`);
    throw error;
  }
  // The functions sign with the key: nothing from here on may throw, or whoever called takes the key for lost.
  const others = before.filter(({ arn }) => arn !== imported.arn);
  // Where the stage names a key by its ARN, the functions sign with that one until they are deployed.
  const isLeft = (key: RingKey): boolean => key.signs && (stage.privateKeyKmsKey ?? alias) === alias;
  for (const key of others) if (isLeft(key) && !key.isNamed) await nameKey(key, kms, { alias, io });
  return {
    ...imported,
    alias,
    others: others.map((key) => ({ ...key, signs: key.signs && !isLeft(key) })),
  };
}

/** Never throws: what cannot be asked is told, and left out. */
async function lookAtOthers(
  { alias, others }: MovedKey,
  { stage, app }: Errand,
  { io, signal, progress }: Run,
): Promise<BroughtKey['others']> {
  progress.say('Asking GitHub about the keys of before');
  const kms = openStageKms(stage);
  const look = async (key: RingKey): Promise<boolean | null> => {
    try {
      return signal.aborted ? null : await isTaken(key, kms, { app, io, signal });
    } catch (error) {
      if (signal.aborted) return null;
      const why = error instanceof Error ? error.message : String(error);
      io.tell(
        `Whether GitHub still takes ${key.fingerprint ?? key.arn}, a key of before, could not be asked (${why}). hookmint key --stage ${stage.name} asks again; where GitHub lists it, delete it there in a quarter of an hour.`,
      );
      return null;
    }
  };
  const looked = [];
  for (const key of others) looked.push({ ...key, takenByGitHub: await look(key) });
  if (signal.aborted && others.length > 0) {
    io.tell(
      `Ended after the last step: ${alias} leads to the key already. Only GitHub was not asked about the keys of before: hookmint key --stage ${stage.name} does.`,
    );
  }
  return looked;
}

/** A key that was imported by hand, and that nothing leads to now that the alias was moved: later runs are to find it. */
async function nameKey(
  { id, arn, fingerprint }: RingKey,
  kms: StageKms,
  { alias, io }: { readonly alias: string; readonly io: CommandIo },
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
  { io: { clock }, signal }: Run,
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
