/** The parameters of the deployment: defaults that hold together, and a clear word about every other that does not. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PARAMETERS } from '../../infra/parameters.cjs';
import toSettings from '../../infra/settings.cjs';

const SERVERLESS = readFileSync(new URL('../../serverless.yml', import.meta.url), 'utf8');

const ONE = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:one-AbCdEf';
const OTHER = 'arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:team/other-GhIjKl';

type Params = Readonly<Record<string, string>>;

/** As osls asks for them. */
function settle(params: Params, given: readonly string[] = [], prod: Params = {}): Promise<object> {
  return toSettings({
    resolveVariable: async (variable) => params[variable.replace(/^param:(\w+), null$/, '$1')] ?? null,
    resolveConfigurationProperty: async () => ({ default: params, prod }),
    options: { param: [...given] },
  });
}

describe('refuses', () => {
  it.each([
    { name: 'another shape', params: { shape: 'queue' }, problem: 'shape must be inline or queued' },
    { name: 'no App id', params: { githubAppId: '0' }, problem: 'githubAppId must be' },
    { name: 'plain HTTP', params: { githubApiUrl: 'http://api.github.com' }, problem: 'githubApiUrl must' },
    { name: 'the name of a secret', params: { webhookSecretArn: 'hookmint/webhook' }, problem: 'whole ARN' },
    { name: 'part of an ARN', params: { privateKeySecretArn: ONE.slice(0, -7) }, problem: 'whole ARN' },
    { name: 'a domain alone', params: { domainName: 'hooks.example.com' }, problem: 'given together' },
    { name: 'half of a second worker', params: { workerConcurrency: '2.5' }, problem: 'workerConcurrency' },
    { name: 'one worker', params: { workerConcurrency: '1' }, problem: 'from 2 to 1000' },
    { name: 'a bound that is none', params: { webhookConcurrency: '-1' }, problem: 'webhookConcurrency' },
    { name: 'an unknown release', params: { release: 'Canary50Percent' }, problem: 'release must be' },
    { name: 'a topic by name', params: { alarmTopicArn: 'alarms' }, problem: 'alarmTopicArn must be' },
    {
      name: 'a log without metrics',
      params: { logLevel: 'warn' },
      problem: 'logLevel must be debug or info',
    },
    {
      name: 'a collector with a key in its URL',
      params: { tracesEndpoint: 'https://key@traces.example.com' },
      problem: 'tracesEndpoint must be',
    },
    {
      name: 'headers for nobody',
      params: { tracesHeadersSecretArn: ONE },
      problem: 'tracesHeadersSecretArn needs',
    },
    { name: 'a budget in words', params: { budgetUsd: 'ten' }, problem: 'budgetUsd must be' },
    {
      name: 'a budget that tells nobody',
      params: { budgetUsd: '10' },
      problem: 'budgetUsd needs alarmTopicArn',
    },
    {
      name: 'an id of a signing configuration',
      params: { codeSigningConfigArn: 'csc-0a1b2c3d4e5f60718' },
      problem: 'codeSigningConfigArn must be',
    },
    {
      name: 'a rotation each half day',
      params: { webhookSecretRotationDays: '0.5' },
      problem: 'webhookSecretRotationDays must',
    },
    {
      name: 'a rotation in a thousand and one days',
      params: { webhookSecretRotationDays: '1001' },
      problem: 'up to 1000',
    },
    { name: 'days that AWS has not', params: { logRetentionDays: '31' }, problem: 'logRetentionDays' },
  ])('$name', async ({ params, problem }) => {
    await expect(settle(params)).rejects.toThrow(problem);
  });

  it('one secret for both, with a queue only', async () => {
    const same = { webhookSecretArn: ONE, privateKeySecretArn: ONE };
    await expect(settle(same)).rejects.toThrow(
      'must differ: with a queue the public function must not be able to read the private key',
    );
    await expect(settle({ ...same, privateKeySecretArn: OTHER })).resolves.toMatchObject({
      webhookSecret: ONE,
      privateKeySecret: OTHER,
    });
    await expect(settle({ ...same, shape: 'inline' })).resolves.toMatchObject({ privateKeySecret: ONE });
  });

  it('a misspelt parameter, which would leave its default in force', async () => {
    await expect(settle({}, ['shpae=inline'])).rejects.toThrow('shpae is not one of shape,');
    await expect(settle({}, [], { worker: '3' })).rejects.toThrow('worker is not one of shape,');
    await expect(settle({}, ['shape=queued'], { workerConcurrency: '3' })).resolves.toBeDefined();
  });

  it('all that is wrong at once, and shows no stack', async () => {
    const wrong = settle({ shape: 'no', logLevel: 'no' });
    await expect(wrong).rejects.toMatchObject({ stack: '' });
    await expect(wrong).rejects.toThrow(/shape must .*; logLevel must/);
  });
});

it('takes a default for what nobody gave: an app need not know the parameters of a later package', async () => {
  await expect(settle({})).resolves.toMatchObject({
    shape: 'queued',
    frontDoor: 'url',
    githubApiUrl: 'https://api.github.com',
    webhookConcurrency: 100,
    requestsPerSecond: 1000,
    release: 'CodeDeployDefault.LambdaCanary10Percent5Minutes',
    webhookSecretRotates: 'scheduled',
    webhookSecretRotationDays: 90,
  });
});

it('rotates nothing by itself where the days are none', async () => {
  await expect(settle({ webhookSecretRotationDays: '0' })).resolves.toMatchObject({
    webhookSecretRotates: 'never',
  });
});

it('rotates a secret that the stack did not make only where somebody said how often', async () => {
  await expect(settle({ webhookSecretArn: ONE })).resolves.toMatchObject({
    webhookSecretRotates: 'never',
    webhookSecretRotationDays: 0,
  });
  const said = { webhookSecretArn: ONE, webhookSecretRotationDays: '30' };
  await expect(settle(said)).resolves.toMatchObject({
    webhookSecretRotates: 'scheduled',
    webhookSecretRotationDays: 30,
  });
});

it('has defaults that serverless.yml shows as they are', () => {
  const [, block = ''] = /^params:\n {2}default:\n((?: {4}.*\n)+)/m.exec(SERVERLESS) ?? [];
  const shown = [...block.matchAll(/^ {4}(\w+): (?:'([^']*)'|([^\s#]+))/gm)];
  const defaults = Object.entries(PARAMETERS).map(([name, parameter]) => [name, parameter.default]);
  expect(shown).not.toEqual([]);
  expect(defaults).toEqual(
    expect.arrayContaining(shown.map(([, name, quoted, plain]) => [name, quoted ?? plain])),
  );
});
