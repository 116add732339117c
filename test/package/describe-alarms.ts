/** The alarms and the dashboard of a package: what they watch, and that whatever they name is there. */
import { describe, expect, it } from 'vitest';
import { isObject } from '../../lib/json/json.ts';
import { ofType, type Packaged, type Resource } from './packaged.ts';

const SHAPES = ['queued, function URL', 'inline, function URL'];
const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:alarms';
const NAMESPACE = 'hookmint/prod';

/** Each alarm, as `toText` says it. Those of a release tell CodeDeploy, and nobody else. */
const ALARMS = {
  WebhookErrorsAlarm: 'Sum of AWS/Lambda Errors, FunctionName WebhookLambdaFunction: 1 × 300 s >= 1',
  WebhookFailuresAlarm: 'Sum of hookmint/prod DeliveriesFailed: 1 × 300 s >= 5',
  WebhookThrottlesAlarm: 'Sum of AWS/Lambda Throttles, FunctionName WebhookLambdaFunction: 1 × 300 s >= 1',
  WebhookSlowAlarm: 'p99 of AWS/Lambda Duration, FunctionName WebhookLambdaFunction: 1 × 300 s >= 7000',
  SignatureFailuresAlarm:
    'IF(FILL(Sum of hookmint/prod SignatureFailures, 0) >= 3, 100 * FILL(Sum of hookmint/prod SignatureFailures, 0) / (FILL(Sum of hookmint/prod SignatureFailures, 0) + FILL(Sum of hookmint/prod DeliveriesReceived, 0)), 0): 1 × 3600 s >= 10',
  IdentityFailuresAlarm: 'Sum of hookmint/prod IdentityFailures: 1 × 300 s >= 1',
  MissingPermissionsAlarm: 'Sum of hookmint/prod MissingPermissions: 1 × 300 s >= 1',
  SweeperErrorsAlarm: 'Sum of AWS/Lambda Errors, FunctionName SweeperLambdaFunction: 1 × 300 s >= 1',
  SweepSilentAlarm: 'FILL(Sum of hookmint/prod SweepsFinished, 0): 6 × 300 s < 1, or missing',
  SweepAskedAlarm: 'Sum of hookmint/prod SweepAsked: 1 × 900 s >= 5',
  DeliveriesGivenUpAlarm: 'Sum of hookmint/prod DeliveriesGivenUp: 1 × 300 s >= 1',
  DeliveriesMissingAlarm: 'Maximum of hookmint/prod DeliveriesMissing: 1 × 300 s >= 1',
  AnotherVersionAlarm: 'Sum of hookmint/prod OtherVersions: 1 × 300 s >= 1',
  OutcomesNotRecordedAlarm: 'Sum of hookmint/prod OutcomesNotRecorded: 1 × 300 s >= 1',
  WebhookReleaseErrorsAlarm: `Sum of AWS/Lambda Errors, ${newest('Webhook')}: 1 × 60 s >= 1`,
  WebhookReleaseFailuresAlarm: releaseRate('Webhook'),
  WebhookReleaseSlowAlarm: `p99 of AWS/Lambda Duration, ${newest('Webhook')}: 1 × 60 s >= 7000`,
};
const QUEUE_ALARMS = {
  DeadLettersAlarm:
    'Maximum of AWS/SQS ApproximateNumberOfMessagesVisible, QueueName DeadLetters.QueueName: 1 × 300 s >= 1',
  QueueAgeAlarm:
    'Maximum of AWS/SQS ApproximateAgeOfOldestMessage, QueueName DeliveryQueue.QueueName: 1 × 300 s >= 900',
  WorkerErrorsAlarm: 'Sum of AWS/Lambda Errors, FunctionName WorkerLambdaFunction: 1 × 300 s >= 1',
  WorkerFailuresAlarm: 'Sum of hookmint/prod WorkerFailures: 1 × 300 s >= 10',
  WorkerThrottlesAlarm: 'Sum of AWS/Lambda Throttles, FunctionName WorkerLambdaFunction: 1 × 300 s >= 1',
  WorkerLateAlarm: 'Maximum of hookmint/prod QueuedMs: 1 × 300 s >= 14400000',
  RecordsGoBackAlarm: 'Sum of hookmint/prod RecordsGoBack: 1 × 300 s >= 5',
  WorkerReleaseErrorsAlarm: `Sum of AWS/Lambda Errors, ${newest('Worker')}: 1 × 60 s >= 1`,
  WorkerReleaseFailuresAlarm: releaseRate('Worker'),
};
const ROTATOR_ALARMS = {
  RotatorErrorsAlarm: 'Sum of AWS/Lambda Errors, FunctionName RotatorLambdaFunction: 1 × 300 s >= 1',
};
const API_ALARMS = { HttpApiErrorsAlarm: 'Sum of AWS/ApiGateway 5xx, ApiId HttpApi: 1 × 300 s >= 5' };

