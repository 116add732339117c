/** The alarms and the dashboard of a package: whatever is there is watched, and whatever they name is there. */
import { describe, expect, it } from 'vitest';
import { isObject } from '../../local/json.ts';
import { ofType, type Packaged } from './packaged.ts';
import { namedIn } from './references.ts';

const SHAPES = ['queued, function URL', 'inline, function URL'];
const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:alarms';
const NAMESPACE = 'hookmint/prod';

/** What an alarm must be about; without a queue there is none about it. */
const WATCHED = {
  both: [
    'Errors of WebhookLambdaFunction',
    'Throttles of WebhookLambdaFunction',
    'Duration of WebhookLambdaFunction',
    'Errors of SweeperLambdaFunction',
    'DeliveriesFailed',
    'SignatureFailures',
    'IdentityFailures',
    'MissingPermissions',
    'SweepsFinished',
    'DeliveriesGivenUp',
  ],
  queued: [
    'ApproximateNumberOfMessagesVisible of DeadLetters',
    'ApproximateAgeOfOldestMessage of DeliveryQueue',
    'Errors of WorkerLambdaFunction',
    'Throttles of WorkerLambdaFunction',
    'WorkerFailures',
  ],
};

export function describeAlarms(of: (name: string) => Packaged): void {
  describe.each(SHAPES)('the alarms, %s', (name) => {
    const toAlarms = () => ofType(of(name).template, 'AWS::CloudWatch::Alarm');

    it('watch all that can go wrong, every queue and every function', () => {
      const watched = toAlarms().map(({ Properties }) =>
        [Properties['MetricName'], ...namedIn(Properties['Dimensions'])].join(' of '),
      );
      const expected = [...WATCHED.both, ...(name.startsWith('queued') ? WATCHED.queued : [])];
      expect(watched.toSorted()).toEqual(expected.toSorted());
      const { template } = of(name);
      const things = [...ofType(template, 'AWS::SQS::Queue'), ...ofType(template, 'AWS::Lambda::Function')];
      for (const { id } of things)
        expect(watched.filter((text) => text.endsWith(` of ${id}`))).not.toEqual([]);
    });

    it('say what to look at first, and stay silent about what did not happen', () => {
      for (const { id, Properties } of toAlarms()) {
        expect(Properties['AlarmDescription'], `alarm ${id}`).toMatch(/\. First .{20,}\.$/s);
        const missing = id === 'SweepSilentAlarm' ? 'breaching' : 'notBreaching';
        expect(Properties['TreatMissingData'], `alarm ${id}`).toBe(missing);
        expect(Properties['AlarmActions'], `alarm ${id}`).toEqual([]);
      }
    });

    it('count what some metric filter counts', () => {
      const counted = toCounted(of(name));
      const custom = toAlarms().filter(({ Properties }) => !Properties['Namespace'].startsWith('AWS/'));
      for (const { id, Properties } of custom) {
        expect(Properties['Namespace'], `alarm ${id}`).toBe(NAMESPACE);
        expect(counted, `alarm ${id}`).toContain(Properties['MetricName']);
      }
    });
  });

  it('notify the topic that is given', () => {
    for (const { Properties } of ofType(of('queued, HTTP API').template, 'AWS::CloudWatch::Alarm'))
      expect(Properties['AlarmActions']).toEqual([TOPIC]);
  });

  it('hold the slowest webhook of a hundred against the 10 s that GitHub waits, or 30', () => {
    const toSlow = (name: string) => of(name).template.Resources['WebhookSlowAlarm']?.Properties;
    expect(toSlow('queued, function URL')).toMatchObject({ ExtendedStatistic: 'p99', Threshold: 7_000 });
    expect(toSlow('inline, HTTP API')).toMatchObject({ ExtendedStatistic: 'p99', Threshold: 21_000 });
  });

  describe.each(SHAPES)('the dashboard, %s', (name) => {
    it('shows a day, by metrics and functions that are there', () => {
      const { start, widgets } = readDashboard(of(name));
      expect(start).toBe('-PT24H');
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
      const deployed = ofType(of(name).template, 'AWS::Lambda::Function');
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
      const groups = ofType(of(name).template, 'AWS::Logs::LogGroup');
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
