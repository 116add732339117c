/**
 * Rotates the private key of a stage as far as that can be done without a browser: both keys are accepted, the new one is tried
 * at GitHub, and the old one is named for deletion there; once it is gone there, it leaves the secret. Looks each time
 * where things stand, so that it may be run again and again.
 */
import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { within } from '../../lib/async/abort.ts';
import { SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import { isObject, parseJson } from '../../lib/json/json.ts';
import { parsePrivateKeys } from '../../lib/secrets/private-key.ts';
import { createCallsWith } from '../app/calls.ts';
import type { NamedApp } from '../app/named-app.ts';
import { loadTarget } from '../app/target.ts';
import { CommandError } from '../command-error.ts';
import { type AppFacts, askApp, toFingerprint } from '../doctor/ask-app.ts';
import type { CommandIo } from '../io/io.ts';
import { toWebUrl } from '../register/hosts.ts';
import { explainAws } from '../stage/explain-aws.ts';
import { findStage } from '../stage/find-stage.ts';

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
  const { app } = await loadTarget(stage, io);
  const text = await app.privateKeyPem();
  const old = parsePrivateKeys(text).filter((key) => !isSame(key, next));
  const keys = [next, ...old];
  const facts = await io.interruptible((signal) =>
    io.showing('Trying the keys at GitHub', () => tryKeys(keys, app, io, signal)),
  );
  const [first, ...rest] = facts.keys;
  if (first?.isTaken !== true) {
    throw new CommandError(
      `GitHub does not know the key in ${file} (${first?.fingerprint}). Nothing was changed. Generate it in ${facts.settingsUrl}, or name the file that came down there.`,
    );
  }
  const kept = keys.filter((_, index) => facts.keys[index]?.isTaken === true);
  await put(found.privateKeySecretArn, withKeys(text, kept), found.region);
  const toDelete = rest.filter(({ isTaken }) => isTaken).map(({ fingerprint }) => fingerprint);
  io.report(json, {
    value: {
      stage,
      key: first.fingerprint,
      accepted: kept.length,
      deleteAtGitHub: toDelete,
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
  });
}

async function readKeyFile(file: string, { folder }: CommandIo): Promise<KeyObject> {
  const text = await readFile(resolve(folder, file), 'utf8').catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new CommandError(`${file} cannot be read (${code}).`);
  });
  const [key, ...more] = parseFile(text, file);
  if (key === undefined || more.length > 0)
    throw new CommandError(`${file} holds more than one key: name one that holds the new one alone.`);
  return key;
}

function parseFile(text: string, file: string): readonly KeyObject[] {
  try {
    return parsePrivateKeys(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new CommandError(message.replace('The secret that PRIVATE_KEY_SECRET_ID names', file), {
      cause: error,
    });
  }
}

function tryKeys(
  keys: readonly KeyObject[],
  app: NamedApp,
  io: CommandIo,
  signal: AbortSignal,
): Promise<AppFacts> {
  return askApp({
    keys,
    ask: (key) => createCallsWith([key], app, io)({ method: 'GET', path: '/app' }, signal),
    now: () => io.clock.now(),
    webUrl: toWebUrl(app.apiUrl),
  });
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
