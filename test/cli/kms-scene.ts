/** A stage on this machine whose App signs in KMS: KMS, Secrets Manager, CloudFormation and GitHub stand in. */
import { vi } from 'vitest';
import { SYSTEM_CLOCK, type Clock } from '../../lib/async/clock.ts';
import { createCloudFormation } from '../../local/aws/cloudformation.ts';
import { createKms, type Kms } from '../../local/aws/kms.ts';
import { createSecretsManager, type SecretsManager } from '../../local/aws/secrets-manager.ts';
import { type AppScene, PRIVATE_KEY_PEM, startAppScene, WEBHOOK_SECRET } from './app-scene.ts';
import { leakedFrom } from './leaked.ts';
import type { Ended, RunningCommand } from './run.ts';

export const ALIAS = 'alias/hookmint-prod';
const WEBHOOK_SECRET_ID = 'hookmint/webhook-secret';
const ENV = { AWS_REGION: 'eu-central-1' };

export interface KmsScene extends Pick<AppScene, 'github' | 'folder'> {
  readonly kms: Kms;
  readonly secrets: SecretsManager;
  /** Outputs of the stack; default: KMS signs with `ALIAS`. */
  deploy(outputs: Readonly<Record<string, string>>): void;
  /** @param args With `--stage prod` where they name a stage. */
  run(...args: string[]): Promise<Ended>;
  start(...args: string[]): RunningCommand;
  /** What was asked of KMS since the last time. */
  operations(): readonly string[];
  close(): Promise<void>;
}

export async function startKmsScene(): Promise<KmsScene> {
  const [scene, kms, secrets, stacks] = await Promise.all([
    startAppScene(),
    createKms(),
    createSecretsManager(),
    createCloudFormation(),
  ]);
  secrets.put(WEBHOOK_SECRET_ID, WEBHOOK_SECRET);
  const deploy: KmsScene['deploy'] = (outputs) =>
    stacks.put('hookmint-prod', {
      GitHubAppId: '31415',
      GitHubApiUrl: scene.github.url,
      WebhookAddress: 'https://hooks.example.com/',
      WebhookSecretArn: WEBHOOK_SECRET_ID,
      LedgerTableName: 'ledger',
      WebhookLogGroupName: '/aws/lambda/webhook',
      SweeperLogGroupName: '/aws/lambda/sweeper',
      ...outputs,
    });
  deploy({ PrivateKeyKmsKey: ALIAS });
  await scene.folder.write('serverless.yml', 'service: hookmint\n');
  const variables = {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_KMS: kms.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
    AWS_ENDPOINT_URL_CLOUDFORMATION: stacks.url,
  };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  let seen = 0;
  return {
    github: scene.github,
    folder: scene.folder,
    kms,
    secrets,
    deploy,
    async run(...args) {
      const ended = await scene.run(args, { env: ENV, clock: createSettlingClock() });
      const leaked = leakedFrom([WEBHOOK_SECRET, PRIVATE_KEY_PEM], ended.stdout + ended.stderr);
      if (leaked.length > 0) throw new Error(`the command printed ${leaked.join(' and ')}`);
      return ended;
    },
    start: (...args) => scene.folder.start(args, { env: ENV }),
    operations() {
      const since = kms.calls.slice(seen).map(({ operation }) => operation);
      seen = kms.calls.length;
      return since;
    },
    async close() {
      vi.unstubAllEnvs();
      await Promise.all([scene.close(), kms.close(), secrets.close(), stacks.close()]);
    },
  };
}

/** The two seconds between two tries pass in a moment, and count for more, so that waiting ends after a few. */
function createSettlingClock(): Clock {
  let skippedMs = 0;
  return {
    now: () => Date.now() + skippedMs,
    after(ms, callback) {
      if (ms !== 2_000) return SYSTEM_CLOCK.after(ms, callback);
      return SYSTEM_CLOCK.after(0, () => {
        skippedMs += 4 * ms;
        callback();
      });
    },
  };
}
