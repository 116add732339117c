/** What each function of a package may call: exactly what its code calls, on exactly those resources. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ofType, type Packaged, type Resource } from './packaged.ts';
import { toArn, toRef } from './references.ts';

const ROOT = new URL('../../', import.meta.url);

const WEBHOOK_SECRET = toRef('WebhookSecret');
const PRIVATE_KEY = toRef('PrivateKeySecret');
const LEDGER = toArn('LedgerTable');
const QUEUE = toArn('DeliveryQueue');
const DEAD_LETTERS = toArn('DeadLetters');

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
    ],
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
  ReleaseRole: takenBy('codedeploy.amazonaws.com'),
  SweepScheduleRole: takenBy('scheduler.amazonaws.com', {
    Condition: { StringEquals: { 'aws:SourceAccount': toRef('AWS::AccountId') } },
  }),
};

/** What each function makes of `lib/aws`, by shape. */
const PARTS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'queued, function URL': {
    webhook: ['createSecretReader', 'createQueueWriter'],
    worker: ['createSecretReader', 'createLedger', 'createQueueReader'],
    sweeper: ['createSecretReader', 'createSweepStore', 'createQueueWriter'],
  },
  'inline, function URL': {
    webhook: ['createSecretReader', 'createLedger'],
    sweeper: ['createSecretReader', 'createSweepStore', 'createLedger'],
  },
};

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
      const called = (PARTS[name]?.[each] ?? []).flatMap(findCalls);
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
        expect(rest).toEqual({});
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
    const moves = ['lambda:GetAlias', 'lambda:UpdateAlias', 'lambda:GetProvisionedConcurrencyConfig'];
    const moved = ['WebhookLambdaFunction', 'WorkerLambdaFunction'].flatMap((id) => [
      toArn(id),
      { 'Fn::Sub': `\${${id}.Arn}:*` },
    ]);
    const allowed = moves.flatMap((action) => moved.map((resource): Statement => [action, resource]));
    expect(toLines(releases)).toEqual(toLines([...allowed, ['cloudwatch:DescribeAlarms', '*']]));
    expect(template.Resources['WorkerReleasePolicy']?.Properties['Roles']).toEqual([{ Ref: 'ReleaseRole' }]);
  });

  it('knows every part of lib/aws that the functions are made of', () => {
    for (const each of ['webhook', 'worker', 'sweeper']) {
      const parts = Object.values(PARTS).flatMap((shape) => shape[each] ?? []);
      expect(new Set(parts), `parts of ${each}`).toEqual(new Set(findParts(each)));
    }
  });
}

type Statement = readonly [action: string, resource: unknown];

function readStatements({ template }: Packaged, name: string): Statement[] {
  return readPolicy(template.Resources[`${capitalise(name)}Role`]);
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

/** Functions that a function imports from `lib/aws`, at once or when its shape needs them. */
function findParts(name: string): string[] {
  const files = [`lib/functions/${name}.ts`, 'lib/functions/parts.ts'];
  const text = files.map((file) => readFileSync(new URL(file, ROOT), 'utf8')).join('\n');
  const imports = /(?:import|const) \{([^}]+)\} (?:from |= await import\()'\.\.\/aws\/[^']+'/g;
  return [...text.matchAll(imports)].flatMap(([, names = '']) =>
    names
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '' && !part.startsWith('type ')),
  );
}

/** The actions behind the SDK's commands in a function of `lib/aws`, and in those that it calls there. */
function findCalls(part: string): string[] {
  const seen = new Set<string>();
  const visit = (name: string): string[] => {
    const found = SOURCES.get(name);
    if (found === undefined || seen.has(name)) return [];
    seen.add(name);
    const commands = [...found.text.matchAll(/new (\w+)Command\(/g)].map(([, command = '']) =>
      toAction(found.file, command),
    );
    const inner = [...found.text.matchAll(/\b(\w+)\(/g)].flatMap(([, called = '']) => visit(called));
    return [...commands, ...inner];
  };
  const calls = visit(part);
  expect(calls, `calls of ${part}`).not.toEqual([]);
  return calls;
}

interface Source {
  readonly file: string;
  readonly text: string;
}

/** Every function of `lib/aws` that stands at the top of its file, by name. */
const SOURCES: ReadonlyMap<string, Source> = new Map(
  readdirSync(new URL('lib/aws/', ROOT)).flatMap((name) => {
    const file = readFileSync(new URL(`lib/aws/${name}`, ROOT), 'utf8');
    const parts = file.split(/^(?=(?:export )?(?:async )?function )/m).slice(1);
    return parts.map((text): [string, Source] => [/function (\w+)/.exec(text)?.[1] ?? '', { file, text }]);
  }),
);

/** The service is the one whose client the file imports the command from. */
function toAction(file: string, command: string): string {
  const imports = [...file.matchAll(/import \{([^}]+)\} from '@aws-sdk\/client-([\w-]+)'/g)];
  const client = imports.find(([, names = '']) => names.includes(`${command}Command`))?.[2] ?? '';
  return `${client.replaceAll('-', '')}:${command}`;
}

function capitalise(name: string): string {
  return `${name[0]?.toUpperCase()}${name.slice(1)}`;
}
