/**
 * What CloudFormation's own schemas know of what we package, by spoiling it: each name of a property is refused when it
 * is misspelt, and each value is, unless it is listed here.
 */
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { type Engine, TemplateFile } from '@aws/cloudformation-validate';
import { beforeAll, describe, expect, it } from 'vitest';
import { isObject } from '../../lib/json/json.ts';
import type { Packaged, Resource } from './packaged.ts';

/** Documents in other languages than CloudFormation's: policies, environments, filters. */
const FOREIGN = new Set([
  'AssumeRolePolicyDocument',
  'CostFilters',
  'PolicyDocument',
  'RedrivePolicy',
  'RedriveAllowPolicy',
  'Variables',
]);

const TOPIC = /^arn:aws:sns:/;

/** Values that no schema of CloudFormation's checks, and what each may be. Source: the API reference of each service. */
const BY_HAND: Readonly<Record<string, RegExp>> = {
  'AWS::ApiGatewayV2::Api ProtocolType': /^(?:HTTP|WEBSOCKET)$/,
  'AWS::ApiGatewayV2::ApiMapping Stage': /^\$default$/,
  'AWS::ApiGatewayV2::DomainName DomainName': /^[\w.-]+$/,
  'AWS::ApiGatewayV2::DomainName DomainNameConfigurations.*.CertificateArn': /^arn:aws:acm:/,
  'AWS::ApiGatewayV2::DomainName DomainNameConfigurations.*.EndpointType': /^REGIONAL$/,
  'AWS::ApiGatewayV2::DomainName DomainNameConfigurations.*.SecurityPolicy': /^TLS_1_2$/,
  'AWS::ApiGatewayV2::Integration IntegrationType': /^AWS_PROXY$/,
  'AWS::ApiGatewayV2::Integration PayloadFormatVersion': /^[12]\.0$/,
  // 50 ms to 30 s.
  'AWS::ApiGatewayV2::Integration TimeoutInMillis': /^(?:[5-9]\d|[1-9]\d{2,3}|[12]\d{4}|30000)$/,
  'AWS::ApiGatewayV2::Route RouteKey': /^\$default$/,
  'AWS::ApiGatewayV2::Stage StageName': /^\$default$/,
  'AWS::ApiGatewayV2::Stage AccessLogSettings.Format': /^\{.*\$context\.requestId.*\}$/,
  'AWS::ApiGatewayV2::Stage DefaultRouteSettings.ThrottlingBurstLimit': /^[1-9]\d*$/,
  'AWS::ApiGatewayV2::Stage DefaultRouteSettings.ThrottlingRateLimit': /^[1-9]\d*$/,
  'AWS::Budgets::Budget Budget.BudgetLimit.Amount': /^\d+$/,
  'AWS::Budgets::Budget Budget.BudgetLimit.Unit': /^USD$/,
  'AWS::Budgets::Budget Budget.BudgetType': /^COST$/,
  'AWS::Budgets::Budget Budget.TimeUnit': /^MONTHLY$/,
  'AWS::Budgets::Budget NotificationsWithSubscribers.*.Notification.ComparisonOperator': /^GREATER_THAN$/,
  'AWS::Budgets::Budget NotificationsWithSubscribers.*.Notification.NotificationType':
    /^(?:ACTUAL|FORECASTED)$/,
  'AWS::Budgets::Budget NotificationsWithSubscribers.*.Notification.ThresholdType': /^PERCENTAGE$/,
  'AWS::Budgets::Budget NotificationsWithSubscribers.*.Subscribers.*.Address': TOPIC,
  'AWS::Budgets::Budget NotificationsWithSubscribers.*.Subscribers.*.SubscriptionType': /^SNS$/,
  'AWS::CloudWatch::Alarm AlarmActions.*': TOPIC,
  'AWS::CloudWatch::Alarm Dimensions.*.Name': /^(?:ApiId|ExecutedVersion|FunctionName|QueueName|Resource)$/,
  'AWS::CloudWatch::Alarm ExtendedStatistic': /^p99$/,
  'AWS::CloudWatch::Alarm MetricName': /^\w+$/,
  'AWS::CloudWatch::Alarm Metrics.*.Expression': /^(?:IF|FILL)\(.+\)$/,
  'AWS::CloudWatch::Alarm Metrics.*.MetricStat.Metric.Dimensions.*.Name': /^version$/,
  'AWS::CloudWatch::Alarm Metrics.*.MetricStat.Metric.MetricName': /^\w+$/,
  'AWS::CloudWatch::Alarm Metrics.*.MetricStat.Metric.Namespace': /^hookmint\/prod$/,
  'AWS::CloudWatch::Alarm Metrics.*.MetricStat.Stat': /^Sum$/,
  'AWS::CloudWatch::Alarm Namespace': /^(?:AWS\/(?:ApiGateway|Lambda|SQS)|hookmint\/prod)$/,
  'AWS::CloudWatch::Alarm OKActions.*': TOPIC,
  'AWS::CloudWatch::Alarm Threshold': /^\d+$/,
  'AWS::CloudWatch::CompositeAlarm AlarmActions.*': TOPIC,
  'AWS::CloudWatch::CompositeAlarm OKActions.*': TOPIC,
  'AWS::DynamoDB::Table AttributeDefinitions.*.AttributeName': /^id$/,
  'AWS::DynamoDB::Table KeySchema.*.AttributeName': /^id$/,
  'AWS::DynamoDB::Table KeySchema.*.KeyType': /^(?:HASH|RANGE)$/,
  'AWS::DynamoDB::Table TimeToLiveSpecification.AttributeName': /^expiresAt$/,
  'AWS::IAM::Role Policies.*.PolicyName': /^[\w+=,.@-]{1,128}$/,
  'AWS::Lambda::EventInvokeConfig Qualifier': /^live$/,
  'AWS::Lambda::Function Code.S3Key': /\.zip$/,
  'AWS::Lambda::Permission Principal': /^(?:\*|(?:apigateway|secretsmanager)\.amazonaws\.com)$/,
  'AWS::Lambda::Url Qualifier': /^live$/,
  'AWS::Lambda::Version CodeSha256': /^[\w+/]{43}=$/,
  // The patterns are held against real lines in describe-metrics.ts.
  'AWS::Logs::MetricFilter FilterPattern': /^\{.+\}$/,
  'AWS::Logs::MetricFilter MetricTransformations.*.Dimensions.*.Key': /^version$/,
  'AWS::Logs::MetricFilter MetricTransformations.*.Dimensions.*.Value': /^\$\.version$/,
  'AWS::Logs::MetricFilter MetricTransformations.*.MetricName': /^\w+$/,
  'AWS::Logs::MetricFilter MetricTransformations.*.MetricNamespace': /^hookmint\/prod$/,
  // 1 to 1000.
  'AWS::SecretsManager::RotationSchedule RotationRules.AutomaticallyAfterDays': /^(?:[1-9]\d{0,2}|1000)$/,
  'AWS::SecretsManager::RotationSchedule SecretId': /^arn:aws:secretsmanager:/,
  'AWS::SQS::Queue QueueName': /^[\w-]{1,80}$/,
  'AWS::Scheduler::Schedule ScheduleExpression': /^rate\(5 minutes\)$/,
};

