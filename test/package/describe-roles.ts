/** What each function of a package may call: exactly what its code needs (`lib/aws/rights.ts`), on exactly those resources. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { type Part, RIGHTS } from '../../lib/aws/rights.ts';
import { ofType, type Packaged, type Resource } from './packaged.ts';
import { toArn, toRef } from './references.ts';

const WEBHOOK_SECRET = toRef('WebhookSecret');
const PRIVATE_KEY = toRef('PrivateKeySecret');
const KMS_KEY = 'arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const ANY_KMS_KEY = {
  'Fn::Sub': 'arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/*',
};
const LEDGER = toArn('LedgerTable');
const QUEUE = toArn('DeliveryQueue');
const DEAD_LETTERS = toArn('DeadLetters');

const ROTATING = [
  ['secretsmanager:DescribeSecret', WEBHOOK_SECRET],
  ['secretsmanager:GetSecretValue', WEBHOOK_SECRET],
  ['secretsmanager:PutSecretValue', WEBHOOK_SECRET],
  ['secretsmanager:UpdateSecretVersionStage', WEBHOOK_SECRET],
] as const;

/** All that a role allows, as `action resource`; its own log apart. */
const ALLOWED = {
  'queued, function URL': {
    webhook: [
      ['secretsmanager:GetSecretValue', WEBHOOK_SECRET],
      ['sqs:SendMessage', QUEUE],
    ],
    worker: [
      ['secretsmanager:GetSecretValue', PRIVATE_KEY],
      ['dynamodb:GetItem', LEDGER],
      ['dynamodb:PutItem', LEDGER],
      ['sqs:ReceiveMessage', QUEUE],
      ['sqs:DeleteMessage', QUEUE],
      ['sqs:GetQueueAttributes', QUEUE],
      ['sqs:ChangeMessageVisibility', QUEUE],
      ['sqs:GetQueueUrl', DEAD_LETTERS],
      ['sqs:SendMessage', DEAD_LETTERS],
    ],
    sweeper: [
      ['secretsmanager:GetSecretValue', PRIVATE_KEY],
      ['dynamodb:GetItem', LEDGER],
      ['dynamodb:PutItem', LEDGER],
      ['dynamodb:UpdateItem', LEDGER],
      ['sqs:SendMessage', QUEUE],
      ['sqs:GetQueueAttributes', QUEUE],
    ],
    rotator: [...ROTATING, ['secretsmanager:GetSecretValue', PRIVATE_KEY]],
  },
  'inline, function URL': {
    webhook: [
      ['secretsmanager:GetSecretValue', WEBHOOK_SECRET],
      ['secretsmanager:GetSecretValue', PRIVATE_KEY],
      ['dynamodb:GetItem', LEDGER],
      ['dynamodb:PutItem', LEDGER],
    ],
    sweeper: [
      ['secretsmanager:GetSecretValue', PRIVATE_KEY],
      ['dynamodb:GetItem', LEDGER],
      ['dynamodb:PutItem', LEDGER],
      ['dynamodb:UpdateItem', LEDGER],
    ],
    rotator: [...ROTATING, ['secretsmanager:GetSecretValue', PRIVATE_KEY]],
  },
  'queued, key in KMS': {
    webhook: [
      ['secretsmanager:GetSecretValue', WEBHOOK_SECRET],
      ['sqs:SendMessage', QUEUE],
    ],
    worker: [
      ['kms:Sign', ANY_KMS_KEY],
      ['dynamodb:GetItem', LEDGER],
      ['dynamodb:PutItem', LEDGER],
      ['sqs:ReceiveMessage', QUEUE],
      ['sqs:DeleteMessage', QUEUE],
      ['sqs:GetQueueAttributes', QUEUE],
      ['sqs:ChangeMessageVisibility', QUEUE],
      ['sqs:GetQueueUrl', DEAD_LETTERS],
      ['sqs:SendMessage', DEAD_LETTERS],
    ],
    sweeper: [
      ['kms:Sign', ANY_KMS_KEY],
      ['dynamodb:GetItem', LEDGER],
      ['dynamodb:PutItem', LEDGER],
      ['dynamodb:UpdateItem', LEDGER],
      ['sqs:SendMessage', QUEUE],
      ['sqs:GetQueueAttributes', QUEUE],
    ],
    rotator: [...ROTATING, ['kms:Sign', ANY_KMS_KEY]],
  },
  'inline, key in KMS': {
    webhook: [
      ['secretsmanager:GetSecretValue', WEBHOOK_SECRET],
      ['kms:Sign', KMS_KEY],
      ['dynamodb:GetItem', LEDGER],
      ['dynamodb:PutItem', LEDGER],
    ],
    sweeper: [
      ['kms:Sign', KMS_KEY],
      ['dynamodb:GetItem', LEDGER],
      ['dynamodb:PutItem', LEDGER],
      ['dynamodb:UpdateItem', LEDGER],
    ],
    rotator: [...ROTATING, ['kms:Sign', KMS_KEY]],
  },
} as const;