const EXPECTED = {
  'queued, function URL': { ...ALARMS, ...QUEUE_ALARMS, ...ROTATOR_ALARMS },
  'queued, HTTP API': { ...ALARMS, ...QUEUE_ALARMS, ...API_ALARMS },
  'inline, function URL': { ...ALARMS, ...ROTATOR_ALARMS },
  'inline, HTTP API': {
    ...ALARMS,
    ...ROTATOR_ALARMS,
    ...API_ALARMS,
    // An Enterprise Server waits for 30 s.
    WebhookSlowAlarm: 'p99 of AWS/Lambda Duration, FunctionName WebhookLambdaFunction: 1 × 300 s >= 21000',
    WebhookReleaseSlowAlarm: `p99 of AWS/Lambda Duration, ${newest('Webhook')}: 1 × 60 s >= 21000`,
  },
};

export function describeAlarms(of: (name: string) => Packaged): void {
  const toAlarms = (name: string) => ofType(of(name).template, 'AWS::CloudWatch::Alarm');

  describe.each(Object.entries(EXPECTED))('the alarms, %s', (name, expected) => {
    it('watch this, and nothing else', () => {
      const alarms = toAlarms(name).map(({ id, Properties }) => [id, toText(Properties)]);
      expect(Object.fromEntries(alarms)).toEqual(expected);
    });

    it('say what to look at first, and notify the topic where one is given, unless they are a release’s', () => {
      const topics = name === 'queued, HTTP API' ? [TOPIC] : [];
      for (const { id, Properties } of toAlarms(name)) {
        expect(Properties['OKActions'], `alarm ${id}`).toEqual(Properties['AlarmActions']);
        expect(Properties['AlarmDescription'], `alarm ${id}`).toMatch(/\. First .{20,}\.$/s);
        expect(Properties['AlarmActions'], `alarm ${id}`).toEqual(
          id.includes('Release') ? undefined : topics,
        );
      }
    });

    it('are one state as well: whether the App works at all', () => {
      const [composite, ...more] = ofType(of(name).template, 'AWS::CloudWatch::CompositeAlarm');
      expect(more).toEqual([]);
      const rule = composite?.Properties['AlarmRule']['Fn::Sub'];
      const queue = name.startsWith('queued') ? ['WorkerErrorsAlarm', 'QueueAgeAlarm'] : [];
      const alarms = ['WebhookErrorsAlarm', 'IdentityFailuresAlarm', 'SweepSilentAlarm', ...queue];
      expect(rule).toBe(alarms.map((id) => `ALARM("\${${id}}")`).join(' OR '));
      expect(Object.keys(expected)).toEqual(expect.arrayContaining(alarms));
    });

    it('count what some metric filter counts', () => {
      const own = Object.values(expected).flatMap((text) =>
        [...text.matchAll(/ hookmint\/prod (\w+)/g)].map(([, metric = '']) => metric),
      );
      expect(own.filter((metric) => !toCounted(of(name)).includes(metric))).toEqual([]);
    });
  });

  describe.each(SHAPES)('the dashboard, %s', (name) => {
    it('shows a day, by metrics and functions that are there', () => {
      const { start, widgets } = readDashboard(of(name));
      expect(start).toBe('-PT24H');
      // A single value is of the whole day, whatever period somebody looks at.
      const [sums] = widgets.filter(({ properties }) => properties.view === 'singleValue');
      expect(sums?.properties.setPeriodToTimeRange).toBe(true);
      // An account has one list of dashboards for all regions.
      const [dashboard] = ofType(of(name).template, 'AWS::CloudWatch::Dashboard');
      expect(dashboard?.Properties['DashboardName']).toEqual({ 'Fn::Sub': 'hookmint-prod-${AWS::Region}' });
      const shown = widgets.flatMap(({ properties }) => properties.metrics ?? []);
      const own = shown.filter(([namespace]) => namespace === NAMESPACE).map(([, metric]) => metric);
      const counted = toCounted(of(name));
      expect(own.filter((metric) => !counted.includes(String(metric)))).toEqual([]);
      const wanted = ['DeliveriesReceived', 'DeliveriesHandled', 'DeliveriesFailed', 'TokensMinted'];
      const waited = name.startsWith('queued') ? ['QueuedMs'] : [];
      expect(own).toEqual(expect.arrayContaining([...wanted, 'TokensCached', ...waited]));

      const functions = new Set(
        shown.filter(([, , dimension]) => dimension === 'FunctionName').map(([, , , id]) => id),
      );
      const deployed = ofType(of(name).template, 'AWS::Lambda::Function').filter(isAllDay);
      expect(functions).toEqual(new Set(deployed.map(({ Properties }) => Properties['FunctionName'])));
      const queues = shown.filter(([, , dimension]) => dimension === 'QueueName').map(([, , , id]) => id);
      expect(new Set(queues)).toEqual(
        new Set(name.startsWith('queued') ? ['DeadLetters.QueueName', 'DeliveryQueue.QueueName'] : []),
      );
    });

    it('reads the errors from the logs that are there', () => {
      const { widgets } = readDashboard(of(name));
      const queries = widgets.flatMap(({ properties }) => properties.query ?? []).join();
      const sources = [...queries.matchAll(/SOURCE '([^']+)'/g)].map(([, group]) => group);
      const groups = ofType(of(name).template, 'AWS::Logs::LogGroup').filter(isAllDay);
      expect(new Set(sources)).toEqual(new Set(groups.map(({ Properties }) => Properties['LogGroupName'])));
    });

    it('lays its widgets side by side, none over another', () => {
      const cells = readDashboard(of(name)).widgets.flatMap(({ x, y, width, height }) =>
        Array.from({ length: width * height }, (_, at) => [x + (at % width), y + Math.floor(at / width)]),
      );
      expect(Math.max(...cells.map(([x = 0]) => x))).toBe(23);
      expect(new Set(cells.map(String)).size).toBe(cells.length);
    });
  });
}