/** What is read by people. */
const WORDS = /^\S+ (?:AlarmDescription|Description|Metrics\.\*\.Label|Name)$/;

/** Of an alternative the validator names the whole: this one is checked in package.test.ts, word by word. */
const OF_AN_ALTERNATIVE = ['AWS::DynamoDB::Table KeySchema.*.KeyType'];

type Path = readonly (string | number)[];

export function describeSchemas(engine: Engine, packages: () => readonly Packaged[]): void {
  describe("CloudFormation's own schemas", () => {
    let resources: Readonly<Record<string, Resource>> = {};
    beforeAll(() => {
      resources = pickOneOfEachKind(packages());
    });

    it('refuse every name of a property that is misspelt, whatever stands in it', async () => {
      const unnoticed: string[] = [];
      let misspelt = 0;
      for (let depth = 0; ; depth += 1) {
        const paths: Path[] = [];
        const spoilt = change(resources, (properties, id) =>
          misspell(properties, { path: [id], depth, paths }),
        );
        if (paths.length === 0) break;
        misspelt += paths.length;
        const found = await validate(engine, spoilt);
        const named = new Set(found.map(({ id, path }) => `${id} ${path.split('.').at(-1)}`));
        unnoticed.push(
          ...paths
            .filter((path) => !named.has(`${path[0]} ${path.at(-1)}Zz`))
            .map((path) => toKey(path, resources)),
        );
      }
      expect(misspelt).toBeGreaterThan(200);
      expect([...new Set(unnoticed)]).toEqual(OF_AN_ALTERNATIVE);
    });

    it('refuse every value that they know of, and the others are what they may be by the list above', async () => {
      const paths: Path[] = [];
      const spoilt = change(resources, (properties, id) => spoil(properties, [id], paths));
      const found = await validate(engine, spoilt);
      const noticed = new Set(found.map(({ id, path }) => `${id} ${path}`));
      const free = paths.filter(([id, ...path]) => !noticed.has(`${id} ${path.join('.')}`));
      const wrong = free.filter((path) => {
        const key = toKey(path, resources);
        return !WORDS.test(key) && BY_HAND[key]?.test(String(read(resources, path))) !== true;
      });
      expect(wrong).toEqual([]);
      const keys = new Set(free.map((path) => toKey(path, resources)));
      expect(Object.keys(BY_HAND).filter((key) => !keys.has(key))).toEqual([]);
      expect(paths.length - free.length).toBeGreaterThan(100);
    });
  });
}

