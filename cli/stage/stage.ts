/** A deployed stage, as the outputs of its stack name its parts. Pure. */
import { CommandError } from '../command-error.ts';

export interface Stage {
  readonly name: string;
  readonly stackName: string;
  readonly region: string;
  /** Client id or number of the App. */
  readonly appId: string;
  /** Without a slash at its end. */
  readonly apiUrl: string;
  /** The webhook URL for the App's settings. */
  readonly webhookAddress: string;
  readonly webhookSecretArn: string;
  /** Empty where KMS signs. */
  readonly privateKeySecretArn: string;
  /** ARN of the KMS key that signs, or its alias; undefined where the key is in a secret. */
  readonly privateKeyKmsKey: string | undefined;
  readonly ledgerTable: string;
  /** undefined inline. */
  readonly queue: { readonly url: string; readonly deadLetterUrl: string } | undefined;
  /** Of every function that is deployed. */
  readonly logGroups: readonly string[];
  /** Of the function that rotates the webhook secret; undefined where there is none. */
  readonly rotatorLogGroup: string | undefined;
}

/** Which stage of which app. */
export interface StageName {
  readonly name: string;
  readonly stackName: string;
  readonly region: string;
}

/** What every stack has that this release made; those of the queue are left out inline. */
const NEEDED = [
  'GitHubAppId',
  'GitHubApiUrl',
  'WebhookAddress',
  'WebhookSecretArn',
  'PrivateKeySecretArn',
  'LedgerTableName',
  'WebhookLogGroupName',
  'SweeperLogGroupName',
] as const;
const NEEDED_WITH_QUEUE = ['DeliveryQueueUrl', 'DeadLettersUrl', 'WorkerLogGroupName'] as const;

/** @throws CommandError Where the stack is older than this release, and lacks some of them. */
export function toStage(named: StageName, outputs: Readonly<Record<string, string>>): Stage {
  const queued = NEEDED_WITH_QUEUE.some((key) => key in outputs);
  const missing = [...NEEDED, ...(queued ? NEEDED_WITH_QUEUE : [])].filter(
    (key) => !(key in outputs) && !(key === 'PrivateKeySecretArn' && 'PrivateKeyKmsKey' in outputs),
  );
  if (missing.length > 0) {
    throw new CommandError(
      `The stack ${named.stackName} lacks the outputs ${missing.join(', ')}. An earlier release of hookmint deployed it: deploy this one first.`,
    );
  }
  const read = (key: (typeof NEEDED)[number] | (typeof NEEDED_WITH_QUEUE)[number]): string =>
    outputs[key] ?? '';
  const rotatorLogGroup = outputs['RotatorLogGroupName'];
  return {
    ...named,
    appId: read('GitHubAppId'),
    apiUrl: read('GitHubApiUrl').replace(/\/+$/, ''),
    webhookAddress: read('WebhookAddress'),
    webhookSecretArn: read('WebhookSecretArn'),
    privateKeySecretArn: read('PrivateKeySecretArn'),
    privateKeyKmsKey: outputs['PrivateKeyKmsKey'],
    ledgerTable: read('LedgerTableName'),
    queue: queued ? { url: read('DeliveryQueueUrl'), deadLetterUrl: read('DeadLettersUrl') } : undefined,
    logGroups: [
      read('WebhookLogGroupName'),
      read('SweeperLogGroupName'),
      ...(queued ? [read('WorkerLogGroupName')] : []),
      ...(rotatorLogGroup === undefined ? [] : [rotatorLogGroup]),
    ],
    rotatorLogGroup,
  };
}
