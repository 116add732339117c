import { describe, expect, it } from 'vitest';
import {
  loadRotatorConfig,
  loadSweeperConfig,
  loadWebhookConfig,
  loadWorkerConfig,
} from '../../lib/functions/config.ts';
import { ServiceFault } from '../../lib/faults.ts';

const GOOD = {
  GITHUB_APP_ID: 'Iv23liHookmintLocal1',
  GITHUB_API_URL: 'https://api.github.com',
  WEBHOOK_SECRET_ID: 'hookmint/webhook-secret',
  PRIVATE_KEY_SECRET_ID: 'hookmint/private-key',
  LOG_LEVEL: 'info',
};
const QUEUE_URL = 'https://sqs.eu-central-1.amazonaws.com/123456789012/hookmint';
const { WEBHOOK_SECRET_ID: _, ...WORKER } = { ...GOOD, LEDGER_TABLE: 'hookmint-ledger' };

type Environment = Readonly<Record<string, string | undefined>>;

const FUNCTIONS = [
  { name: 'inline webhook', load: loadWebhookConfig, good: { ...GOOD, LEDGER_TABLE: 'hookmint-ledger' } },
  { name: 'queued webhook', load: loadWebhookConfig, good: { ...GOOD, DELIVERY_QUEUE_URL: QUEUE_URL } },
  { name: 'worker', load: loadWorkerConfig, good: WORKER },
  { name: 'sweeper', load: loadSweeperConfig, good: { ...WORKER, DELIVERY_QUEUE_URL: QUEUE_URL } },
  { name: 'rotator', load: loadRotatorConfig, good: GOOD },
] as const satisfies readonly {
  readonly name: string;
  readonly load: (env: Environment) => object;
  readonly good: Environment;
}[];

const REQUIRED = {
  'inline webhook': ['GITHUB_APP_ID', 'WEBHOOK_SECRET_ID', 'PRIVATE_KEY_SECRET_ID'],
  'queued webhook': ['GITHUB_APP_ID', 'WEBHOOK_SECRET_ID'],
  worker: ['GITHUB_APP_ID', 'PRIVATE_KEY_SECRET_ID', 'LEDGER_TABLE'],
  sweeper: ['GITHUB_APP_ID', 'PRIVATE_KEY_SECRET_ID', 'LEDGER_TABLE'],
  rotator: ['GITHUB_APP_ID', 'WEBHOOK_SECRET_ID', 'PRIVATE_KEY_SECRET_ID'],
} as const;

function faultOf(env: Environment, load: (env: Environment) => object = loadWebhookConfig): ServiceFault {
  try {
    load(env);
  } catch (error) {
    if (error instanceof ServiceFault) return error;
  }
  throw new Error('the environment was taken');
}

describe.each(FUNCTIONS)('the $name', ({ name, load, good }) => {
  it('takes a good environment, for good: what it made cannot be changed', () => {
    expect(Object.isFrozen(load(good))).toBe(true);
  });

  it.each(REQUIRED[name])('refuses an environment without %s, and names nothing else', (missing) => {
    const { code, message } = faultOf({ ...good, [missing]: undefined }, load);
    expect(code).toBe('config_invalid');
    expect(message).toContain(`${missing} is missing`);
    for (const other of Object.keys(good).filter((key) => key !== missing))
      expect(message).not.toContain(other);
  });

  it.each(Object.keys(good).flatMap((key) => ['', ' ', '\t\n'].map((value) => ({ key, value }))))(
    'refuses $key as $value.length blanks',
    ({ key, value }) => {
      const { code, message } = faultOf({ ...good, [key]: value }, load);
      expect(code).toBe('config_invalid');
      expect(message.split(`${key} is blank`)).toHaveLength(2);
    },
  );

  it('tells everything that is wrong in one fault, and shows no value', () => {
    const bad = Object.fromEntries(Object.keys(good).map((key) => [key, 'not a marker']));
    const { message } = faultOf({ ...bad, LEDGER_TABLE: ' ' }, load);
    const unread = name === 'queued webhook' ? 'PRIVATE_KEY_SECRET_ID' : undefined;
    for (const key of Object.keys(good).filter((each) => each !== unread)) expect(message).toContain(key);
    expect(message).not.toContain('marker');
  });
});

