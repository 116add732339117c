/** What `npm run package` makes, for both shapes and both front doors: valid, narrow, watched, and small. */
import { access, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as cloudformation from '@aws/cloudformation-validate';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { describeAlarms } from './describe-alarms.ts';
import { describeFrontDoor } from './describe-front-door.ts';
import { describeMetrics } from './describe-metrics.ts';
import { describeOutputs } from './describe-outputs.ts';
import { describePolicies } from './describe-policies.ts';
import { describeQueue } from './describe-queue.ts';
import { describeReleases } from './describe-releases.ts';
import { describeRoles } from './describe-roles.ts';
import { describeSchemas } from './describe-schemas.ts';
import { describeSourceLimit } from './describe-source-limit.ts';
import { describeTriggers } from './describe-triggers.ts';
import { copyService, ofType, osls, packageService, type Packaged } from './packaged.ts';
import { findCycle, findReferences } from './references.ts';

const MAX_ZIP_BYTES = 300_000;

/** Runs of osls take some seconds each, and more on a machine that is busy. */
const PACKAGING_TIMEOUT_MS = 240_000;
const CERTIFICATE = 'arn:aws:acm:eu-west-1:123456789012:certificate/0d1e2f3a-4b5c';
const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:alarms';
const SECRET = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:both-AbCdEf';

/** What osls writes in its own way. */
const NOT_OURS = [
  'W3005', // a function depends on its role by name as well
  'W3011', // its versions are kept by DeletionPolicy alone; they are never replaced
];

const BOUNDARY = 'arn:aws:iam::aws:policy/PowerUserAccess';
const HEADERS = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:traces-AbCdEf';
const SIGNING = 'arn:aws:lambda:eu-west-1:123456789012:code-signing-config:csc-0a1b2c3d4e5f60718';
const LEDGER_TABLE = {
  id: 'LedgerTable',
  Type: 'AWS::DynamoDB::Table',
  DeletionPolicy: 'Retain',
  UpdateReplacePolicy: 'Retain',
  Properties: {
    BillingMode: 'PAY_PER_REQUEST',
    DeletionProtectionEnabled: true,
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
  },
};

const toNotice = (NotificationType: string, Threshold: number): object => ({
  Notification: {
    NotificationType,
    ComparisonOperator: 'GREATER_THAN',
    Threshold,
    ThresholdType: 'PERCENTAGE',
  },
  Subscribers: [{ SubscriptionType: 'SNS', Address: TOPIC }],
});
const BUDGET = {
  Budget: {
    BudgetName: { 'Fn::Sub': 'hookmint-prod-${AWS::Region}' },
    BudgetType: 'COST',
    TimeUnit: 'MONTHLY',
    BudgetLimit: { Amount: 50, Unit: 'USD' },
    CostFilters: { TagKeyValue: [{ 'Fn::Join': ['$', ['aws:cloudformation:stack-name', 'hookmint-prod']] }] },
  },
  NotificationsWithSubscribers: [toNotice('ACTUAL', 80), toNotice('FORECASTED', 100)],
};

const KMS_KEY = 'arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const DOMAIN = ['domainName=hooks.example.com', `certificateArn=${CERTIFICATE}`];
const VARIANTS: Readonly<Record<string, { params: string[]; shape: 'inline' | 'queued' }>> = {
  'queued, function URL': { params: [], shape: 'queued' },
  'inline, function URL': { params: ['shape=inline'], shape: 'inline' },
  'queued, key in KMS': { params: ['privateKeyKmsKey=alias/hookmint-prod'], shape: 'queued' },
  'inline, key in KMS': { params: ['shape=inline', `privateKeyKmsKey=${KMS_KEY}`], shape: 'inline' },
  'queued, HTTP API': {
    params: [
      ...DOMAIN,
      'githubAppId=Iv23ctTestClientId00',
      `alarmTopicArn=${TOPIC}`,
      'ledgerTableName=restored-ledger',
      `permissionsBoundaryArn=${BOUNDARY}`,
      `codeSigningConfigArn=${SIGNING}`,
      'budgetUsd=50',
      'tracesEndpoint=http://localhost:4318',
      'webhookSecretRotationDays=0',
    ],
    shape: 'queued',
  },
  'inline, HTTP API': {
    params: [
      ...DOMAIN,
      'shape=inline',
      `webhookSecretArn=${SECRET}`,
      `privateKeySecretArn=${SECRET}`,
      'webhookSecretRotationDays=30',
      'webhookConcurrency=none',
      'githubApiUrl=https://github.example.com/api/v3',
      'release=AllAtOnce',
      'tracesEndpoint=https://traces.example.com',
      `tracesHeadersSecretArn=${HEADERS}`,
    ],
    shape: 'inline',
  },
};

/** The one variant that has neither rotator nor schedule. */
const NEVER_ROTATED = 'queued, HTTP API';

const engine = new cloudformation.RegoEngine();
const packages = new Map<string, Packaged>();
beforeAll(async () => {
  const made = Object.entries(VARIANTS).map(async ([name, { params }]) => {
    packages.set(name, await packageService(params, 'prod'));
  });
  await Promise.all(made);
}, PACKAGING_TIMEOUT_MS);
afterAll(() => engine.free());

function of(name: string): Packaged {
  const found = packages.get(name);
  if (found === undefined) throw new Error(`${name} was not packaged`);
  return found;
}

describe.each(Object.entries(VARIANTS))('%s', (name, { shape }) => {
  const functions = [
    ...(shape === 'queued' ? ['webhook', 'worker', 'sweeper'] : ['webhook', 'sweeper']),
    ...(name === NEVER_ROTATED ? [] : ['rotator']),
  ];
  const toFunctionId = (each: string): string => `${each[0]?.toUpperCase()}${each.slice(1)}LambdaFunction`;

  it('is valid CloudFormation', () => {
    const { diagnostics } = engine.validateStandard(new cloudformation.TemplateFile(of(name).file), {
      severityLevel: 'WARN',
      exclude: { ids: NOT_OURS },
    });
    // Of the ARN that a parameter gives, as a parameter of the template would.
    const given = ['W9002', 'W9013'];
    const isGiven = name.endsWith('HTTP API');
    const ours = diagnostics.filter(({ ruleId }) => !(isGiven && given.includes(ruleId)));
    const found = ours.map(({ ruleId, entity, message }) => [ruleId, entity?.logicalId, message]);
    expect(found).toEqual([]);
  });

  it('can be made in some order', () => {
    expect(findCycle(findReferences(of(name).template))).toBeUndefined();
  });

  it('zips what was built for each function, nothing else, and little', async () => {
    const { zips } = of(name);
    expect(Object.keys(zips).toSorted()).toEqual(functions.toSorted());
    for (const [each, { bytes, files }] of Object.entries(zips)) {
      const chunks = (await readdir(join(inject('functions'), 'chunks', each))).filter((file) =>
        file.endsWith('.mjs'),
      );
      const built = [`${each}.mjs`, ...chunks.map((chunk) => `chunks/${each}/${chunk}`)];
      expect(files.toSorted()).toEqual(built.map((file) => `dist/functions/${file}`).toSorted());
      expect(bytes).toBeLessThan(MAX_ZIP_BYTES);
    }
  });

  it('runs its functions on Node 24 for ARM, with a log that is kept for a time', () => {
    const { template } = of(name);
    const made = ofType(template, 'AWS::Lambda::Function');
    expect(made.map(({ id }) => id).toSorted()).toEqual(functions.map(toFunctionId).toSorted());
    for (const { Properties } of made) {
      expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'], MemorySize: 512 });
      // Lambda would drop lines below its own level before LOG_LEVEL is asked.
      expect(Properties['LoggingConfig']).toMatchObject({ LogFormat: 'JSON', ApplicationLogLevel: 'DEBUG' });
    }
    for (const { Properties } of ofType(template, 'AWS::Logs::LogGroup'))
      expect(Properties['RetentionInDays']).toBe(30);
  });

  it('keeps the table, restorable, and forgetting by itself, unless it is given another', () => {
    const { template } = of(name);
    expect(template.Outputs).toHaveProperty('LedgerTableName');
    const given = name === 'queued, HTTP API';
    expect(ofType(template, 'AWS::DynamoDB::Table')).toEqual(given ? [] : [LEDGER_TABLE]);
  });

  it('makes the secrets empty and keeps them once they stand, unless it is given others', () => {
    const { template } = of(name);
    const secrets = ofType(template, 'AWS::SecretsManager::Secret');
    const given = name === 'inline, HTTP API';
    const made = name.endsWith('key in KMS') ? ['WebhookSecret'] : ['WebhookSecret', 'PrivateKeySecret'];
    expect(secrets.map(({ id }) => id)).toEqual(given ? [] : made);
    for (const secret of secrets) {
      expect(secret).toMatchObject({
        DeletionPolicy: 'RetainExceptOnCreate',
        UpdateReplacePolicy: 'Retain',
      });
      expect(Object.keys(secret.Properties)).toEqual(['Description']);
    }
  });

  it('takes signed packages only where it is told to, and then no digest of what was not signed', () => {
    const { template } = of(name);
    const signed = name === 'queued, HTTP API';
    for (const { Properties } of ofType(template, 'AWS::Lambda::Function'))
      expect(Properties['CodeSigningConfigArn']).toBe(signed ? SIGNING : undefined);
    for (const { Properties } of ofType(template, 'AWS::Lambda::Version'))
      expect('CodeSha256' in Properties).toBe(!signed);
  });

  it('tells what it costs where it may cost so much, and nobody otherwise', () => {
    const budgets = ofType(of(name).template, 'AWS::Budgets::Budget');
    expect(budgets.map(({ Properties }) => Properties)).toEqual(name === 'queued, HTTP API' ? [BUDGET] : []);
  });

  it('puts a tag of app and stage on whatever can bear one', async () => {
    const state: { service: { provider: { stackTags: object } } } = JSON.parse(
      await readFile(join(dirname(of(name).file), 'serverless-state.json'), 'utf8'),
    );
    expect(state.service.provider.stackTags).toEqual({ app: 'hookmint', stage: 'prod' });
  });

  it('names no account and no region of its own', () => {
    const text = JSON.stringify(of(name).template);
    const foreign = [CERTIFICATE, TOPIC, SECRET, BOUNDARY, SIGNING, HEADERS, KMS_KEY].reduce(
      (rest, arn) => rest.replaceAll(arn, ''),
      text,
    );
    expect(foreign).not.toMatch(/\b\d{12}\b/);
    expect(foreign).not.toMatch(/\b(?:us|eu|ap)-[a-z]+-\d\b/);
  });
});

describeTriggers(of);
describeFrontDoor(of);
describeReleases(of);
describeQueue(() => of('queued, function URL'));
describeRoles(of);
describeAlarms(of);
describeMetrics(of);
describeOutputs(of);
describePolicies(Object.keys(VARIANTS), of);
describeSchemas(engine, () => [...packages.values()]);
describeSourceLimit(engine);

describe('osls', () => {
  it(
    'packages nothing with parameters that cannot be, and says which',
    async () => {
      const folder = await copyService();
      try {
        const file = join(folder, 'serverless.yml');
        const misspelt = (await readFile(file, 'utf8')).replace(
          '  dev:\n',
          '  dev:\n    relaese: AllAtOnce\n',
        );
        await writeFile(file, misspelt);
        const args = ['workerConcurrency=1', `webhookSecretArn=${SECRET}`, `privateKeySecretArn=${SECRET}`];
        const { code, output } = await osls(folder, [
          'package',
          ...args.flatMap((param) => ['--param', param]),
        ]);
        expect(code).not.toBe(0);
        expect(output).toContain('the parameters are not usable: relaese is not one of shape,');
        expect(output).toContain('webhookSecretArn and privateKeySecretArn must differ');
        expect(output).toContain('workerConcurrency must be a whole number');
        await expect(access(join(folder, '.serverless'))).rejects.toThrow('ENOENT');
      } finally {
        await rm(folder, { recursive: true });
      }
    },
    PACKAGING_TIMEOUT_MS,
  );

  it(
    'deploys nothing without an App id',
    async () => {
      const folder = await copyService();
      try {
        const { code, output } = await osls(folder, ['deploy', '--stage', 'prod']);
        expect(code).not.toBe(0);
        expect(output).toContain('No App to deploy');
      } finally {
        await rm(folder, { recursive: true });
      }
    },
    PACKAGING_TIMEOUT_MS,
  );
});

it('gives a reason beside every wildcard', async () => {
  const infra = new URL('../../infra/', import.meta.url);
  const files = (await readdir(infra, { recursive: true })).filter((file) => file.endsWith('.yml'));
  const bare: string[] = [];
  for (const file of files) {
    const lines = (await readFile(new URL(file, infra), 'utf8')).split('\n');
    for (const [index, line] of lines.entries()) {
      const [value = '', reason] = line.split(' # ');
      const wild = /(?:Resource|Principal|Action|Arn): *\S.*\*|^ *- .*\*/.test(value);
      const above = /^ *#/.test(lines[index - 1] ?? '');
      if (wild && reason === undefined && !above) bare.push(`${file}: ${line.trim()}`);
    }
  }
  expect(bare).toEqual([]);
});