/** The rotator takes four steps in some months, which a day does not show: its alarm tells. */
function isAllDay({ id }: { readonly id: string }): boolean {
  return !id.startsWith('Rotator');
}

/** The dimensions of the version that a release brings, among those that its alias leads to. */
function newest(name: string): string {
  return `FunctionName ${name}LambdaFunction, Resource \${${name}LambdaFunction}:live, ExecutedVersion the newest ${name}LambdaVersion`;
}

function releaseRate(name: string): string {
  const [failed, seen] = ['Failures', 'Seen'].map(
    (kind) => `FILL(Sum of hookmint/prod ${name}Release${kind}, version the newest ${name}LambdaVersion, 0)`,
  );
  return `IF(${seen} > ${failed}, 100 * ${failed} / ${seen}, IF(${failed} > 0, 100, 0)): 1 × 60 s >= 25`;
}

const OPERATORS: Readonly<Record<string, string>> = {
  GreaterThanOrEqualToThreshold: '>=',
  LessThanThreshold: '<',
};

/**
 * `STATISTIC of NAMESPACE METRIC, DIMENSION RESOURCE: PERIODS × SECONDS OPERATOR THRESHOLD`, and `, or missing` where
 * no value is as bad. What it does not know of is refused.
 */
function toText({ Metrics, ...alarm }: Resource['Properties']): string {
  const { AlarmDescription: _, AlarmActions: __, OKActions: ___, ...plain } = alarm;
  const { EvaluationPeriods, Threshold, ComparisonOperator, TreatMissingData, ...metric } = plain;
  const [measure, period] = Metrics === undefined ? toMeasure(metric) : toExpression(Metrics, metric);
  const missing = { breaching: ', or missing', notBreaching: '' }[String(TreatMissingData)] ?? '?';
  const operator = OPERATORS[ComparisonOperator] ?? ComparisonOperator;
  return `${measure}: ${EvaluationPeriods} × ${period} s ${operator} ${Threshold}${missing}`;
}