describe('refuses', () => {
  it.each([
    { name: 'GITHUB_APP_ID', value: 'my app' },
    { name: 'GITHUB_APP_ID', value: '123,456' },
    { name: 'GITHUB_APP_ID', value: 'Iv23"}' },
    { name: 'GITHUB_APP_ID', value: '-----BEGIN RSA PRIVATE KEY-----' },
    { name: 'GITHUB_API_URL', value: 'api.github.com' },
    { name: 'GITHUB_API_URL', value: 'https://' },
    { name: 'GITHUB_API_URL', value: 'http://api.github.com' },
    { name: 'GITHUB_API_URL', value: 'ftp://api.github.com' },
    { name: 'GITHUB_API_URL', value: 'file:///etc/passwd' },
    { name: 'GITHUB_API_URL', value: 'https://github.com' },
    { name: 'GITHUB_API_URL', value: 'https://www.github.com/' },
    { name: 'GITHUB_API_URL', value: 'https://user:marker@api.github.com' },
    { name: 'GITHUB_API_URL', value: 'https://octo.ghe.com' },
    { name: 'GITHUB_API_URL', value: 'https://github.example.com/api/v4' },
    { name: 'GITHUB_API_URL', value: 'https://github.example.com/api/v3/graphql' },
    { name: 'GITHUB_API_URL', value: 'https://api.github.com?access_token=marker' },
    { name: 'GITHUB_API_URL', value: 'https://api.github.com#marker' },
    { name: 'GITHUB_API_URL', value: 'http://127.0.0.1.evil.example' },
    { name: 'GITHUB_API_URL', value: 'http://localhost.evil.example' },
    { name: 'LOG_LEVEL', value: 'verbose' },
    { name: 'LOG_LEVEL', value: '1' },
    { name: 'LOG_LEVEL', value: 'constructor' },
  ])('$name as $value, and does not show it', ({ name, value }) => {
    const fault = faultOf({ ...GOOD, [name]: value });
    expect(fault.code).toBe('config_invalid');
    expect(fault.message).toContain(name);
    expect(fault.message).not.toContain(value);
    expect(fault.message).not.toContain('marker');
    for (const other of Object.keys(GOOD).filter((key) => key !== name))
      expect(fault.message).not.toContain(other);
  });

  it.each([
    { name: 'GITHUB_API_URL', value: 'https://api.github.com?' },
    { name: 'GITHUB_API_URL', value: 'https://api.github.com/#' },
    { name: 'WEBHOOK_SECRET_ID', value: 'what is no name of a secret' },
    { name: 'PRIVATE_KEY_SECRET_ID', value: '-----BEGIN RSA PRIVATE KEY-----\nMIIE' },
    { name: 'GITHUB_APP_ID', value: '-' },
    { name: 'GITHUB_APP_ID', value: '0' },
    { name: 'GITHUB_APP_ID', value: '99999999999999999999' },
  ])('$name as $value, which nothing can come of', ({ name, value }) => {
    expect(faultOf({ ...GOOD, [name]: value }).message).toContain(name);
  });
});

