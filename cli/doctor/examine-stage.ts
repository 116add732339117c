/** Asks AWS how a stage is doing. */
import { within } from '../../lib/async/abort.ts';
import { readField, readText } from '../../lib/json/json.ts';
import type { CommandIo } from '../io/io.ts';
import { explainAws } from '../stage/explain-aws.ts';
import { type LogLine, openLogLines } from '../stage/log-lines.ts';
import type { Stage } from '../stage/stage.ts';
import { type Check, learn } from './check.ts';
import { type ErrorLine, judgeStage, type Rotation, type StageFacts, type Sweep } from './judge-stage.ts';

/** What is asked of AWS. Every method throws what the SDK does. */
export interface StageProbes {
  /** Lines that match a pattern, the newest last. */
  lines(group: string, pattern: string, since: Date): Promise<readonly LogLine[]>;
  /** undefined where nobody has measured it of late. */
  queueAgeSeconds(queueUrl: string, now: Date): Promise<number | undefined>;
  messages(queueUrl: string): Promise<number>;
  rotation(secretArn: string): Promise<Omit<Rotation, 'now'>>;
}

const HOUR_MS = 3_600_000;
const TIMEOUT_MS = 20_000;

export async function examineStage(stage: Stage, io: CommandIo): Promise<readonly Check[]> {
  return judgeStage(await learnStage(stage, await openProbes(stage, io), io), stage.name);
}

export async function learnStage(
  { logGroups, queue, webhookSecretArn }: Pick<Stage, 'logGroups' | 'queue' | 'webhookSecretArn'>,
  probes: StageProbes,
  { clock }: Pick<CommandIo, 'clock'>,
): Promise<StageFacts> {
  const ago = (hours: number): Date => new Date(clock.now() - hours * HOUR_MS);
  const groupOf = (name: string): string => logGroups.find((group) => group.endsWith(`-${name}`)) ?? '';
  const asked = <T>(right: string, work: () => Promise<T>) =>
    learn(() =>
      work().catch((error: unknown) => {
        throw explainAws(error, 'looks at the stage', right);
      }),
    );
  const lines = (group: string, pattern: string, hours: number) => probes.lines(group, pattern, ago(hours));
  const [errors, queueAgeSeconds, deadLetters, sweep, previousSecret, rotation] = await Promise.all([
    asked('logs:FilterLogEvents', async () => {
      const found = await Promise.all(logGroups.map((group) => lines(group, '{ $.level = "ERROR" }', 1)));
      return found
        .flat()
        .map(toErrorLine)
        .toSorted((a, b) => a.at.getTime() - b.at.getTime());
    }),
    asked('cloudwatch:GetMetricData', async () =>
      queue === undefined ? undefined : probes.queueAgeSeconds(queue.url, new Date(clock.now())),
    ),
    asked('sqs:GetQueueAttributes', async () =>
      queue === undefined ? undefined : probes.messages(queue.deadLetterUrl),
    ),
    asked('logs:FilterLogEvents', async () =>
      toSweep((await lines(groupOf('sweeper'), '{ $.code = "sweep" }', 0.5)).at(-1)),
    ),
    asked('logs:FilterLogEvents', async () => {
      const pattern = '{ $.code = "previous_secret_needed" }';
      return (await lines(groupOf('webhook'), pattern, 24)).at(-1)?.at;
    }),
    asked('secretsmanager:DescribeSecret', async () => ({
      ...(await probes.rotation(webhookSecretArn)),
      now: new Date(clock.now()),
    })),
  ]);
  return { errors, queueAgeSeconds, deadLetters, sweep, previousSecret, rotation };
}

function toErrorLine({ at, group, fields }: LogLine): ErrorLine {
  const code = readText(fields, 'code') ?? readText(fields, 'message') ?? 'error';
  return { at, group, code, reason: readText(fields, 'reason') };
}

function toSweep(line: LogLine | undefined): Sweep | undefined {
  return line && { at: line.at, finished: readField(line.fields, 'finished') === true };
}

/** The clients load here alone. */
async function openProbes({ region }: Stage, { clock }: CommandIo): Promise<StageProbes> {
  const { CloudWatchClient, GetMetricDataCommand } = await import('@aws-sdk/client-cloudwatch');
  const { SQSClient, GetQueueAttributesCommand } = await import('@aws-sdk/client-sqs');
  const { DescribeSecretCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  const secrets = new SecretsManagerClient({ region });
  const readLines = await openLogLines(region);
  const metrics = new CloudWatchClient({ region });
  const queues = new SQSClient({ region });
  const inTime = <T>(work: (abortSignal: AbortSignal) => Promise<T>) => within(clock, TIMEOUT_MS, work);
  return {
    lines: (group, pattern, since) => readLines(group, pattern, since, inTime),
    async queueAgeSeconds(queueUrl, now) {
      const Dimensions = [{ Name: 'QueueName', Value: queueUrl.split('/').at(-1) ?? '' }];
      const Metric = { Namespace: 'AWS/SQS', MetricName: 'ApproximateAgeOfOldestMessage', Dimensions };
      const command = new GetMetricDataCommand({
        StartTime: new Date(now.getTime() - HOUR_MS / 4),
        EndTime: now,
        MetricDataQueries: [{ Id: 'age', MetricStat: { Metric, Period: 60, Stat: 'Maximum' } }],
      });
      const { MetricDataResults: [age] = [] } = await inTime((abortSignal) =>
        metrics.send(command, { abortSignal }),
      );
      return age?.Values?.[0];
    },
    async messages(QueueUrl) {
      const command = new GetQueueAttributesCommand({
        QueueUrl,
        AttributeNames: ['ApproximateNumberOfMessages'],
      });
      const { Attributes } = await inTime((abortSignal) => queues.send(command, { abortSignal }));
      return Number(Attributes?.['ApproximateNumberOfMessages'] ?? 0);
    },
    async rotation(SecretId) {
      const described = await inTime((abortSignal) =>
        secrets.send(new DescribeSecretCommand({ SecretId }), { abortSignal }),
      );
      const labels = Object.values(described.VersionIdsToStages ?? {});
      return {
        next: described.RotationEnabled === true ? described.NextRotationDate : undefined,
        last: described.LastRotatedDate,
        isBegun: labels.some((held) => held.includes('AWSPENDING') && !held.includes('AWSCURRENT')),
      };
    },
  };
}
