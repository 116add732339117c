/** The keys that KMS has for a stage: the one that signs, and those that were imported before. */
import { ServiceFault } from '../../lib/faults.ts';
import { toFingerprint } from '../app/app-key.ts';
import type { NamedApp } from '../app/named-app.ts';
import { askWithKeys } from '../doctor/ask-with-keys.ts';
import type { CommandIo } from '../io/io.ts';
import type { Stage } from '../stage/stage.ts';
import { findFingerprint, toStageAlias } from './key-names.ts';
import { type KmsKey, type StageKms, toKmsAppKey } from './stage-kms.ts';

export interface RingKey extends KmsKey {
  /** As GitHub shows it; null where the key cannot be asked, and has no alias that tells. */
  readonly fingerprint: string | null;
  /** The functions sign with it. */
  readonly signs: boolean;
  /** It has an alias of its own, made of its fingerprint; one that was imported by hand has none. */
  readonly isNamed: boolean;
}

/** The one that signs in front, if there is one. @throws CommandError */
export async function readRing(kms: StageKms, stage: Stage): Promise<readonly RingKey[]> {
  const alias = toStageAlias(stage);
  const signing = await kms.describe(stage.privateKeyKmsKey ?? alias);
  const named = (await kms.aliases()).flatMap(({ alias: own, keyId }) => {
    const fingerprint = findFingerprint(alias, own);
    return fingerprint === undefined ? [] : [{ fingerprint, keyId }];
  });
  const others: RingKey[] = [];
  for (const { fingerprint, keyId } of named.filter((each) => each.keyId !== signing?.id)) {
    const key = await kms.describe(keyId);
    if (key !== undefined) others.push({ ...key, fingerprint, signs: false, isNamed: true });
  }
  if (signing === undefined) return others;
  const known = named.find(({ keyId }) => keyId === signing.id)?.fingerprint;
  const fingerprint = known ?? (await askFingerprint(kms, signing));
  return [{ ...signing, fingerprint, signs: true, isNamed: known !== undefined }, ...others];
}

/** Whether GitHub takes what this key signs; null where it does not sign. @throws CommandError, ServiceFault */
export async function isTaken(
  { id, state, fingerprint }: RingKey,
  kms: StageKms,
  { app, io, signal }: { readonly app: NamedApp; readonly io: CommandIo; readonly signal: AbortSignal },
): Promise<boolean | null> {
  if (state !== 'Enabled') return null;
  try {
    await askWithKeys([toKmsAppKey(kms, id, fingerprint)], app, io, signal);
    return true;
  } catch (error) {
    if (error instanceof ServiceFault && error.code === 'jwt_refused') return false;
    throw error;
  }
}

/** A key that was imported by hand has no alias that tells. */
async function askFingerprint(kms: StageKms, { id, state }: KmsKey): Promise<string | null> {
  return state === 'Enabled' ? toFingerprint(await kms.publicKey(id)) : null;
}
