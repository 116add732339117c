/** The rotator function, which Secrets Manager calls once for each step of a rotation of the webhook secret. */
import { randomBytes } from 'node:crypto';
import { within } from '../async/abort.ts';
import { SYSTEM_CLOCK } from '../async/clock.ts';
import { createRotationClient, createSecretVersions } from '../aws/secret-versions.ts';
import { ServiceFault } from '../faults.ts';
import { readText } from '../json/json.ts';
import { createAppWebhook } from '../rotation/app-webhook.ts';
import { createRotation, type Rotation } from '../rotation/rotation.ts';
import type { InvocationContext } from '../webhook/intake.ts';
import { loadRotatorConfig } from './config.ts';
import { createApp } from './github-app.ts';
import { createParts, type FunctionOptions } from './parts.ts';
import { containStrayErrors } from './stray-errors.ts';

/** Where something other than Lambda invokes. */
const DEFAULT_TIME_MS = 900_000;

/** Kept back of the function's time, to log what happened. */
const MARGIN_MS = 1_000;

const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;
type Step = (typeof STEPS)[number];

/**
 * Makes the rotator function of an app.
 *
 * @returns Lambda's entry point. Its event is Secrets Manager's: `SecretId`, `ClientRequestToken`, `Step`. It throws
 *          where a step failed, and Secrets Manager tries again.
 * @throws ServiceFault `config_invalid`, naming every variable at fault, never a value.
 * @see AWS docs, "Rotation by Lambda function"
 */
export async function createRotatorFunction({
  env,
}: Pick<FunctionOptions, 'env'>): Promise<(event: unknown, context?: InvocationContext) => Promise<void>> {
  const config = loadRotatorConfig(env);
  const parts = await createParts(config, env);
  const app = await createApp(config, parts);
  containStrayErrors(process, parts.log);
  const rotation = createRotation({
    versions: createSecretVersions(config.webhookSecretId, createRotationClient(parts.aws)),
    webhook: createAppWebhook(app.call, SYSTEM_CLOCK),
    clock: SYSTEM_CLOCK,
    makeSecret: () => randomBytes(32).toString('hex'),
  });

  return async (event, context = {}) => {
    const remainingMs = context.getRemainingTimeInMillis?.() ?? DEFAULT_TIME_MS;
    const asked = toAsked(event, config.webhookSecretId);
    const step = asked?.step;
    try {
      if (asked === undefined)
        throw new ServiceFault('rotation_not_ready', 'This is no step of a rotation of the webhook secret.');
      const proof = await within(SYSTEM_CLOCK, Math.max(0, remainingMs - MARGIN_MS), (signal) =>
        takeStep(asked, rotation, signal),
      );
      parts.log.info('rotation', { step, outcome: 'done', ...(proof !== undefined && { proof }) });
    } catch (error) {
      parts.log.error('rotation', { ...(step !== undefined && { step }), outcome: 'failed', error });
      throw error;
    }
  };
}

interface Asked {
  readonly step: Step;
  /** Id of the version that is to become the current one. */
  readonly version: string;
}

/** @returns undefined for what is no step of a rotation of this very secret. */
function toAsked(event: unknown, secretId: string): Asked | undefined {
  const step = STEPS.find((each) => each === readText(event, 'Step'));
  const version = readText(event, 'ClientRequestToken');
  return step !== undefined && version !== undefined && isOwn(readText(event, 'SecretId'), secretId)
    ? { step, version }
    : undefined;
}

async function takeStep({ step, version }: Asked, rotation: Rotation, signal: AbortSignal) {
  return step === 'testSecret' ? rotation.testSecret(version, signal) : rotation[step](version, signal);
}

/** Secrets Manager names the secret by its whole ARN; a configuration may name it by that, or by its name. */
function isOwn(asked: string | undefined, own: string): boolean {
  return asked === own || asked?.replace(/^arn:.+:secret:(.+)-\w{6}$/, '$1') === own;
}
