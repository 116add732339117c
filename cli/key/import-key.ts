/**
 * Brings a private key into KMS, and has the functions sign with it, in this order: a KMS key as long as the file's; an
 * alias of its own, by which it is found again; the material, wrapped; a challenge that it signs, checked with the file's key;
 * GitHub's word that it knows the key. Only then the alias is moved that the functions sign with. Each step looks first
 * whether it was done, so that a run that ended anywhere may be run again.
 */
import { createPublicKey, type KeyObject, randomBytes, verify } from 'node:crypto';
import type { KeySpec } from '@aws-sdk/client-kms';
import { type Clock, sleep } from '../../lib/async/clock.ts';
import { type AppKey, toFingerprint } from '../app/app-key.ts';
import { CommandError } from '../command-error.ts';
import type { AppFacts } from '../doctor/ask-app.ts';
import { isNamed } from './explain-kms.ts';
import { toKeyAlias } from './key-names.ts';
import { type KmsKey, type StageKms, toKmsAppKey } from './stage-kms.ts';
import { wrapKey } from './wrap-key.ts';

export interface ImportDeps {
  readonly kms: StageKms;
  readonly clock: Clock;
  /** `GET /app` with a JWT of this key. @throws ServiceFault */
  readonly askApp: (key: AppKey) => Promise<AppFacts>;
  /** What is being done. */
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

export interface ImportedKey {
  readonly arn: string;
  readonly spec: string;
  readonly fingerprint: string;
  /** False where KMS had the key already, with its material. */
  readonly isNew: boolean;
  /** False where the functions sign with it already. */
  readonly isMoved: boolean;
  readonly facts: AppFacts;
}

/** Source: AWS KMS developer guide, "Asymmetric key specs". */
const SPECS: Readonly<Record<number, KeySpec>> = { 2048: 'RSA_2048', 3072: 'RSA_3072', 4096: 'RSA_4096' };

/** KMS is eventually consistent: what was just made may not be seen, or allowed, for some seconds. */
const SETTLE_MS = 30_000;
const SETTLE_STEP_MS = 2_000;

/**
 * @param alias What the functions sign with: `alias/my-app-prod`.
 * @throws CommandError That says what stands, and that the functions sign as before.
 */
export async function importKey(
  privateKey: KeyObject,
  alias: string,
  deps: ImportDeps,
): Promise<ImportedKey> {
  const spec = toSpec(privateKey);
  const fingerprint = toFingerprint(privateKey);
  let key: KmsKey | undefined;
  try {
    key = await findOrMakeKey(spec, toKeyAlias(alias, fingerprint), deps);
    const isNew = key.state === 'PendingImport';
    if (isNew) await importMaterial(privateKey, key, deps);
    await challenge(privateKey, key, deps);
    deps.say('Asking GitHub whether it knows the key');
    const facts = await deps.askApp(toKmsAppKey(deps.kms, key.id, fingerprint));
    deps.signal.throwIfAborted();
    const isMoved = await pointTo(key, alias, deps);
    return { arn: key.arn, spec, fingerprint, isNew, isMoved, facts };
  } catch (error) {
    if (deps.signal.aborted || !(error instanceof Error)) throw error;
    throw new CommandError(
      `${error.message}\n${alias} is moved last: the functions sign as before. ${
        key === undefined ? 'Nothing was made in KMS.' : `KMS has the key ${key.arn}.`
      } Run the same again, and it goes on.`,
      { cause: error },
    );
  }
}

function toSpec(privateKey: KeyObject): KeySpec {
  const bits = privateKey.asymmetricKeyDetails?.modulusLength ?? 0;
  const spec = SPECS[bits];
  if (spec !== undefined) return spec;
  throw new CommandError(
    `The key has ${bits} bits, and KMS takes RSA keys of 2048, 3072 or 4096. Generate one in the App's settings.`,
  );
}

/** @returns A key that is enabled, or waits for its material. */
async function findOrMakeKey(spec: KeySpec, ownAlias: string, deps: ImportDeps): Promise<KmsKey> {
  const { kms, say, signal } = deps;
  say('Looking whether KMS has the key');
  const found = await kms.describe(ownAlias);
  signal.throwIfAborted();
  if (found === undefined) {
    say('Making a key in KMS');
    const made = await kms.create(spec);
    await settled(() => kms.createAlias(ownAlias, made.id), deps).catch((error: unknown) => {
      throw explainUnnamed(error, made);
    });
    return made;
  }
  if (found.state === 'Enabled' || found.state === 'PendingImport') return found;
  const mend =
    found.state === 'PendingDeletion'
      ? `is to be deleted: aws kms cancel-key-deletion --key-id ${found.id}, then aws kms enable-key --key-id ${found.id}`
      : `is ${found.state}: aws kms enable-key --key-id ${found.id}`;
  throw new CommandError(`KMS has this key, as ${found.arn}, and it ${mend}`);
}

/** Without an alias of its own no later run would find it: whoever reads this has to end it. */
function explainUnnamed(error: unknown, { id, arn }: KmsKey): CommandError {
  const why = error instanceof Error ? error.message : String(error);
  return new CommandError(
    `${why}\nThe key ${arn} was made, is empty, and no later run finds it: aws kms schedule-key-deletion --pending-window-in-days 7 --key-id ${id}`,
    { cause: error },
  );
}

async function importMaterial(privateKey: KeyObject, { id }: KmsKey, deps: ImportDeps): Promise<void> {
  deps.signal.throwIfAborted();
  deps.say('Wrapping the key and importing it');
  await settled(() => deps.kms.importMaterial(id, (wrapping) => wrapKey(privateKey, wrapping)), deps);
}

/** KMS must sign with the key of the file, and with no other: its public half is the judge. */
async function challenge(privateKey: KeyObject, { id, arn }: KmsKey, deps: ImportDeps): Promise<void> {
  deps.signal.throwIfAborted();
  deps.say('Having KMS sign a challenge');
  const message = `hookmint challenge ${randomBytes(32).toString('hex')}`;
  const signature = await settled(() => deps.kms.sign(id, message), deps);
  if (verify('sha256', Buffer.from(message), createPublicKey(privateKey), signature)) return;
  throw new CommandError(`What ${arn} signs is not signed with the key of the file: it holds another one.`);
}

/** @returns Whether it pointed elsewhere, or was not there. */
async function pointTo({ id }: KmsKey, alias: string, { kms, say }: ImportDeps): Promise<boolean> {
  say(`Pointing ${alias} to it`);
  const before = await kms.describe(alias);
  if (before?.id === id) return false;
  const point = before === undefined ? kms.createAlias(alias, id) : kms.moveAlias(alias, id);
  await point.catch(async (error: unknown) => {
    // It was pointed there all the same, where only the answer was lost.
    const now = await kms.describe(alias).catch(() => undefined);
    if (now?.id !== id) throw error;
  });
  return true;
}

/** Does it again for a while, where what was made a moment ago is not seen everywhere yet. */
async function settled<T>(work: () => Promise<T>, { clock, signal }: ImportDeps): Promise<T> {
  const endMs = clock.now() + SETTLE_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isUnsettled(error) || clock.now() >= endMs) throw error;
      await sleep(clock, SETTLE_STEP_MS, signal);
    }
  }
}

/** A right that depends on a key's tag comes with the tag, which may take longer than the key. */
function isUnsettled(error: unknown): boolean {
  return ['NotFoundException', 'KMSInvalidStateException', 'AccessDeniedException'].some((name) =>
    isNamed(error, name),
  );
}
