/** infra/deployer-policy.json, held against AWS's own service authorization data and against the packaged templates. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { actionExists, knowsConditionKey, listArnPatterns } from '../package/iam-data.ts';
import type { Packaged } from '../package/packaged.ts';
import { findAllowing, fits, type Policy, toList } from './iam-policy.ts';
import { MADE_BY, toArn } from './made-by.ts';

const TEXT = readFileSync(new URL('../../infra/deployer-policy.json', import.meta.url), 'utf8');
const POLICY: Policy = JSON.parse(TEXT);

/** The policy as `sed` makes it for a stack: docs/operations.md. */
const OF_PROD: Policy = JSON.parse(
  TEXT.replaceAll('PARTITION', 'aws')
    .replaceAll('REGION', 'eu-west-1')
    .replaceAll('ACCOUNT', '123456789012')
    .replaceAll('SERVICE', 'hookmint')
    .replaceAll('STAGE', 'prod'),
);

/** Where AWS knows no narrower resource, or none that bears the name of the stack. */
const WIDE = [
  'WhatTakesNoResource',
  'WhatFeedsTheWorker',
  'ItsTags',
  'EmptySecrets',
  'SecretsByCloudFormationAlone',
  'SignedPackagesOnly',
  'HttpApiOnlyWithDomainName',
  'ItsAccessLogOnlyWithDomainName',
  'FirstDomainOnlyWithDomainName',
];

/** @param packages With every kind of resource that a stack may have. */
export function describeDeployerPolicy(packages: () => readonly Packaged[]): void {
  describe("the deployer's policy, by AWS's own data", () => {
    const explicit = POLICY.Statement.flatMap((statement) =>
      toList(statement.Action)
        .filter((action) => !action.endsWith(':*'))
        .map((action) => ({ action, sid: statement.Sid, statement })),
    );

    it.each(explicit)(
      'allows $action, which exists, on what it can be allowed on',
      async ({ action, statement }) => {
        expect(await actionExists(action)).toBe(true);
        const types = await listArnPatterns(action);
        const resources = toList(statement.Resource);
        // An action that takes no resource is granted by `*` alone.
        const fitting = resources.filter(
          (resource) => resource === '*' || types.some((type) => isOfType(resource, type)),
        );
        expect(fitting).not.toEqual([]);
        expect(types.length === 0 && resources.length > 1).toBe(false);
      },
    );

    it('names conditions that its actions know', async () => {
      const conditional = explicit.filter(({ statement }) => statement.Condition !== undefined);
      expect(conditional.length).toBeGreaterThan(3);
      for (const { action, statement } of conditional) {
        const keys = Object.values(statement.Condition ?? {}).flatMap((condition) => Object.keys(condition));
        const known = await Promise.all(keys.map((key) => knowsConditionKey(action, key)));
        expect({ action, unknown: keys.filter((_, index) => known[index] === false) }).toEqual({
          action,
          unknown: [],
        });
      }
    });
  });

  describe("the deployer's policy", () => {
    it('lets every resource of every stack be made and taken away, but what stays', async () => {
      const wanted = listWanted(packages(), 'hookmint-prod');
      expect(wanted.length).toBeGreaterThan(100);
      const refused: string[] = [];
      for (const { action, arn } of wanted) {
        const target = (await takesNoResource(action)) ? '*' : arn;
        if (findAllowing(OF_PROD, action, target).length === 0) refused.push(`${action} ${target}`);
      }
      expect(refused).toEqual([]);
    });

    it('touches no stage whose name begins with that of its own', async () => {
      const allowed = listWanted(packages(), 'hookmint-prod-eu').flatMap(({ action, arn }) =>
        findAllowing(OF_PROD, action, arn)
          .filter(({ Sid }) => !WIDE.includes(Sid))
          .map(({ Sid }) => `${Sid}: ${action} ${arn}`),
      );
      expect(allowed).toEqual([]);
    });

    it('is as wide as this, and says so by the names of its statements', () => {
      const wide = POLICY.Statement.filter(
        ({ Resource }) => !toList(Resource).every((each) => each.includes('SERVICE-STAGE')),
      ).filter(({ Sid }) => Sid !== 'Releases');
      expect(wide.map(({ Sid }) => Sid)).toEqual(WIDE);
      const feed = POLICY.Statement.find(({ Sid }) => Sid === 'WhatFeedsTheWorker');
      expect(JSON.stringify(feed?.Condition)).toContain('function:SERVICE-STAGE-worker');
    });

    it('reads no secret and no record, and deletes neither table nor secrets by hand', async () => {
      const forbidden = [
        'secretsmanager:GetSecretValue',
        'secretsmanager:PutSecretValue',
        'dynamodb:GetItem',
        'dynamodb:Query',
        'dynamodb:Scan',
        'dynamodb:DeleteTable',
        'sqs:ReceiveMessage',
        'sqs:PurgeQueue',
        'iam:AttachRolePolicy',
        'iam:PutUserPolicy',
      ];
      const actions = POLICY.Statement.flatMap(({ Action }) => toList(Action));
      expect(forbidden.filter((action) => actions.some((pattern) => fits(pattern, action)))).toEqual([]);
      const deletes = POLICY.Statement.filter(({ Action }) =>
        toList(Action).includes('secretsmanager:DeleteSecret'),
      );
      expect(deletes.map(({ Condition }) => Condition)).toEqual([
        {
          StringEquals: { 'aws:ResourceTag/aws:cloudformation:stack-name': 'SERVICE-STAGE' },
          'ForAnyValue:StringEquals': { 'aws:CalledVia': ['cloudformation.amazonaws.com'] },
        },
      ]);
    });

    it('can be made for every partition, and for every app', () => {
      expect(TEXT).not.toMatch(/arn:aws|hookmint/);
    });

    it('fits into an inline policy of a role, with names of an app that are long', () => {
      // 10,240 characters without white space. Source: IAM's quotas.
      const long = JSON.stringify(POLICY)
        .replaceAll('PARTITION', 'aws-us-gov')
        .replaceAll('REGION', 'ap-southeast-2')
        .replaceAll('ACCOUNT', '123456789012')
        .replaceAll('SERVICE-STAGE', 'x'.repeat(33));
      expect(long.length).toBeLessThan(10_240);
    });
  });
}