describe('takes', () => {
  it('the required variables alone, with the defaults of the rest', () => {
    const { GITHUB_APP_ID, WEBHOOK_SECRET_ID, PRIVATE_KEY_SECRET_ID } = GOOD;
    expect(loadWebhookConfig({ GITHUB_APP_ID, WEBHOOK_SECRET_ID, PRIVATE_KEY_SECRET_ID })).toEqual({
      kind: 'inline',
      appId: 'Iv23liHookmintLocal1',
      apiUrl: 'https://api.github.com',
      host: 'api.github.com',
      webhookSecretId: 'hookmint/webhook-secret',
      signingKey: { kind: 'secret', secretId: 'hookmint/private-key' },
      ledgerTable: undefined,
      logLevel: 'info',
    });
  });

  it.each([
    { name: 'GITHUB_APP_ID', value: '31415', read: { appId: '31415' } },
    { name: 'GITHUB_APP_ID', value: ' Iv1.0123456789abcdef\n', read: { appId: 'Iv1.0123456789abcdef' } },
    {
      name: 'GITHUB_API_URL',
      value: 'https://github.example.com/api/v3/',
      read: { apiUrl: 'https://github.example.com/api/v3', host: 'github.example.com' },
    },
    {
      name: 'GITHUB_API_URL',
      value: 'https://api.octo.ghe.com',
      read: { apiUrl: 'https://api.octo.ghe.com', host: 'api.octo.ghe.com' },
    },
    {
      name: 'GITHUB_API_URL',
      value: 'http://127.0.0.1:3001',
      read: { apiUrl: 'http://127.0.0.1:3001', host: '127.0.0.1:3001' },
    },
    { name: 'GITHUB_API_URL', value: 'http://localhost:3001/', read: { apiUrl: 'http://localhost:3001' } },
    { name: 'LEDGER_TABLE', value: 'hookmint-ledger', read: { ledgerTable: 'hookmint-ledger' } },
    { name: 'LOG_LEVEL', value: 'DEBUG', read: { logLevel: 'debug' } },
    { name: 'LOG_LEVEL', value: 'error', read: { logLevel: 'error' } },
    {
      name: 'WEBHOOK_SECRET_ID',
      value: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:hookmint/webhook-AbCdEf',
      read: {
        webhookSecretId: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:hookmint/webhook-AbCdEf',
      },
    },
  ])('$name as $value', ({ name, value, read }) => {
    expect(loadWebhookConfig({ ...GOOD, [name]: value })).toMatchObject(read);
  });

  it('one secret for both, inline', () => {
    const both = { WEBHOOK_SECRET_ID: 'hookmint', PRIVATE_KEY_SECRET_ID: 'hookmint' };
    expect(loadWebhookConfig({ ...GOOD, ...both })).toMatchObject({
      webhookSecretId: 'hookmint',
      signingKey: { kind: 'secret', secretId: 'hookmint' },
    });
  });
});

describe('with DELIVERY_QUEUE_URL the webhook', () => {
  const { GITHUB_APP_ID, WEBHOOK_SECRET_ID } = GOOD;
  const queued = { GITHUB_APP_ID, WEBHOOK_SECRET_ID, DELIVERY_QUEUE_URL: QUEUE_URL };

  it.each([
    { name: 'neither private key nor ledger', env: {} },
    { name: 'no private key where one is named', env: { PRIVATE_KEY_SECRET_ID: 'hookmint/private-key' } },
    { name: 'no ledger where one is named', env: { LEDGER_TABLE: 'hookmint-ledger' } },
  ])('is queued, and knows $name', ({ env }) => {
    expect(loadWebhookConfig({ ...queued, ...env })).toEqual({
      kind: 'queued',
      appId: 'Iv23liHookmintLocal1',
      apiUrl: 'https://api.github.com',
      host: 'api.github.com',
      webhookSecretId: 'hookmint/webhook-secret',
      queueUrl: QUEUE_URL,
      logLevel: 'info',
    });
  });

  it.each(['hookmint/webhook-secret', ' hookmint/webhook-secret\n'])(
    'refuses the webhook secret as the private key: %j',
    (PRIVATE_KEY_SECRET_ID) => {
      const { code, message } = faultOf({ ...queued, PRIVATE_KEY_SECRET_ID });
      expect(code).toBe('config_invalid');
      expect(message).toContain('PRIVATE_KEY_SECRET_ID names the webhook secret');
      expect(message).not.toContain('hookmint/webhook-secret');
    },
  );
});

