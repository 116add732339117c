/** What each function of a package may call: exactly what its code calls, on exactly those resources. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ofType, type Packaged, type Resource } from './packaged.ts';

const ROOT = new URL('../../', import.meta.url);

const WEBHOOK_SECRET = { Ref: 'WebhookSecret' };
const PRIVATE_KEY = { Ref: 'PrivateKeySecret' };
const LEDGER = { 'Fn::GetAtt': ['LedgerTable', 'Arn'] };
const QUEUE = { 'Fn::GetAtt': ['DeliveryQueue', 'Arn'] };
const DEAD_LETTERS = { 'Fn::GetAtt': ['DeadLetters', 'Arn'] };

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
      const log = { 'Fn::GetAtt': [`${capitalise(each)}LogGroup`, 'Arn'] };
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

    it('belong to one function each, and can be taken by nobody but Lambda', () => {
      const { template } = of(name);
      const roles = ofType(template, 'AWS::Lambda::Function').map(({ Properties }) => Properties['Role']);
      expect(new Set(roles.map((role) => JSON.stringify(role))).size).toBe(roles.length);
      for (const each of Object.keys(functions)) {
        expect(roles).toContainEqual({ 'Fn::GetAtt': [`${capitalise(each)}Role`, 'Arn'] });
        const role = template.Resources[`${capitalise(each)}Role`];
        expect(role?.Properties['AssumeRolePolicyDocument'].Statement).toEqual([
          { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
        ]);
        expect(role?.Properties['ManagedPolicyArns']).toBeUndefined();
      }
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
      { 'Fn::GetAtt': [id, 'Arn'] },
      { 'Fn::Sub': `\${${id}.Arn}:live` },
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

/** Functions that a function's modules import from `lib/aws`. */
function findParts(name: string): string[] {
  const folder = readdirSync(new URL('functions/', ROOT)).includes(name) ? `functions/${name}/` : undefined;
  const inner = folder === undefined ? [] : readdirSync(new URL(folder, ROOT)).map((file) => folder + file);
  const texts = [`functions/${name}.ts`, ...inner].map((file) => readFileSync(new URL(file, ROOT), 'utf8'));
  return texts.flatMap((text) =>
    [...text.matchAll(/import \{([^}]+)\} from '(?:\.\.\/)+lib\/aws\/[^']+'/g)].flatMap(([, names = '']) =>
      names
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '' && !part.startsWith('type ')),
    ),
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
