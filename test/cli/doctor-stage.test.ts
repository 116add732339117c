/** What the doctor says of a stage, by what AWS answers. */
import { describe, expect, it } from 'vitest';
import { learnStage, type StageProbes } from '../../cli/doctor/examine-stage.ts';
import { judgeStage } from '../../cli/doctor/judge-stage.ts';
import type { LogLine } from '../../cli/stage/log-lines.ts';
import { createManualClock } from '../harness/clock.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const GROUPS = ['webhook', 'sweeper', 'worker'].map((name) => `/aws/lambda/hookmint-prod-${name}`);
const QUEUE = { url: 'https://sqs/1/queue', deadLetterUrl: 'https://sqs/1/dead' };

const line = (name: string, minutesAgo: number, fields: object): LogLine => ({
  at: new Date(NOW - minutesAgo * 60_000),
  group: `/aws/lambda/hookmint-prod-${name}`,
  fields,
});

/** Lines by what is asked for: group and code, or ERROR. */
const probes = (lines: readonly LogLine[], more: Partial<StageProbes> = {}): StageProbes => ({
  lines: async (group, pattern, since) => {
    const wanted = /"(\w+)"/.exec(pattern)?.[1];
    return lines.filter(
      ({ at, group: of, fields }) =>
        of === group && at >= since && Object.values(fields as Record<string, string>).includes(wanted ?? ''),
    );
  },
  queueAgeSeconds: async () => 0,
  messages: async () => 0,
  rotation: async () => BY_HAND,
  ...more,
});

const BY_HAND = { next: undefined, last: undefined, isBegun: false };

const SWEPT = line('sweeper', 4, { code: 'sweep', finished: true });

async function examine(asked: StageProbes, shape: 'inline' | 'queued' = 'queued') {
  const queue = shape === 'queued' ? QUEUE : undefined;
  const facts = await learnStage({ logGroups: GROUPS, queue, webhookSecretArn: 'arn' }, asked, {
    clock: createManualClock(NOW),
  });
  return Object.fromEntries(judgeStage(facts, 'prod').map(({ id, ...check }) => [id, check]));
}

describe('a stage', () => {
  it('that is well has nothing to say', async () => {
    const checks = await examine(probes([SWEPT]));
    expect(Object.values(checks).map(({ status }) => status)).toEqual([
      'pass',
      'pass',
      'pass',
      'pass',
      'pass',
      'pass',
    ]);
  });

  it('without a queue has no dead letters', async () => {
    const { 'queue.dead_letters': dead } = await examine(probes([SWEPT]), 'inline');
    expect(dead).toMatchObject({ status: 'pass', message: 'There is no queue.' });
  });

  it('tells the last error, by whom and why', async () => {
    const error = { level: 'ERROR', code: 'handler', reason: 'deadline' };
    const checks = await examine(
      probes([SWEPT, line('worker', 9, error), line('webhook', 20, { level: 'ERROR' })]),
    );
    expect(checks['functions.errors']).toMatchObject({
      status: 'warn',
      message:
        '2 errors within the hour; the last at 2026-11-22T11:51:00.000Z by worker: handler (deadline).',
    });
  });

  it('tells what waits, what is dead, and that nothing is swept', async () => {
    const checks = await examine(probes([], { queueAgeSeconds: async () => 7_200, messages: async () => 1 }));
    expect(checks['queue.age']).toMatchObject({
      status: 'warn',
      message: expect.stringContaining('120 min'),
    });
    expect(checks['queue.dead_letters']).toMatchObject({ status: 'fail', message: '1 dead letter.' });
    expect(checks['sweep']).toMatchObject({ status: 'fail' });
  });

  it('tells when the old webhook secret was last needed', async () => {
    const checks = await examine(probes([SWEPT, line('webhook', 90, { code: 'previous_secret_needed' })]));
    expect(checks['secret.previous']).toMatchObject({
      status: 'warn',
      message: 'A delivery was signed with the old webhook secret at 2026-11-22T10:30:00.000Z.',
    });
  });

  it.each([
    {
      what: 'that rotates by hand',
      facts: {},
      status: 'pass',
      message: 'The webhook secret rotates by hand alone.',
    },
    {
      what: 'that rotates by itself',
      facts: { next: new Date('2027-01-30T23:59:59Z'), last: new Date('2026-11-01T08:00:00Z') },
      status: 'pass',
      message:
        'The webhook secret rotates by itself: the last time at 2026-11-01T08:00:00.000Z, the next time by 2027-01-30T23:59:59.000Z.',
    },
    {
      what: 'whose rotation is overdue',
      facts: { next: new Date('2026-11-20T23:59:59Z') },
      status: 'warn',
      message: 'The webhook secret was to rotate by 2026-11-20T23:59:59.000Z, and did not.',
    },
    {
      what: 'whose rotation has not ended',
      facts: { next: new Date('2027-01-30T23:59:59Z'), isBegun: true },
      status: 'warn',
      message: 'A rotation of the webhook secret has begun and not ended; both secrets are accepted.',
    },
  ])('tells of a secret $what', async ({ facts, status, message }) => {
    const checks = await examine(probes([SWEPT], { rotation: async () => ({ ...BY_HAND, ...facts }) }));
    expect(checks['secret.rotation']).toMatchObject({ status, message });
  });

  it('names the right that is missing, and judges the rest', async () => {
    const denied = Object.assign(new Error('no'), { name: 'AccessDeniedException' });
    const checks = await examine(probes([SWEPT], { messages: () => Promise.reject(denied) }));
    expect(checks['queue.dead_letters']).toMatchObject({
      status: 'warn',
      message: expect.stringMatching(/^Not checked: .*sqs:GetQueueAttributes/),
    });
    expect(checks['sweep']?.status).toBe('pass');
  });
});
