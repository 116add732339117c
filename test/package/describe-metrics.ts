/** The metric filters of a package, held against lines that the built functions really write. */
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { FaultCode } from '../../lib/faults.ts';
import { FAULTS } from '../../lib/reasons.ts';
import { COMMON_FIELDS } from '../../lib/log/fields.ts';
import { LINES, type LineDescription } from '../../lib/log/lines.ts';
import { MESSAGES, type LineCode } from '../../lib/log/messages.ts';
import { receive, toSqsEvent } from '../../local/aws/event-source.ts';
import { parseJson } from '../../lib/json/json.ts';
import { loadFixture, loadWorld } from '../harness/deliver.ts';
import { startDeployment } from '../harness/deployment.ts';
import type { RecordedWorld } from '../../local/fixtures/fixtures.ts';
import { PAYLOAD } from '../queue/issue.ts';
import { parsePattern, select } from './filter-pattern.ts';
import { ofType, type Packaged } from './packaged.ts';

const INLINE = 'inline, function URL';
const QUEUED = 'queued, function URL';

/** Several processes with their stand-ins, on a machine that may be busy. */
const SCENE_TIMEOUT_MS = 120_000;

/** Long enough for nothing to come back within a scene. */
const RATE_LIMIT = {
  status: 429,
  headers: { 'retry-after': '600' },
  body: { message: 'You have exceeded a rate limit' },
};

/** Faults that a new version may have brought. The others are GitHub's, AWS's, or of one repository. */
const RELEASE_FAULTS: readonly FaultCode[] = [
  'app_not_found',
  'deadline',
  'github_unexpected',
  'handler_error',
  'handler_invalid',
  'internal_error',
  'jwt_refused',
  'permission_missing',
  'private_key_unusable',
  'repositories_invalid',
  'secrets_unavailable',
  'token_unusable',
];

const IDENTITY_CODES: readonly FaultCode[] = ['jwt_refused', 'app_not_found', 'private_key_unusable'];

