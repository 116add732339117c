/** `hookmint key delete`: ends a key in KMS that signs no more. */
import { CommandError } from '../command-error.ts';
import type { CommandIo } from '../io/io.ts';
import { findStage } from '../stage/find-stage.ts';
import { findFingerprint, toStageAlias } from './key-names.ts';
import { readRing, type RingKey } from './read-ring.ts';
import { openStageKms, type StageKms } from './stage-kms.ts';

export interface DeleteKeyOptions {
  readonly stage: string;
  readonly json: boolean;
}

/** The longest that KMS waits before a key is gone for ever. Source: AWS KMS API reference, `ScheduleKeyDeletion`. */
const DAYS = 30;

/** @throws CommandError Where it is the one that signs, or is wanted elsewhere. */
export async function runDelete(
  fingerprint: string,
  { stage: name, json }: DeleteKeyOptions,
  io: CommandIo,
): Promise<void> {
  const stage = await findStage(name, io);
  const kms = openStageKms(stage);
  const ring = await io.showing('Looking at the keys', () => readRing(kms, stage));
  const key = ring.find((each) => each.fingerprint === fingerprint);
  if (key === undefined) {
    throw new CommandError(
      `KMS has no key ${fingerprint} for the stage ${name}: hookmint key --stage ${name} lists what it has.`,
    );
  }
  await refuseWanted(key, toStageAlias(stage), kms);
  const deletionAt =
    key.state === 'PendingDeletion' ? key.deletionAt : await kms.scheduleDeletion(key.id, DAYS);
  io.report(json, {
    value: { stage: name, key: { arn: key.arn, fingerprint }, deletionAt },
    lines: [
      `${key.arn} signs no more, and is gone for ever at ${deletionAt?.toISOString() ?? 'a time that KMS does not say'}.`,
      `Until then: aws kms cancel-key-deletion --key-id ${key.id}, then aws kms enable-key --key-id ${key.id}`,
      'Delete it at GitHub as well, where it is still listed.',
    ],
  });
}

/** What stands behind another alias may be another stage's, or somebody else's. */
async function refuseWanted(key: RingKey, stageAlias: string, kms: StageKms): Promise<void> {
  if (key.signs)
    throw new CommandError(`The functions sign with ${key.fingerprint}: import another key first.`);
  const foreign = (await kms.aliases(key.id)).filter(
    ({ alias }) => findFingerprint(stageAlias, alias) === undefined,
  );
  if (foreign.length === 0) return;
  const names = foreign.map(({ alias }) => alias).join(', ');
  throw new CommandError(`${key.arn} is behind ${names} as well: nothing was changed.`);
}
