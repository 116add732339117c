/** A deployment on this machine, and a stage that the commands find it by, as the outputs of a stack. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { vi } from 'vitest';
import { parseJson, readText } from '../../lib/json/json.ts';
import { type CloudFormation, createCloudFormation } from '../../local/aws/cloudformation.ts';
import { type CloudWatchLogs, createCloudWatchLogs } from '../../local/aws/cloudwatch-logs.ts';
import { LEDGER_TABLE, PRIVATE_KEY_SECRET_ID, WEBHOOK_SECRET_ID } from '../../local/server/stand-ins.ts';
import { loadWorld } from '../harness/deliver.ts';
import { PROJECT } from '../harness/build.ts';
import { type Deployment, startDeployment } from '../harness/deployment.ts';
import { type Ended, type Folder, makeFolder } from './run.ts';

export interface StageScene {
  readonly deployment: Deployment;
  readonly cloudFormation: CloudFormation;
  readonly logs: CloudWatchLogs;
  readonly folder: Folder;
  /** Runs a command with `--stage prod`. */
  run(...args: string[]): Promise<Ended>;
  close(): Promise<void>;
}

interface SceneOptions {
  readonly queued: boolean;
  /** Folder of built functions. */
  readonly functions: string;
  /** The handler table that they were built of, from the project's folder. */
  readonly handlers: string;
}

const EVENT = 'issues';
const GROUP = '/aws/lambda/hookmint-prod-all';

export async function startStageScene({ queued, functions, handlers }: SceneOptions): Promise<StageScene> {
  const deployment = await startDeployment({ functions, queued });
  const cloudFormation = await createCloudFormation();
  const logs = await createCloudWatchLogs();
  logs.createGroup(GROUP, () => deployment.lines);
  const { sqs } = queued ? deployment : { sqs: undefined };
  cloudFormation.put('hookmint-prod', {
    GitHubAppId: String(loadWorld().app.id),
    GitHubApiUrl: deployment.github.url,
    WebhookAddress: 'https://hooks.example.com/',
    WebhookSecretArn: WEBHOOK_SECRET_ID,
    PrivateKeySecretArn: PRIVATE_KEY_SECRET_ID,
    LedgerTableName: LEDGER_TABLE,
    WebhookLogGroupName: GROUP,
    SweeperLogGroupName: GROUP,
    ...(sqs && {
      DeliveryQueueUrl: sqs.queueUrl,
      DeadLettersUrl: sqs.deadLetterUrl,
      WorkerLogGroupName: GROUP,
    }),
  });
  const folder = await makeFolder();
  await folder.write('serverless.yml', 'service: hookmint\nprovider:\n  region: eu-west-1\n');
  await folder.link('functions/handlers/index.ts', join(PROJECT, handlers));
  const variables = {
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.url,
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: logs.url,
    AWS_ENDPOINT_URL_DYNAMODB: deployment.dynamodbUrl,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: deployment.secretsManager.url,
    ...(sqs && { AWS_ENDPOINT_URL_SQS: sqs.url }),
  };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  return {
    deployment,
    cloudFormation,
    logs,
    folder,
    run: (...args) => folder.run([...args, '--stage', 'prod']),
    async close() {
      vi.unstubAllEnvs();
      await folder.remove();
      await Promise.all([cloudFormation.close(), logs.close()]);
      await deployment.close();
    },
  };
}

interface LoggedOptions {
  readonly id: string;
  readonly at?: Date;
  readonly redelivery?: boolean;
  /** Default: that of the fixtures. */
  readonly hookId?: string;
}

/** Delivers, and keeps the answer in GitHub's log as GitHub does. */
export async function deliverLogged(
  { deployment }: StageScene,
  payload: object,
  { id, at = new Date(), redelivery = false, hookId }: LoggedOptions,
): Promise<number> {
  const own = hookId === undefined ? {} : { 'X-GitHub-Hook-ID': hookId };
  const { status, text } = await deployment.deliver(payload, { event: EVENT, id, headers: own });
  deployment.github.deliveries.add({
    guid: id,
    event: EVENT,
    action: readText(payload, 'action') ?? null,
    statusCode: status,
    deliveredAt: at,
    redelivery,
    request: { headers: { ...(await readHeaders()), ...own }, payload },
    response: { payload: parseJson(text) === undefined ? null : text },
  });
  return status;
}

/** Of what the tests deliver: the hook's id above all. */
async function readHeaders(): Promise<Record<string, string>> {
  const text = await readFile(join(PROJECT, 'test/app/functions/fixtures/ping.json'), 'utf8');
  const { headers }: { headers: Record<string, string> } = JSON.parse(text);
  return headers;
}