/** What operators may do is about the same resources, under the names that the stack gives them. */
export function describeOperatorPolicy(packages: () => readonly Packaged[]): void {
  it("the operators' policy reaches every queue, table, secret and log of the stack by its name", () => {
    const policy: Policy = JSON.parse(
      readFileSync(new URL('../../infra/operator-policy.json', import.meta.url), 'utf8')
        .replaceAll('PARTITION', 'aws')
        .replaceAll('REGION', 'eu-west-1')
        .replaceAll('ACCOUNT', '123456789012')
        .replaceAll('SERVICE', 'hookmint')
        .replaceAll('STAGE', 'prod'),
    );
    const patterns = policy.Statement.flatMap(({ Resource }) => toList(Resource));
    const types = [
      'AWS::SQS::Queue',
      'AWS::DynamoDB::Table',
      'AWS::SecretsManager::Secret',
      'AWS::Logs::LogGroup',
    ];
    const arns = packages().flatMap(({ template }) =>
      Object.entries(template.Resources)
        .filter(([id, { Type }]) => types.includes(Type) && !id.startsWith('HttpApi'))
        .map(([id, { Type, Properties }]) =>
          toArn('hookmint-prod', { id, type: Type, properties: Properties }, template.Resources),
        ),
    );
    expect(arns.length).toBeGreaterThan(5);
    expect(arns.filter((arn) => !patterns.some((pattern) => fits(pattern, arn)))).toEqual([]);
  });
}

interface Wanted {
  readonly action: string;
  readonly arn: string;
}

/** What CloudFormation does for each resource, and to which. */
function listWanted(packages: readonly Packaged[], stack: string): Wanted[] {
  return packages.flatMap(({ template }) =>
    Object.entries(template.Resources).flatMap(([id, { Type, Properties }]) => {
      const actions = MADE_BY[Type];
      if (actions === undefined) throw new Error(`${Type} has no line in made-by.ts`);
      const arn = toArn(stack, { id, type: Type, properties: Properties }, template.Resources);
      return actions.map((action) => ({ action, arn }));
    }),
  );
}

async function takesNoResource(action: string): Promise<boolean> {
  return (await listArnPatterns(action)).length === 0;
}

/** Whether a resource of the policy, with its placeholders and stars, can be one of this type. */
function isOfType(resource: string, type: string): boolean {
  return fits(type, resource.replaceAll('*', 'x'));
}