/** Of resources that have the same properties one is enough. */
function pickOneOfEachKind(packages: readonly Packaged[]): Record<string, Resource> {
  const kinds = new Map<string, readonly [id: string, resource: Resource]>();
  for (const [index, { template }] of packages.entries()) {
    for (const [id, resource] of Object.entries(template.Resources)) {
      const paths: Path[] = [];
      spoil(resource.Properties, [], paths);
      const kind = [resource.Type, ...new Set(paths.map(toPattern))].join(' ');
      if (!kinds.has(kind)) kinds.set(kind, [`${id}${index}`, resource]);
    }
  }
  return Object.fromEntries(kinds.values());
}

function change(
  resources: Readonly<Record<string, Resource>>,
  toProperties: (properties: unknown, id: string) => unknown,
): object {
  const changed = Object.entries(resources).map(([id, { Type, Properties }]) => [
    id,
    { Type, Properties: toProperties(Properties, id) },
  ]);
  return { Resources: Object.fromEntries(changed) };
}

interface Misspelling {
  readonly path: Path;
  /** How far down the names are that are misspelt. */
  readonly depth: number;
  /** Takes each of them. */
  readonly paths: Path[];
}

function misspell(value: unknown, { path, depth, paths }: Misspelling): unknown {
  if (Array.isArray(value))
    return value.map((each, index) => misspell(each, { path: [...path, index], depth, paths }));
  if (!isObject(value) || isFunction(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      if (depth === 0) {
        paths.push([...path, name]);
        return [`${name}Zz`, inner];
      }
      if (FOREIGN.has(name)) return [name, inner];
      return [name, misspell(inner, { path: [...path, name], depth: depth - 1, paths })];
    }),
  );
}

function spoil(value: unknown, path: Path, paths: Path[]): unknown {
  if (Array.isArray(value)) return value.map((each, index) => spoil(each, [...path, index], paths));
  if (isObject(value)) {
    if (isFunction(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [
        name,
        FOREIGN.has(name) ? inner : spoil(inner, [...path, name], paths),
      ]),
    );
  }
  paths.push(path);
  if (typeof value === 'number') return -987_654_321;
  return typeof value === 'string' ? 'zZ!~ nonsense' : 'neither true nor false';
}

/** `{ Ref: … }`, `{ 'Fn::Sub': … }`: a value that only CloudFormation knows. */
function isFunction(value: object): boolean {
  const [name = '', ...more] = Object.keys(value);
  return more.length === 0 && /^(?:Ref|Fn::\w+)$/.test(name);
}

interface Finding {
  readonly id: string;
  /** From the properties of the resource: `Dimensions.0.Name`. */
  readonly path: string;
}

async function validate(engine: Engine, template: object): Promise<Finding[]> {
  const file = join(tmpdir(), `${randomUUID()}.json`);
  await writeFile(file, JSON.stringify(template));
  try {
    const { diagnostics } = engine.validateStandard(new TemplateFile(file), { severityLevel: 'WARN' });
    return diagnostics.map(({ entity, propertyPath = '' }) => ({
      id: entity?.logicalId ?? '',
      path: propertyPath.replace(/^Properties\./, ''),
    }));
  } finally {
    await rm(file);
  }
}

/** `AWS::Lambda::Function Code.S3Key`. */
function toKey([id = '', ...path]: Path, resources: Readonly<Record<string, Resource>>): string {
  return `${resources[id]?.Type} ${toPattern(path)}`;
}

function toPattern(path: Path): string {
  return path.map((step) => (typeof step === 'number' ? '*' : step)).join('.');
}

function read(resources: Readonly<Record<string, Resource>>, [id = '', ...path]: Path): unknown {
  return path.reduce<unknown>((value, step) => Object(value)[step], resources[id]?.Properties);
}
