/** `hookmint key`: which key signs, where it is, and whether GitHub takes it. */
import { ServiceFault } from '../../lib/faults.ts';
import type { NamedApp } from '../app/named-app.ts';
import { loadTarget } from '../app/target.ts';
import type { AppFacts } from '../doctor/ask-app.ts';
import { askWithKeys } from '../doctor/ask-with-keys.ts';
import type { CommandIo } from '../io/io.ts';
import { type Line, painted } from '../io/lines.ts';
import { findStage } from '../stage/find-stage.ts';
import type { Stage } from '../stage/stage.ts';
import { isTaken, readRing } from './read-ring.ts';

export interface ShowKeyOptions {
  readonly stage?: string;
  readonly json: boolean;
}

interface ShownKey {
  /** null where KMS does not tell it. */
  readonly fingerprint: string | null;
  readonly signs: boolean;
  /** null where nobody could ask, since the key does not sign. */
  readonly takenByGitHub: boolean | null;
  readonly kms: {
    readonly arn: string;
    readonly spec: string;
    readonly state: string;
    readonly deletionAt: Date | null;
  } | null;
}

/** @throws CommandError, ServiceFault, Interrupted */
export async function runShow({ stage: name, json }: ShowKeyOptions, io: CommandIo): Promise<void> {
  const { app } = await loadTarget(name, io);
  const stage = name === undefined ? undefined : await findStage(name, io);
  const keys = await io.interruptible((signal) =>
    io.showing('Asking GitHub about the keys', () =>
      stage?.privateKeyKmsKey === undefined ? showReadable(app, io, signal) : showKms(stage, app, io, signal),
    ),
  );
  const { appId, apiUrl, keyIsIn } = app;
  io.report(json, {
    value: { app: { appId, apiUrl }, keyIsIn, kmsKey: stage?.privateKeyKmsKey ?? null, keys },
    lines: describe(keys, app, stage),
  });
  if (keys.find(({ signs }) => signs)?.takenByGitHub !== true) io.foundWrong();
}

/** The first that GitHub takes is the one that signs. */
async function showReadable(app: NamedApp, io: CommandIo, signal: AbortSignal): Promise<readonly ShownKey[]> {
  const keys = await app.keys();
  const asked = await askWithKeys(keys, app, io, signal).catch((error: unknown): Pick<AppFacts, 'keys'> => {
    if (error instanceof ServiceFault && error.code === 'jwt_refused') return { keys: [] };
    throw error;
  });
  const taken = asked.keys.map((each) => each.isTaken);
  const signing = Math.max(taken.indexOf(true), 0);
  return Promise.all(
    keys.map(async (key, index) => ({
      fingerprint: await key.fingerprint(),
      signs: index === signing,
      takenByGitHub: taken[index] ?? false,
      kms: null,
    })),
  );
}

async function showKms(
  stage: Stage,
  app: NamedApp,
  io: CommandIo,
  signal: AbortSignal,
): Promise<readonly ShownKey[]> {
  const { openStageKms } = await import('./stage-kms.ts');
  const kms = openStageKms(stage);
  const shown: ShownKey[] = [];
  for (const key of await readRing(kms, stage)) {
    const { fingerprint, signs, arn, spec, state, deletionAt } = key;
    const takenByGitHub = await isTaken(key, kms, { app, io, signal });
    shown.push({ fingerprint, signs, takenByGitHub, kms: { arn, spec, state, deletionAt } });
  }
  return shown;
}

const PLACES: Readonly<Record<NamedApp['keyIsIn'], string>> = {
  file: 'a file on this machine',
  secret: 'a secret in Secrets Manager',
  kms: 'KMS',
};

function describe(keys: readonly ShownKey[], app: NamedApp, stage: Stage | undefined): readonly Line[] {
  const missing =
    keys.some(({ signs }) => signs) || stage === undefined
      ? []
      : [
          `There is no key behind ${stage.privateKeyKmsKey}: hookmint key import FILE --stage ${stage.name} brings one in.`,
        ];
  return [
    `The App ${app.appId} signs with a key in ${PLACES[app.keyIsIn]}${app.keyIsIn === 'kms' ? `, behind ${stage?.privateKeyKmsKey}` : ''}.`,
    ...keys.flatMap(describeKey),
    ...missing,
  ];
}

function describeKey({ fingerprint, signs, takenByGitHub, kms }: ShownKey): readonly Line[] {
  const mark = signs ? painted('bold', 'signs') : '     ';
  const word =
    takenByGitHub === null
      ? 'it does not sign'
      : takenByGitHub
        ? 'GitHub takes it'
        : painted(signs ? 'red' : 'dim', 'GitHub does not know it');
  const until = kms?.deletionAt ? `, until ${kms.deletionAt.toISOString()}` : '';
  return [
    [mark, `  ${fingerprint ?? '(no fingerprint)'}  `, word],
    ...(kms === null ? [] : [`       ${kms.arn} (${kms.spec}, ${kms.state}${until})`]),
  ];
}
