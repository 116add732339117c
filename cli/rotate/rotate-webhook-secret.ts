/**
 * Rotates the webhook secret of a stage by hand: by the stage's own function where there is one, otherwise in the steps of
 * `lib/rotation` from here. A rotation that was begun, by whomever, is brought to its end from here.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createSecretVersions } from '../../lib/aws/secret-versions.ts';
import { createAppWebhook } from '../../lib/rotation/app-webhook.ts';
import type { SignatureProof } from '../../lib/rotation/prove-secret.ts';
import { createRotation, SETTLE_MS, type SecretVersions } from '../../lib/rotation/rotation.ts';
import { createCalls } from '../app/calls.ts';
import { loadTarget } from '../app/target.ts';
import { CommandError } from '../command-error.ts';
import type { CommandIo } from '../io/io.ts';
import type { Progress } from '../io/progress.ts';
import { explainAws } from '../stage/explain-aws.ts';
import { findStage } from '../stage/find-stage.ts';
import type { Stage } from '../stage/stage.ts';
import { rotateByFunction } from './rotate-by-function.ts';
import { openRotator } from './rotator-of-stage.ts';

export interface RotateSecretOptions {
  readonly stage: string;
  readonly endOld: boolean;
  readonly json: boolean;
}

interface Rotated {
  /** Who took the steps. */
  readonly by: 'function' | 'command';
  readonly resumed: boolean;
  /** undefined where the function's log does not show it yet. */
  readonly proof: SignatureProof | undefined;
}

const RIGHTS = 'secretsmanager:DescribeSecret, GetSecretValue, PutSecretValue, UpdateSecretVersionStage';

/** @throws CommandError, ServiceFault, Interrupted. Run again, it goes on where it ended. */
export async function rotateWebhookSecret(
  { stage, endOld, json }: RotateSecretOptions,
  io: CommandIo,
): Promise<void> {
  const found = await findStage(stage, io);
  const { SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  const client = new SecretsManagerClient({ region: found.region });
  const versions = createSecretVersions(found.webhookSecretArn, client);
  const rotated = await io.interruptible((signal) =>
    io.showing('Looking at the secret', async (progress) => {
      try {
        const begun = await findBegun(versions, signal);
        return found.rotatorLogGroup === undefined || begun !== undefined
          ? await rotateFromHere({ stage, begun, versions }, io, progress, signal)
          : await rotateThere({ found, log: found.rotatorLogGroup, client, versions }, io, progress, signal);
      } catch (error) {
        if (signal.aborted) tellHowToGoOn(stage, io);
        throw explain(error);
      }
    }),
  );
  const ended = endOld ? await io.interruptible((signal) => endPrevious(versions, signal)) : false;
  const { proof, ...others } = rotated;
  io.report(json, {
    value: { ...others, proof: proof ?? null, stage, oldEnded: ended },
    lines: [
      `${rotated.resumed ? 'The rotation that had begun came to its end' : 'The webhook secret was rotated'}: ${proof === undefined ? NOT_TOLD : PROOFS[proof]}.`,
      ended
        ? 'The old secret has ended. A process that has taken a delivery with the new one refuses it within five seconds, any other within five minutes.'
        : 'The old one is accepted for a day. hookmint doctor shows when it was last needed; --end-old ends it now.',
    ],
  });
}

const NOT_TOLD = "the function's log does not tell yet what it saw of GitHub's signatures";

const PROOFS: Readonly<Record<SignatureProof, string>> = {
  'signed with it': 'GitHub signs with the new one',
  accepted: 'what GitHub delivered since is accepted',
  'nothing delivered': 'nothing was delivered since, so nobody has seen it sign',
  refused: 'GitHub does not sign with the new one',
  'signed with another': 'GitHub signs with the old one',
};

interface ToFinish {
  readonly stage: string;
  /** The version that another run has begun with. */
  readonly begun: string | undefined;
  readonly versions: SecretVersions;
}

async function rotateFromHere(
  { stage, begun, versions }: ToFinish,
  io: CommandIo,
  progress: Progress,
  signal: AbortSignal,
): Promise<Rotated> {
  const { app } = await loadTarget(stage, io);
  const rotation = createRotation({
    versions,
    webhook: createAppWebhook(await createCalls(app, io), io.clock),
    clock: io.clock,
    makeSecret: () => randomBytes(32).toString('hex'),
  });
  const version = begun ?? randomUUID();
  progress.say('Making the new secret');
  await rotation.createSecret(version, signal);
  progress.say(`Waiting until every process would look: ${SETTLE_MS / 1_000} s at most`);
  await rotation.setSecret(version, signal);
  progress.say('Seeing that GitHub signs with it');
  const proof = await rotation.testSecret(version, signal);
  progress.say('Making it the current one');
  await rotation.finishSecret(version, signal);
  return { by: 'command', resumed: begun !== undefined, proof };
}

interface There {
  readonly found: Stage;
  /** The function's. */
  readonly log: string;
  readonly client: SecretsManagerClient;
  readonly versions: SecretVersions;
}

async function rotateThere(
  { found, log, client, versions }: There,
  { clock }: CommandIo,
  progress: Progress,
  signal: AbortSignal,
): Promise<Rotated> {
  const rotator = await openRotator(found, log, client);
  const proof = await rotateByFunction({ ...rotator, versions, clock }, progress, signal);
  return { by: 'function', resumed: false, proof };
}

async function findBegun(versions: SecretVersions, signal: AbortSignal): Promise<string | undefined> {
  const labels = [...(await versions.labels(signal))];
  return labels.find(([, held]) => held.has('AWSPENDING') && !held.has('AWSCURRENT'))?.[0];
}

/** @returns Whether there was an old one. */
async function endPrevious(versions: SecretVersions, signal: AbortSignal): Promise<boolean> {
  const labels = [...(await versions.labels(signal))];
  const previous = labels.find(([, held]) => held.has('AWSPREVIOUS'))?.[0];
  return previous !== undefined && (await versions.move('AWSPREVIOUS', undefined, previous, signal));
}

function tellHowToGoOn(stage: string, io: CommandIo): void {
  io.tell(
    `Ended between two steps. Every delivery goes on being accepted; to go on: hookmint rotate webhook-secret --stage ${stage}`,
  );
}

/** What is no word of ours is the SDK's. */
function explain(error: unknown): unknown {
  const isSdk = error instanceof Error && '$metadata' in error;
  return isSdk && !(error instanceof CommandError)
    ? explainAws(error, 'rotates the webhook secret', RIGHTS)
    : error;
}
