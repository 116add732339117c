/** Every policy inside a package, held against AWS's own service authorization data. */
import { beforeAll, describe, expect, it } from 'vitest';
import { toArn } from '../operations/made-by.ts';
import { actionExists, knowsConditionKey, listArnPatterns, overlap } from './iam-data.ts';
import type { Packaged, Resource, Template } from './packaged.ts';

/** Where an action could be allowed on less than everything, and is not: beside each stands why. */
const ON_EVERYTHING = [
  'cloudwatch:DescribeAlarms', // CodeDeploy asks for its alarms in one list
];

interface Right {
  /** Where it stands: `WorkerRole`. */
  readonly id: string;
  readonly action: string;
  /** ARNs, with stars; none where the policy is about the resource that it belongs to. */
  readonly resources: readonly string[];
  readonly conditionKeys: readonly string[];
}

export function describePolicies(names: readonly string[], of: (name: string) => Packaged): void {
  describe.each(names)('the policies, %s', (name) => {
    let rights: readonly Right[] = [];
    beforeAll(() => {
      rights = listRights(of(name).template);
    });

    it('name actions that AWS has', async () => {
      expect(rights.length).toBeGreaterThan(20);
      const unknown = await filterAsync(rights, async ({ action }) => !(await actionExists(action)));
      expect(unknown).toEqual([]);
    });

    it('allow each action on resources that it can be allowed on', async () => {
      const wrong = await filterAsync(rights, async ({ action, resources }) => {
        if (ON_EVERYTHING.includes(action)) return false;
        const types = await listArnPatterns(action);
        if (types.length === 0) return resources.some((resource) => resource !== '*');
        return resources.some(
          (resource) => resource === '*' || !types.some((type) => overlap(type, resource)),
        );
      });
      expect(wrong).toEqual([]);
    });

    it('set conditions that the action knows', async () => {
      const wrong = await filterAsync(rights, async ({ action, conditionKeys }) => {
        const known = await Promise.all(conditionKeys.map((key) => knowsConditionKey(action, key)));
        return known.includes(false);
      });
      expect(wrong).toEqual([]);
    });
  });

  it('of policies finds what cannot be: an action, a resource, a condition', async () => {
    expect(await actionExists('sqs:SendMesage')).toBe(false);
    const [queue = ''] = await listArnPatterns('sqs:SendMessage');
    expect(overlap(queue, 'arn:aws:sqs:eu-west-1:123456789012:hookmint-*')).toBe(true);
    expect(overlap(queue, 'arn:aws:dynamodb:eu-west-1:123456789012:table/hookmint')).toBe(false);
    expect(await listArnPatterns('codedeploy:StopDeployment')).toEqual([]);
    expect(await knowsConditionKey('sts:AssumeRole', 'aws:SourceAccount')).toBe(true);
    expect(await knowsConditionKey('sts:AssumeRole', 'aws:SourceAcount')).toBe(false);
  });
}

async function filterAsync<T>(values: readonly T[], test: (value: T) => Promise<boolean>): Promise<T[]> {
  const kept = await Promise.all(values.map(test));
  return values.filter((_, index) => kept[index]);
}

function listRights(template: Template): Right[] {
  return Object.entries(template.Resources).flatMap(([id, { Type, Properties }]) => {
    switch (Type) {
      case 'AWS::IAM::Role':
        return [
          Properties['AssumeRolePolicyDocument'],
          ...(Properties['Policies'] ?? []).map(toDocument),
        ].flatMap((document) => readDocument(id, document, template));
      case 'AWS::IAM::Policy':
      case 'AWS::SQS::QueuePolicy':
      case 'AWS::S3::BucketPolicy':
        return readDocument(id, Properties['PolicyDocument'], template);
      case 'AWS::Lambda::Permission':
        return [{ id, action: String(Properties['Action']), resources: [], conditionKeys: [] }];
      default:
        return [];
    }
  });
}

function toDocument({ PolicyDocument }: { readonly PolicyDocument: Document }): Document {
  return PolicyDocument;
}

interface Document {
  readonly Statement: readonly {
    readonly Action: string | readonly string[];
    readonly Resource?: unknown;
    readonly Condition?: Readonly<Record<string, object>>;
  }[];
}

function readDocument(id: string, { Statement: statements }: Document, template: Template): Right[] {
  return statements.flatMap(({ Action, Resource: resources = [], Condition = {} }) =>
    [Action]
      .flat()
      // A denial of everything that a service has.
      .filter((action) => !action.endsWith(':*'))
      .map((action) => ({
        id,
        action,
        resources: [resources].flat().map((resource) => resolve(resource, template)),
        conditionKeys: Object.values(Condition).flatMap((keys) => Object.keys(keys)),
      })),
  );
}

/** The ARN that CloudFormation puts in for a reference; what it cannot know here is a star. */
function resolve(value: unknown, template: Template): string {
  if (typeof value === 'string') return value;
  const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::Sub': text, 'Fn::Join': join } = Object(value);
  if (ref !== undefined) return toResourceArn(ref, template);
  if (attribute !== undefined) return toResourceArn([attribute].flat()[0], template);
  if (Array.isArray(join)) return join[1].map((part: unknown) => resolvePart(part, template)).join(join[0]);
  return String(text).replaceAll(/\$\{([\w:]+)(?:\.Arn)?\}/g, (_, name: string) =>
    resolvePart({ Ref: name }, template),
  );
}

function resolvePart(value: unknown, template: Template): string {
  const { Ref: ref } = Object(value);
  return String(ref).startsWith('AWS::') ? '*' : resolve(value, template);
}

function toResourceArn(id: string, { Resources }: Template): string {
  const resource: Resource | undefined = Resources[id];
  if (resource === undefined) throw new Error(`there is no ${id}`);
  const arn = toArn('hookmint-prod', { id, type: resource.Type, properties: resource.Properties }, Resources);
  // That of a log group stands for its streams as well.
  return resource.Type === 'AWS::Logs::LogGroup' ? `${arn}:*` : arn;
}
