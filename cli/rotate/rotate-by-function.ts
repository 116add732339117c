/** Has Secrets Manager rotate the webhook secret by the stage's own function, and watches that come to its end. */
import { randomUUID } from 'node:crypto';
import { sleep, type Clock } from '../../lib/async/clock.ts';
import { readField, readText } from '../../lib/json/json.ts';
import { isSignatureProof, type SignatureProof } from '../../lib/rotation/prove-secret.ts';
import type { SecretVersions } from '../../lib/rotation/rotation.ts';
import { CommandError } from '../command-error.ts';
import type { Progress } from '../io/progress.ts';

export interface RotatorDeps {
  /** Begins a rotation to this version. */
  readonly begin: (version: string, signal: AbortSignal) => Promise<void>;
  readonly versions: Pick<SecretVersions, 'labels'>;
  /** What the function has logged of its steps since, the newest last. */
  readonly steps: (since: Date, signal: AbortSignal) => Promise<readonly unknown[]>;
  readonly clock: Clock;
}

const LOOK_EVERY_MS = 2_500;

/** A rotation takes a minute and a half: 40 s until every process would look, and half a minute for a delivery to be seen. */
const PATIENCE_MS = 5 * 60_000;

/** How often the log is read for the proof once the rotation has ended: lines come some seconds late. */
const LOOKS_AT_LOG = 6;

/**
 * @returns What was seen of GitHub's signatures; undefined where the function's log does not show it yet.
 * @throws CommandError Where a step failed, or nothing ended.
 */
export async function rotateByFunction(
  deps: RotatorDeps,
  progress: Progress,
  signal: AbortSignal,
): Promise<SignatureProof | undefined> {
  const { begin, versions, clock } = deps;
  const version = randomUUID();
  const begun = new Date(clock.now());
  await begin(version, signal);
  progress.say('The function rotates it');
  while (clock.now() - begun.getTime() < PATIENCE_MS) {
    await sleep(clock, LOOK_EVERY_MS, signal);
    if ((await versions.labels(signal)).get(version)?.has('AWSCURRENT') === true)
      return awaitProof(deps, begun, signal);
    const told = await deps.steps(begun, signal);
    const failed = told.find((line) => readText(line, 'outcome') === 'failed');
    if (failed !== undefined) throw toError(failed);
    const step = readText(told.at(-1), 'step');
    // Where something else in the secret changed meanwhile, the current version is not this one.
    if (step === 'finishSecret') return awaitProof(deps, begun, signal);
    if (step !== undefined) progress.say(`The function rotates it: ${step} has ended`);
  }
  throw new CommandError(
    'The rotation has not ended within five minutes. Secrets Manager goes on by itself, and both secrets are accepted. Run this again to take the steps from here.',
  );
}

async function awaitProof(
  { steps, clock }: RotatorDeps,
  begun: Date,
  signal: AbortSignal,
): Promise<SignatureProof | undefined> {
  for (let look = 0; look < LOOKS_AT_LOG; look += 1) {
    if (look > 0) await sleep(clock, LOOK_EVERY_MS, signal);
    const told = await steps(begun, signal);
    const proof = told.map((line) => readText(line, 'proof')).findLast(isSignatureProof);
    if (proof !== undefined) return proof;
  }
  return undefined;
}

function toError(line: unknown): CommandError {
  const error = readField(line, 'error');
  const what = readText(error, 'message') ?? readText(error, 'code') ?? 'see its log';
  return new CommandError(
    `The function failed in ${readText(line, 'step') ?? 'a step'}: ${what} Both secrets are accepted, and Secrets Manager tries again. Run this again to take the steps from here.`,
  );
}