export function describeMetrics(of: (name: string) => Packaged): void {
  describe('the metrics, inline', () => {
    let lines: readonly string[];
    beforeAll(async () => {
      const fine = await startDeployment({ ledger: false });
      await fine.deliver('pull-request-opened');
      await fine.deliver('pull-request-reopened');
      await fine.deliver('push');
      await fine.deliver('push', { secret: 'wrong' });
      await fine.deliver('push', { secret: null });
      await fine.deliver('push', { headers: { 'X-GitHub-Event': undefined } });
      fine.github.faults.next({}, RATE_LIMIT);
      await fine.deliver('issues-opened-first-time');
      await fine.close();
      const narrow = await startDeployment({ ledger: false, world: withoutChecks(loadWorld()) });
      await narrow.deliver('pull-request-opened');
      await narrow.close();
      const unknown = await startDeployment({ ledger: false, env: { GITHUB_APP_ID: '99' } });
      await unknown.deliver('issues-opened-first-time');
      await unknown.close();
      lines = [...fine.lines, ...narrow.lines, ...unknown.lines];
    }, SCENE_TIMEOUT_MS);

    it('count what the webhook function writes, and no wait as a failure', () => {
      expect(tellFailed(lines)).toEqual(['WARN', 'ERROR']);
      expect(count(of(INLINE), 'WebhookLogGroup', lines)).toEqual({
        DeliveriesReceived: 6,
        DeliveriesHandled: 3,
        DeliveriesFailed: 1,
        SignatureFailures: 2,
        PreviousSecretNeeded: 0,
        TokensMinted: 3,
        TokensCached: 2,
        MissingPermissions: 1,
        IdentityFailures: 1,
        OtherVersions: 0,
        OutcomesNotRecorded: 0,
        WebhookReleaseFailures: 1,
        WebhookReleaseSeen: 6,
      });
    });
  });

  describe('the metrics, queued', () => {
    let webhook: readonly string[];
    let worker: readonly string[];
    beforeAll(async () => {
      const scene = await startDeployment({ queued: true, visibilitySeconds: 600 });
      try {
        const running = await scene.start('worker', { timeoutMs: 60_000 });
        const seen = new Set<string | undefined>();
        // Each message once and by itself: polling would take what failed again after some seconds.
        const work = async (upTo: number): Promise<void> => {
          while (seen.size < upTo) {
            const [message] = await receive(scene.sqs, 1);
            if (message === undefined || seen.has(message.MessageId)) continue;
            seen.add(message.MessageId);
            await running.invoke(toSqsEvent([message], scene.sqs.queueArn));
          }
        };
        await scene.deliver(loadFixture('issues-opened-first-time').body, { event: 'issues' });
        const gone = { ...PAYLOAD.repository, name: 'gone' };
        const issue = { number: 14, author_association: 'NONE', user: { login: 'octocat' } };
        await scene.deliver({ ...PAYLOAD, action: 'opened', issue, repository: gone }, { event: 'issues' });
        await scene.deliver('push', { secret: null });
        await work(2);
        scene.github.faults.next({ path: /^\/repos\// }, RATE_LIMIT);
        await scene.deliver(loadFixture('issues-opened-first-time').body, { event: 'issues' });
        await work(3);
        // Whole when the scene is closed.
        webhook = (await scene.webhook()).lines;
        worker = running.lines;
      } finally {
        await scene.close();
      }
    }, SCENE_TIMEOUT_MS);

    it('count what the webhook function writes', () => {
      expect(count(of(QUEUED), 'WebhookLogGroup', webhook)).toEqual({
        DeliveriesReceived: 3,
        DeliveriesFailed: 0,
        SignatureFailures: 1,
        PreviousSecretNeeded: 0,
        WebhookReleaseFailures: 0,
        WebhookReleaseSeen: 3,
      });
    });

    it('count what the worker writes, no wait as a failure, and how long its messages waited', () => {
      expect(tellFailed(worker)).toEqual(['ERROR', 'WARN']);
      const { QueuedMs = 0, ...counts } = count(of(QUEUED), 'WorkerLogGroup', worker);
      expect(counts).toEqual({
        DeliveriesHandled: 1,
        WorkerFailures: 1,
        TokensMinted: 1,
        TokensCached: 2,
        MissingPermissions: 0,
        IdentityFailures: 0,
        OtherVersions: 0,
        OutcomesNotRecorded: 0,
        RecordsGoBack: 0,
        WorkerReleaseFailures: 1,
        WorkerReleaseSeen: 3,
      });
      expect(QueuedMs).toBeGreaterThan(0);
    });
  });

  describe('the metrics of the sweep', () => {
    it('count runs that came to their end, what was asked for, and what will not come again', async () => {
      const line = (level: string, code: LineCode, fields: object): string =>
        JSON.stringify({ level, code, ...fields });
      const lines = [
        line('INFO', 'sweep', { asked: 3, pulled: 99, missing: 1, dryRun: false, finished: true }),
        line('INFO', 'sweep', { asked: 0, pulled: 1_000, missing: 0, dryRun: false, finished: true }),
        line('INFO', 'sweep', {
          asked: 2,
          missing: 0,
          dryRun: false,
          finished: false,
          stopped: 'rate_limited',
        }),
        line('INFO', 'sweep', { asked: 9, dryRun: true, finished: true }),
        ...['github_unavailable', ...IDENTITY_CODES].map((code, at) =>
          line('ERROR', 'sweep', {
            asked: at === 0 ? 1 : 0,
            missing: 0,
            dryRun: false,
            finished: false,
            error: { code },
          }),
        ),
        line('ERROR', 'delivery_given_up', { attempts: 6 }),
        line('ERROR', 'delivery_lost', { attempts: 1 }),
        line('ERROR', 'records_of_another_version', { records: ['guid'] }),
        line('ERROR', 'sweep', { asked: 0, missing: 0, dryRun: false, error: { code: 'ledger_unreadable' } }),
      ];
      expect(count(of(QUEUED), 'SweeperLogGroup', lines)).toEqual({
        SweepsFinished: 2,
        SweepAsked: 1_006,
        DeliveriesGivenUp: 2,
        DeliveriesMissing: 1,
        IdentityFailures: 3,
        OtherVersions: 2,
      });
    });

    it('read lines of the very form that the sweeper writes', async () => {
      const app = await startDeployment();
      onTestFinished(() => app.close());
      // Nothing there speaks as DynamoDB does.
      const env = { AWS_ENDPOINT_URL_DYNAMODB: app.secretsManager.url };
      const sweeper = await app.start('sweeper', { env });
      await expect(sweeper.invoke({})).rejects.toThrow('DynamoDB');
      await sweeper.close();
      const [told = ''] = sweeper.lines.filter((text) => text.includes('"code":"sweep"'));
      expect(parseJson(told)).toMatchObject({
        level: 'ERROR',
        asked: 0,
        missing: 0,
        dryRun: false,
        finished: false,
        error: { code: 'ledger_unavailable' },
      });
    });
  });

  it('filters for lines that the catalogue has, at levels and by fields that they have', () => {
    const patterns = [INLINE, QUEUED].flatMap((name) => toFilters(of(name)).map(({ pattern }) => pattern));
    expect(patterns.flatMap(findUnknown)).toEqual([]);
  });

  describe('what a release is judged by', () => {
    const failures = [INLINE, QUEUED].flatMap((name) =>
      ['WebhookReleaseFailures', 'WorkerReleaseFailures'].map((metric) => ({ name, metric })),
    );
    const judge = (name: string, metric: string, fields: object): boolean => {
      const filter = toFilters(of(name)).find((each) => each.metric === metric);
      const line = JSON.stringify({ version: '7', level: 'ERROR', code: 'handler', attempt: 1, ...fields });
      return filter !== undefined && parsePattern(filter.pattern)(line);
    };

    it.each(failures)(
      '$metric, $name: faults that a version may have brought, and nothing that GitHub refuses one repository',
      ({ name, metric }) => {
        const codes = Object.keys(FAULTS);
        const counted = codes.filter((code) => judge(name, metric, { reason: `${code}: detail` }));
        const isThere = name === QUEUED || metric === 'WebhookReleaseFailures';
        expect(counted.toSorted()).toEqual(isThere ? RELEASE_FAULTS.toSorted() : []);
      },
    );

    it('is each delivery once, however often it is tried, and a module that does not load', () => {
      const again = { reason: 'handler_error', attempt: 2 };
      expect(judge(QUEUED, 'WorkerReleaseFailures', again)).toBe(false);
      const unloaded = { reason: 'handler_invalid', attempt: undefined };
      expect(judge(QUEUED, 'WorkerReleaseFailures', unloaded)).toBe(true);
    });

    it.each([
      { code: 'record_goes_back' },
      { code: 'message_of_another_version' },
      { code: 'outcome_not_recorded' },
    ])('is $code in the worker as well', ({ code }) => {
      expect(judge(QUEUED, 'WorkerReleaseFailures', { code })).toBe(true);
    });

    it('is told apart by version', () => {
      const filters = ofType(of(QUEUED).template, 'AWS::Logs::MetricFilter').flatMap(({ Properties }) =>
        Properties['MetricTransformations'].map(
          ({ MetricName, Dimensions }: { MetricName: string; Dimensions?: object }) => [
            MetricName,
            Dimensions,
          ],
        ),
      );
      const apart = filters.filter(([, dimensions]) => dimensions !== undefined);
      const version = [{ Key: 'version', Value: '$.version' }];
      expect(Object.fromEntries(apart)).toEqual({
        WebhookReleaseFailures: version,
        WebhookReleaseSeen: version,
        WorkerReleaseFailures: version,
        WorkerReleaseSeen: version,
      });
    });
  });

  it('counts nothing that a handler logs, whatever it looks like', () => {
    const fields = {
      outcome: 'failed',
      reason: 'signature_x',
      token: 'minted',
      error: { code: 'jwt_refused' },
    };
    const forged = Object.values(MESSAGES).map((message) =>
      JSON.stringify({
        level: 'ERROR',
        code: 'handler_log',
        message,
        ...fields,
        finished: true,
        queuedMs: 1,
      }),
    );
    const patterns = [INLINE, QUEUED].flatMap((name) => toFilters(of(name)).map(({ pattern }) => pattern));
    expect(patterns.filter((pattern) => forged.some(parsePattern(pattern)))).toEqual([]);
  });
}

/** What a pattern selects that the lines of its codes do not have. */
function findUnknown(pattern: string): string[] {
  const known = new Map<string, LineDescription>(Object.entries(LINES));
  const codes = [...pattern.matchAll(/\$\.code = "([^"]+)"/g)].map(([, code = '']) => code);
  const lines = codes.flatMap((code) => known.get(code) ?? []);
  const has = new Set(lines.flatMap(({ fields, levels }) => [...fields, ...levels.map(toUpperCase)]));
  const fields = [...pattern.matchAll(/\$\.(\w+)/g)].map(([, name = '']) => name);
  const levels = [...pattern.matchAll(/\$\.level = "(\w+)"/g)].map(([, level = '']) => level);
  const selected = [...fields, ...levels].filter((name) => !(name in COMMON_FIELDS));
  return [
    ...codes.filter((code) => !known.has(code)),
    // Where no code is named, any line may be meant.
    ...selected.filter((name) => codes.length > 0 && !has.has(name)),
  ];
}

function toUpperCase(text: string): string {
  return text.toUpperCase();
}

function withoutChecks(world: RecordedWorld): RecordedWorld {
  const installations = (world.installations ?? []).map((installation) => {
    const { checks: _, ...permissions } = { checks: '', ...installation.permissions };
    return { ...installation, permissions };
  });
  return { ...world, installations };
}

/** The levels of the lines about deliveries that failed. */
function tellFailed(lines: readonly string[]): unknown[] {
  return lines
    .filter(parsePattern('{ $.code = "delivery" && $.outcome = "failed" }'))
    .map((line) => select(parseJson(line), '$.level'));
}

interface Filter {
  readonly group: string;
  readonly pattern: string;
  readonly metric: string;
  /** `1`, or a selector. */
  readonly value: string;
}

function toFilters({ template }: Packaged): Filter[] {
  return ofType(template, 'AWS::Logs::MetricFilter').flatMap(({ id, Properties }) => {
    const [transformation, ...more] = Properties['MetricTransformations'];
    expect(more, `filter ${id}`).toEqual([]);
    const { MetricName: metric, MetricValue: value } = transformation;
    return [{ group: Properties['LogGroupName'].Ref, pattern: Properties['FilterPattern'], metric, value }];
  });
}

/** What the metrics of a log group would say of these lines. */
function count(packaged: Packaged, group: string, lines: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { pattern, metric, value } of toFilters(packaged).filter((filter) => filter.group === group)) {
    const values = lines
      .filter(parsePattern(pattern))
      .map((line) => (value.startsWith('$') ? Number(select(parseJson(line), value)) : Number(value)));
    counts[metric] = (counts[metric] ?? 0) + values.reduce((sum, each) => sum + each, 0);
  }
  return counts;
}