type Measure = readonly [text: string, periodSeconds: number];

function toMeasure(metric: Resource['Properties']): Measure {
  const { Namespace, MetricName, Dimensions = [], Statistic, ExtendedStatistic, Period, ...rest } = metric;
  expect(rest).toEqual({});
  const of = Dimensions.map(({ Name, Value }: Resource['Properties']) => `, ${Name} ${toName(Value)}`);
  return [`${Statistic ?? ExtendedStatistic} of ${Namespace} ${MetricName}${of.join('')}`, Period];
}

/** Of one expression and the metrics that it is about, all of one period. */
function toExpression([math, ...about]: Resource['Properties'][], rest: object): Measure {
  expect([math?.['ReturnData'] ?? true, rest]).toEqual([true, {}]);
  const measures = about.map(({ Id, ReturnData, MetricStat }): readonly [id: string, measure: Measure] => {
    expect(ReturnData).toBe(false);
    const { Metric, Stat, Period } = MetricStat;
    return [Id, toMeasure({ ...Metric, Statistic: Stat, Period })];
  });
  const periods = new Set(measures.map(([, [, period]]) => period));
  expect(periods.size).toBe(1);
  const texts = new Map(measures.map(([id, [text]]) => [id, text]));
  const text = String(math?.['Expression']).replaceAll(/\b[a-z]\w*\b/g, (id) => texts.get(id) ?? id);
  return [text, [...periods][0] ?? 0];
}

/** `Ref` and `Fn::GetAtt` by the names in them. */
function toName(value: Readonly<Record<string, string | string[]>>): string {
  const name = [value['Ref'] ?? value['Fn::GetAtt'] ?? value['Fn::Sub'] ?? '?'].flat().join('.');
  // The name of a version has the digest of its function in it.
  return name.replace(/^(\w+LambdaVersion)\w+\.Version$/, 'the newest $1');
}

/** Names of the metrics that the metric filters write. */
function toCounted({ template }: Packaged): string[] {
  return ofType(template, 'AWS::Logs::MetricFilter').flatMap(({ Properties }) =>
    Properties['MetricTransformations'].map(
      ({ MetricNamespace, MetricName }: Readonly<Record<string, string>>) => {
        expect(MetricNamespace).toBe(NAMESPACE);
        return MetricName;
      },
    ),
  );
}

interface Dashboard {
  readonly start: string;
  readonly widgets: readonly {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
    readonly properties: {
      readonly metrics?: readonly (readonly unknown[])[];
      readonly query?: string;
      readonly view?: string;
      readonly setPeriodToTimeRange?: boolean;
    };
  }[];
}

/** As CloudWatch gets it, with every `${Name}` replaced by the name. */
function readDashboard({ template }: Packaged): Dashboard {
  const [dashboard] = ofType(template, 'AWS::CloudWatch::Dashboard');
  const body: unknown = dashboard?.Properties['DashboardBody'];
  if (!isObject(body)) throw new Error('there is no dashboard');
  const parsed: Dashboard = JSON.parse(String(body['Fn::Sub']).replaceAll(/\$\{([\w:.]+)\}/g, '$1'));
  return parsed;
}