const takenBy = (service: string, more: object = {}): object[] => [
  { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole', ...more },
];

/** Who may take each role. */
const TRUSTED = {
  WebhookRole: takenBy('lambda.amazonaws.com'),
  WorkerRole: takenBy('lambda.amazonaws.com'),
  SweeperRole: takenBy('lambda.amazonaws.com'),
  RotatorRole: takenBy('lambda.amazonaws.com'),
  ReleaseRole: takenBy('codedeploy.amazonaws.com'),
  SweepScheduleRole: takenBy('scheduler.amazonaws.com', {
    Condition: { StringEquals: { 'aws:SourceAccount': toRef('AWS::AccountId') } },
  }),
};

/** What each function is made of, by shape: parts of `lib/aws`, whose clients send nothing beyond their rights. */
const PARTS: Readonly<Record<string, Readonly<Record<string, readonly Part[]>>>> = {
  'queued, function URL': {
    webhook: ['secretReader', 'queueWriter'],
    worker: ['secretReader', 'ledger', 'queueReader'],
    sweeper: ['secretReader', 'sweepStore', 'ledgerReader', 'queueWriter', 'queueDepth'],
    rotator: ['secretReader', 'rotation'],
  },
  'inline, function URL': {
    webhook: ['secretReader', 'ledger'],
    sweeper: ['secretReader', 'sweepStore', 'ledger', 'ledgerReader'],
    rotator: ['secretReader', 'rotation'],
  },
  'queued, key in KMS': {
    webhook: ['secretReader', 'queueWriter'],
    worker: ['kmsSigner', 'ledger', 'queueReader'],
    sweeper: ['kmsSigner', 'sweepStore', 'ledgerReader', 'queueWriter', 'queueDepth'],
    rotator: ['kmsSigner', 'rotation'],
  },
  'inline, key in KMS': {
    webhook: ['secretReader', 'kmsSigner', 'ledger'],
    sweeper: ['kmsSigner', 'sweepStore', 'ledger', 'ledgerReader'],
    rotator: ['kmsSigner', 'rotation'],
  },
};

/** Where each part stands. */
const MODULES: Readonly<Record<Part, string>> = {
  secretReader: 'secrets-manager.ts',
  kmsSigner: 'kms-signers.ts',
  rotation: 'secret-versions.ts',
  ledger: 'ledger.ts',
  ledgerReader: 'ledger-reader.ts',
  queueDepth: 'queue-depth.ts',
  sweepStore: 'sweep-store.ts',
  queueWriter: 'queue.ts',
  queueReader: 'queue.ts',
};

const TABLE_BY_NAME = 'arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/restored-ledger';

/** What Lambda does in the worker's name to feed it. Source: Lambda docs, "Execution role permissions" for SQS. */
const FEEDING = ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'];

/** `sqs:GetQueueUrl` of the queue itself is not needed where DELIVERY_QUEUE_URL is set, as it is here. */
export function describeRoles(of: (name: string) => Packaged): void {
  describe.each(Object.entries(ALLOWED))('the roles, %s', (name, functions) => {
    it.each(Object.entries(functions))('let the %s do this, and nothing else', (each, allowed) => {
      const statements = readStatements(of(name), each);
      const log = toArn(`${capitalise(each)}LogGroup`);
      const ownLog = [
        ['logs:CreateLogStream', log],
        ['logs:PutLogEvents', log],
      ];
      expect(toLines(statements)).toEqual(toLines([...allowed, ...ownLog]));
    });

    it.each(Object.keys(functions))('let the %s do what its code calls, neither less nor more', (each) => {
      const called = (PARTS[name]?.[each] ?? []).flatMap((part) => RIGHTS[part]);
      const fed = each === 'worker' ? FEEDING : [];
      const actions = readStatements(of(name), each).map(([action]) => action);
      const beside = actions.filter((action) => !action.startsWith('logs:'));
      expect(new Set(beside)).toEqual(new Set([...called, ...fed]));
    });

    it('belong to one function each, and can be taken by nobody but who is named', () => {
      const { template } = of(name);
      const taken = ofType(template, 'AWS::Lambda::Function').map(({ id, Properties }) => [
        id,
        Properties['Role'],
      ]);
      const own = Object.keys(functions).map((each) => [
        `${capitalise(each)}LambdaFunction`,
        toArn(`${capitalise(each)}Role`),
      ]);
      expect(Object.fromEntries(taken)).toEqual(Object.fromEntries(own));
      const roles = ofType(template, 'AWS::IAM::Role').map(({ id, Properties }) => {
        const { AssumeRolePolicyDocument, Policies: _, ...rest } = Properties;
        expect(rest).toEqual({ PermissionsBoundary: toRef('AWS::NoValue') });
        return [id, AssumeRolePolicyDocument.Statement];
      });
      const { WorkerRole, ...inline } = TRUSTED;
      expect(Object.fromEntries(roles)).toEqual('worker' in functions ? { WorkerRole, ...inline } : inline);
    });
  });

  it('lets the schedule run the sweeper, and CodeDeploy move the aliases', () => {
    const { template } = of('queued, function URL');
    expect(toLines(readPolicy(template.Resources['SweepScheduleRole']))).toEqual(
      toLines([['lambda:InvokeFunction', { Ref: 'SweeperAlias' }]]),
    );
    const releases = ['ReleaseRole', 'WorkerReleasePolicy'].flatMap((id) =>
      readPolicy(template.Resources[id]),
    );
    const allowed = ['WebhookLambdaFunction', 'WorkerLambdaFunction'].flatMap((id): Statement[] => {
      const qualified = { 'Fn::Sub': `\${${id}.Arn}:*` };
      return [
        ['lambda:GetAlias', toArn(id)],
        ['lambda:GetAlias', qualified],
        ['lambda:UpdateAlias', toArn(id)],
        ['lambda:UpdateAlias', qualified],
        ['lambda:GetProvisionedConcurrencyConfig', qualified],
      ];
    });
    expect(toLines(releases)).toEqual(toLines([...allowed, ['cloudwatch:DescribeAlarms', '*']]));
    expect(template.Resources['WorkerReleasePolicy']?.Properties['Roles']).toEqual([{ Ref: 'ReleaseRole' }]);
  });

  it('let a collector beside the functions send their traces on, where there is one, and only then', () => {
    expect(of('queued, function URL').template.Resources['TracesPolicy']).toBeUndefined();
    const policy = of('queued, HTTP API').template.Resources['TracesPolicy'];
    expect(policy?.Properties['Roles']).toEqual(['WebhookRole', 'SweeperRole', 'WorkerRole'].map(toRef));
    const sends = ['PutTraceSegments', 'PutTelemetryRecords', 'PutSpans', 'PutSpansForIndexing'];
    expect(toLines(readPolicy(policy))).toEqual(toLines(sends.map((each) => [`xray:${each}`, '*'])));
    const elsewhere = of('inline, HTTP API').template.Resources['TracesPolicy'];
    expect(elsewhere?.Properties['Roles']).toEqual(['WebhookRole', 'SweeperRole'].map(toRef));
    const headers = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:traces-AbCdEf';
    expect(toLines(readPolicy(elsewhere))).toEqual(toLines([['secretsmanager:GetSecretValue', headers]]));
  });

  it('let KMS sign whole messages with one algorithm, with the key that is named or is behind the alias that is', () => {
    const conditions = (name: string, each: string): readonly unknown[] =>
      readConditions(of(name).template.Resources[`${capitalise(each)}Role`], 'kms:Sign');
    const whole = { 'kms:SigningAlgorithm': 'RSASSA_PKCS1_V1_5_SHA_256', 'kms:MessageType': 'RAW' };
    const byAlias = { StringEquals: { ...whole, 'kms:RequestAlias': 'alias/hookmint-prod' } };
    const queued = ['webhook', 'worker', 'sweeper', 'rotator'];
    expect(queued.map((each) => conditions('queued, key in KMS', each))).toEqual([
      [],
      [byAlias],
      [byAlias],
      [byAlias],
    ]);
    expect(['webhook', 'sweeper', 'rotator'].map((each) => conditions('inline, key in KMS', each))).toEqual([
      [{ StringEquals: whole }],
      [{ StringEquals: whole }],
      [{ StringEquals: whole }],
    ]);
  });

  it('are bounded, each of them, by the policy that a deployment names', () => {
    const roles = ofType(of('queued, HTTP API').template, 'AWS::IAM::Role');
    expect(roles.length).toBe(5);
    for (const { id, Properties } of roles) {
      expect({ id, boundary: Properties['PermissionsBoundary'] }).toEqual({
        id,
        boundary: 'arn:aws:iam::aws:policy/PowerUserAccess',
      });
    }
  });

  it('reach the table that a deployment names, in place of one of its own', () => {
    const named = { 'Fn::Sub': TABLE_BY_NAME };
    for (const each of ['worker', 'sweeper']) {
      const statements = readStatements(of('queued, HTTP API'), each);
      const table = statements.filter(([action]) => action.startsWith('dynamodb:'));
      expect(table.length).toBeGreaterThan(1);
      expect(table.map(([, resource]) => resource)).toEqual(table.map(() => named));
    }
  });

  it.each(['webhook', 'worker', 'sweeper', 'rotator'])(
    'knows every part of lib/aws that the built %s holds',
    (each) => {
      const parts = Object.values(PARTS).flatMap((shape) => shape[each] ?? []);
      const modules = new Set<string>(Object.values(MODULES));
      const held = listSources(each).flatMap((path) => /\/lib\/aws\/([^/]+)$/.exec(path)?.[1] ?? []);
      expect(new Set(held.filter((name) => modules.has(name)))).toEqual(
        // A key in KMS is for those who deploy otherwise: docs/configuration.md.
        new Set([...parts.map((part) => MODULES[part]), MODULES.kmsSigner]),
      );
    },
  );
}

type Statement = readonly [action: string, resource: unknown];

function readStatements({ template }: Packaged, name: string): Statement[] {
  return readPolicy(template.Resources[`${capitalise(name)}Role`]);
}

/** Under which conditions a role allows an action. */
function readConditions(role: Resource | undefined, action: string): readonly unknown[] {
  const policies: { PolicyDocument: { Statement: Record<string, unknown>[] } }[] =
    role?.Properties['Policies'] ?? [];
  return policies
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .filter(({ Action }) => Action === action)
    .map(({ Condition }) => Condition);
}

/** What a role, or a policy of its own, allows. */
function readPolicy(role: Resource | undefined): Statement[] {
  const policies: { PolicyDocument: { Statement: Record<string, unknown>[] } }[] =
    role?.Type === 'AWS::IAM::Policy' ? [role.Properties] : (role?.Properties['Policies'] ?? []);
  return policies
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .flatMap(({ Effect, Action, Resource: resources }) => {
      expect(Effect).toBe('Allow');
      return [Action]
        .flat()
        .flatMap((action) => [resources].flat().map((resource): Statement => [String(action), resource]));
    });
}

function toLines(statements: readonly Statement[]): string[] {
  return statements.map(([action, resource]) => `${action} ${JSON.stringify(resource)}`).toSorted();
}

/** What a function was built of, by its source maps. */
function listSources(name: string): string[] {
  const folder = inject('functions');
  const chunks = join(folder, 'chunks', name);
  const maps = readdirSync(chunks).filter((file) => file.endsWith('.map'));
  return [join(folder, `${name}.mjs.map`), ...maps.map((file) => join(chunks, file))].flatMap((file) => {
    const { sources }: { sources: string[] } = JSON.parse(readFileSync(file, 'utf8'));
    return sources;
  });
}

function capitalise(name: string): string {
  return `${name[0]?.toUpperCase()}${name.slice(1)}`;
}