describe('DELIVERY_QUEUE_URL', () => {
  it.each([
    'marker',
    'arn:aws:sqs:eu-central-1:123456789012:marker',
    'sqs.eu-central-1.amazonaws.com/123456789012/marker',
    '//marker',
    'https://',
  ])('is refused as %s by webhook and sweeper, and not shown', (value) => {
    const envs = [
      faultOf({ ...GOOD, DELIVERY_QUEUE_URL: value }, loadWebhookConfig),
      faultOf({ ...WORKER, DELIVERY_QUEUE_URL: value }, loadSweeperConfig),
    ];
    for (const { message } of envs) {
      expect(message).toContain('DELIVERY_QUEUE_URL is not the URL of a queue');
      expect(message).not.toContain('marker');
    }
  });

  it('is optional for worker and sweeper', () => {
    const config = {
      appId: 'Iv23liHookmintLocal1',
      apiUrl: 'https://api.github.com',
      host: 'api.github.com',
      signingKey: { kind: 'secret', secretId: 'hookmint/private-key' },
      ledgerTable: 'hookmint-ledger',
      logLevel: 'info',
    };
    const env = { ...WORKER, DELIVERY_QUEUE_URL: QUEUE_URL };
    expect(loadWorkerConfig(env)).toEqual({ ...config, queueUrl: QUEUE_URL });
    expect(loadWorkerConfig(WORKER)).toEqual({ ...config, queueUrl: undefined });
    expect(loadSweeperConfig(env)).toEqual({ ...config, queueUrl: QUEUE_URL });
    expect(loadSweeperConfig(WORKER)).toEqual({ ...config, queueUrl: undefined });
  });
});

describe('PRIVATE_KEY_KMS_KEY_ID', () => {
  const { PRIVATE_KEY_SECRET_ID: secret, ...inline } = GOOD;
  const { PRIVATE_KEY_SECRET_ID: __, ...worker } = WORKER;
  const SIGNING = [
    { name: 'inline webhook', load: loadWebhookConfig, env: inline },
    { name: 'worker', load: loadWorkerConfig, env: worker },
    { name: 'sweeper', load: loadSweeperConfig, env: worker },
    { name: 'rotator', load: loadRotatorConfig, env: inline },
  ] as const;

  it.each(
    SIGNING.flatMap((each) =>
      [
        'alias/hookmint-prod',
        '1234abcd-12ab-34cd-56ef-1234567890ab',
        'mrk-1234abcd12ab34cd56ef1234567890ab',
        'arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab',
        'arn:aws-us-gov:kms:us-gov-west-1:123456789012:alias/hookmint-prod',
      ].map((keyId) => ({ ...each, keyId })),
    ),
  )('takes the place of the secret, for the $name: $keyId', ({ load, env, keyId }) => {
    const config = load({ ...env, PRIVATE_KEY_KMS_KEY_ID: keyId });
    expect(config).toMatchObject({ signingKey: { kind: 'kms', keyId } });
  });

  it.each(SIGNING)('is refused beside the secret, for the $name', ({ load, env }) => {
    const both = { ...env, PRIVATE_KEY_SECRET_ID: secret, PRIVATE_KEY_KMS_KEY_ID: 'alias/hookmint' };
    const { code, message } = faultOf(both, load);
    expect(code).toBe('config_invalid');
    expect(message).toContain('PRIVATE_KEY_SECRET_ID and PRIVATE_KEY_KMS_KEY_ID exclude one another');
  });

  it.each(SIGNING)('is named where there is neither, for the $name', ({ load, env }) => {
    const { message } = faultOf(env, load);
    expect(message).toContain('PRIVATE_KEY_SECRET_ID is missing');
    expect(message).toContain('Or PRIVATE_KEY_KMS_KEY_ID');
  });

  it.each(['-----BEGIN RSA PRIVATE KEY-----', 'two words', ' ', ''])('is refused as "%s"', (value) => {
    const { message } = faultOf({ ...worker, PRIVATE_KEY_KMS_KEY_ID: value }, loadWorkerConfig);
    expect(message).toContain('PRIVATE_KEY_KMS_KEY_ID is');
    expect(message).not.toContain('BEGIN');
  });

  it('is none of a queued webhook function, which signs nothing', () => {
    const queued = { ...inline, DELIVERY_QUEUE_URL: QUEUE_URL, PRIVATE_KEY_KMS_KEY_ID: 'not looked at' };
    expect(loadWebhookConfig(queued)).not.toHaveProperty('signingKey');
  });
});
