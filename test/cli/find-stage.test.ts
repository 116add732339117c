/** `--stage`: from a name to what is deployed, by the real client of CloudFormation. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { findStage } from '../../cli/stage/find-stage.ts';
import { parseServiceFile, toStackName } from '../../cli/stage/service-file.ts';
import { type CloudFormation, createCloudFormation } from '../../local/aws/cloudformation.ts';

const OUTPUTS = {
  GitHubAppId: 'Iv23ctTestClientId00',
  GitHubApiUrl: 'https://api.github.com/',
  WebhookAddress: 'https://abc.lambda-url.eu-west-1.on.aws/',
  WebhookSecretArn: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:webhook-AbCdEf',
  PrivateKeySecretArn: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:key-AbCdEf',
  LedgerTableName: 'widgets-prod-LedgerTable-1',
  WebhookLogGroupName: '/aws/lambda/widgets-prod-webhook',
  SweeperLogGroupName: '/aws/lambda/widgets-prod-sweeper',
};
const QUEUE_OUTPUTS = {
  DeliveryQueueUrl: 'https://sqs.eu-west-1.amazonaws.com/123456789012/deliveries',
  DeadLettersUrl: 'https://sqs.eu-west-1.amazonaws.com/123456789012/dead',
  WorkerLogGroupName: '/aws/lambda/widgets-prod-worker',
};

describe('findStage', () => {
  let aws: CloudFormation;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hookmint-stage-'));
    await writeFile(join(folder, 'serverless.yml'), "service: widgets\nprovider:\n  region: 'eu-west-1'\n");
  });
  afterAll(() => rm(folder, { recursive: true }));
  beforeEach(async () => {
    aws = await createCloudFormation();
    vi.stubEnv('AWS_ENDPOINT_URL_CLOUDFORMATION', aws.url);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await aws.close();
  });
  const find = (name = 'prod', env = {}) => findStage(name, { folder, env });

  it('refuses a name that is none, before it asks anybody', async () => {
    await expect(find('pr*d')).rejects.toThrow("'pr*d' cannot be a stage");
    expect(aws.calls).toEqual([]);
  });

  it('says where no app is', async () => {
    await expect(findStage('prod', { folder: tmpdir(), env: {} })).rejects.toThrow('in the folder of an app');
  });

  it('says which stack there is not, and what may be the reason', async () => {
    await expect(find('test', { AWS_REGION: 'us-east-2' })).rejects.toThrow(
      /no stack widgets-test in us-east-2.*npm run deploy -- --stage test/,
    );
  });

  it('names the right that is missing', async () => {
    aws.faults.next('access-denied');
    await expect(find()).rejects.toThrow(
      /reads the stack widgets-prod: refused.*cloudformation:DescribeStacks.*operator-policy/,
    );
  });

  it('names every output that an older stack lacks', async () => {
    const { GitHubAppId: _, ...older } = OUTPUTS;
    aws.put('widgets-prod', { ...older, DeliveryQueueUrl: QUEUE_OUTPUTS.DeliveryQueueUrl });
    await expect(find()).rejects.toThrow(
      'lacks the outputs GitHubAppId, DeadLettersUrl, WorkerLogGroupName. An earlier release',
    );
  });

  it.each(['internal', 'throttling', 'reset'] as const)('tries again after %s', async (fault) => {
    aws.put('widgets-prod', OUTPUTS);
    aws.faults.next(fault);
    expect(await find()).toMatchObject({ appId: 'Iv23ctTestClientId00' });
    expect(aws.calls).toHaveLength(2);
  });

  it('finds an inline stage', async () => {
    aws.put('widgets-prod', OUTPUTS);
    expect(await find()).toEqual({
      name: 'prod',
      stackName: 'widgets-prod',
      region: 'eu-west-1',
      appId: 'Iv23ctTestClientId00',
      apiUrl: 'https://api.github.com',
      webhookAddress: 'https://abc.lambda-url.eu-west-1.on.aws/',
      webhookSecretArn: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:webhook-AbCdEf',
      privateKeySecretArn: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:key-AbCdEf',
      ledgerTable: 'widgets-prod-LedgerTable-1',
      queue: undefined,
      logGroups: ['/aws/lambda/widgets-prod-webhook', '/aws/lambda/widgets-prod-sweeper'],
    });
  });

  it('finds the queue of a queued one', async () => {
    aws.put('widgets-prod', { ...OUTPUTS, ...QUEUE_OUTPUTS });
    const { queue, logGroups } = await find();
    expect(queue).toEqual({
      url: 'https://sqs.eu-west-1.amazonaws.com/123456789012/deliveries',
      deadLetterUrl: 'https://sqs.eu-west-1.amazonaws.com/123456789012/dead',
    });
    expect(logGroups).toContain('/aws/lambda/widgets-prod-worker');
  });
});

describe('serverless.yml', () => {
  it.each([
    { text: 'service: widgets # ours\n', stack: 'widgets-prod' },
    { text: 'service: "widgets"\n', stack: 'widgets-prod' },
    {
      text: 'service: widgets\nprovider:\n  stackName: acme-${self:service}-${sls:stage}\n',
      stack: 'acme-widgets-prod',
    },
    { text: 'service: widgets\nprovider:\n  stackName: \'acme-${opt:stage, "dev"}\'\n', stack: 'acme-prod' },
  ])('names the stack $stack', ({ text, stack }) => {
    const file = parseServiceFile(text);
    expect(file && toStackName(file, 'prod')).toBe(stack);
  });

  it.each(['', 'service: ${file(x)}\n', '  service: indented\n'])('says nothing of a service: %j', (text) => {
    expect(parseServiceFile(text)).toBeUndefined();
  });

  it('has the region of the template', () => {
    const text = "service: a\nprovider:\n  region: ${opt:region, env:AWS_REGION, 'us-east-1'}\n";
    expect(parseServiceFile(text)?.region).toBe('us-east-1');
  });
});
