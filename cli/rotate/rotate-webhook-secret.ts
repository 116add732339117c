/** Rotates the webhook secret of a stage by hand, in the steps of `lib/rotation`; where one was begun, that one goes on. */
import { randomBytes, randomUUID } from 'node:crypto';
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

export interface RotateSecretOptions {
  readonly stage: string;
  readonly endOld: boolean;
  readonly json: boolean;
}

interface Rotated {
  readonly resumed: boolean;
  readonly proof: SignatureProof;
}

const RIGHTS = 'secretsmanager:DescribeSecret, GetSecretValue, PutSecretValue, UpdateSecretVersionStage';

/** @throws CommandError, ServiceFault, Interrupted. Run again, it goes on where it ended. */
export async function rotateWebhookSecret(
  { stage, endOld, json }: RotateSecretOptions,
  io: CommandIo,
): Promise<void> {
  const found = await findStage(stage, io);
  const { app } = await loadTarget(stage, io);
  const versions = await openVersions(found.webhookSecretArn, found.region);
  const call = await createCalls(app, io);
  const rotated = await io.interruptible((signal) =>
    io.showing('Looking at the secret', async (progress) => {
      try {
        const rotation = createRotation({
          versions,
          webhook: createAppWebhook(call, io.clock),
          clock: io.clock,
          makeSecret: () => randomBytes(32).toString('hex'),
        });
        return await rotate(rotation, versions, progress, signal);
      } catch (error) {
        if (signal.aborted) tellHowToGoOn(stage, io);
        throw explain(error);
      }
    }),
  );
  const ended = endOld ? await io.interruptible((signal) => endPrevious(versions, signal)) : false;
  io.report(json, {
    value: { ...rotated, stage, oldEnded: ended },
    lines: [
      `${rotated.resumed ? 'The rotation that had begun came to its end' : 'The webhook secret was rotated'}: ${PROOFS[rotated.proof]}.`,
      ended
        ? 'The old secret is not accepted any more; processes that are warm may take it for five minutes.'
        : 'The old one is accepted for a day. hookmint doctor shows when it was last needed; --end-old ends it now.',
    ],
  });
}

const PROOFS: Readonly<Record<SignatureProof, string>> = {
  'signed with it': 'GitHub signs with the new one',
  accepted: 'what GitHub delivered since is accepted',
  'nothing delivered': 'nothing was delivered since, so nobody has seen it sign',
  refused: 'GitHub does not sign with the new one',
  'signed with another': 'GitHub signs with the old one',
};

async function openVersions(arn: string, region: string): Promise<SecretVersions> {
  const { SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  return createSecretVersions(arn, new SecretsManagerClient({ region }));
}

async function rotate(
  rotation: ReturnType<typeof createRotation>,
  versions: SecretVersions,
  progress: Progress,
  signal: AbortSignal,
): Promise<Rotated> {
  const labels = [...(await versions.labels(signal))];
  const begun = labels.find(([, held]) => held.has('AWSPENDING') && !held.has('AWSCURRENT'))?.[0];
  const version = begun ?? randomUUID();
  progress.say('Making the new secret');
  await rotation.createSecret(version, signal);
  progress.say(`Waiting until every process would look: ${SETTLE_MS / 1_000} s at most`);
  await rotation.setSecret(version, signal);
  progress.say('Seeing that GitHub signs with it');
  const proof = await rotation.testSecret(version, signal);
  progress.say('Making it the current one');
  await rotation.finishSecret(version, signal);
  return { resumed: begun !== undefined, proof };
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
