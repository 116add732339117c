/**
 * Rotates the private key of a stage as far as that can be done without a browser: the new one is tried at GitHub, the
 * functions get it, and the old one is named for deletion there. In a secret both are accepted until the old one is gone at
 * GitHub; in KMS one key signs. Looks each time where things stand, so that it may be run again and again.
 */
import type { KeyObject } from 'node:crypto';
import { within } from '../../lib/async/abort.ts';
import { SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import { isObject, parseJson } from '../../lib/json/json.ts';
import { parsePrivateKeys } from '../../lib/secrets/private-key.ts';
import { toAppKey, toFingerprint } from '../app/app-key.ts';
import { toStageApp } from '../app/target.ts';
import { CommandError } from '../command-error.ts';
import { askWithKeys } from '../doctor/ask-with-keys.ts';
import type { CommandIo, Report } from '../io/io.ts';
import { readKeyFile } from '../key/read-key-file.ts';
import { explainAws } from '../stage/explain-aws.ts';
import { findStage } from '../stage/find-stage.ts';
import { readStageSecret } from '../stage/read-secret.ts';
import type { Stage } from '../stage/stage.ts';

export interface RotateKeyOptions {
  readonly stage: string;
  readonly json: boolean;
}

/** @throws CommandError, ServiceFault, Interrupted */
export async function rotatePrivateKey(
  file: string,
  { stage, json }: RotateKeyOptions,
  io: CommandIo,
): Promise<void> {
  const next = await readKeyFile(file, io);
  const found = await findStage(stage, io);
  const rotate = found.privateKeyKmsKey === undefined ? rotateInSecret : rotateInKms;
  io.report(json, await rotate(next, file, found, io));
}

async function rotateInKms(next: KeyObject, file: string, stage: Stage, io: CommandIo): Promise<Report> {
  const { bringKey } = await import('../key/bring-key.ts');
  const { describeFile, describeNext, listForDeletion, listNotAsked } = await import('../key/run-import.ts');
  const brought = await bringKey(next, { stage, app: toStageApp(stage), from: file }, io);
  const { fingerprint, facts } = brought;
  return {
    value: {
      stage: stage.name,
      key: fingerprint,
      accepted: 1,
      deleteAtGitHub: listForDeletion(brought),
      notAsked: listNotAsked(brought),
      settingsUrl: facts.settingsUrl,
    },
    lines: [
      `GitHub takes the new key, ${fingerprint}, as KMS signs with it.`,
      ...describeNext(brought, stage),
      ...describeFile(file),
    ],
  };
}

async function rotateInSecret(next: KeyObject, file: string, stage: Stage, io: CommandIo): Promise<Report> {
  const text = await readStageSecret(stage.privateKeySecretArn, 'private key', stage);
  const old = parsePrivateKeys(text).filter((key) => !isSame(key, next));
  const keys = [next, ...old];
  const facts = await io.interruptible((signal) =>
    io.showing('Trying the keys at GitHub', () =>
      askWithKeys(keys.map(toAppKey), toStageApp(stage), io, signal),
    ),
  );
  const [first, ...rest] = facts.keys;
  if (first?.isTaken !== true) {
    throw new CommandError(
      `GitHub does not know the key in ${file} (${first?.fingerprint}). Nothing was changed. Generate it in ${facts.settingsUrl}, or name the file that came down there.`,
    );
  }
  const kept = keys.filter((_, index) => facts.keys[index]?.isTaken === true);
  await put(stage.privateKeySecretArn, withKeys(text, kept), stage.region);
  const toDelete = rest.filter(({ isTaken }) => isTaken).map(({ fingerprint }) => fingerprint);
  return {
    value: {
      stage: stage.name,
      key: first.fingerprint,
      accepted: kept.length,
      deleteAtGitHub: toDelete,
      notAsked: [],
      settingsUrl: facts.settingsUrl,
    },
    lines: [
      `GitHub takes the new key, ${first.fingerprint}; the functions sign with it from the next reading on, within five minutes.`,
      ...(toDelete.length === 0
        ? [`It is the only one. Delete ${file}.`]
        : [
            `In a quarter of an hour, delete this key at ${facts.settingsUrl}: ${toDelete.join(', ')}`,
            `Then run this again, which takes it out of the secret, and delete ${file}.`,
          ]),
    ],
  };
}

function isSame(one: KeyObject, other: KeyObject): boolean {
  return toFingerprint(one) === toFingerprint(other);
}

/** One is a PEM by itself, several are JSON; whatever else stood in the JSON of the old value stays. */
function withKeys(old: string, keys: readonly KeyObject[]): string {
  const pems = keys.map((key) => key.export({ type: 'pkcs1', format: 'pem' }).toString());
  const parsed = old.trim().startsWith('{') ? parseJson(old) : undefined;
  const { privateKey: _, ...others } = isObject(parsed) ? parsed : {};
  const [only] = pems;
  if (pems.length === 1 && Object.keys(others).length === 0 && only !== undefined) return only;
  return JSON.stringify({ ...others, privateKey: pems });
}

async function put(arn: string, text: string, region: string): Promise<void> {
  const { PutSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  const client = new SecretsManagerClient({ region });
  const command = new PutSecretValueCommand({ SecretId: arn, SecretString: text });
  await within(SYSTEM_CLOCK, 20_000, (abortSignal) => client.send(command, { abortSignal })).catch(
    (error: unknown) => {
      throw explainAws(error, 'puts the private key of the stage', 'secretsmanager:PutSecretValue');
    },
  );
}
