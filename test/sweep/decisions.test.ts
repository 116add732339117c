import { describe, expect, it } from 'vitest';
import type { LoggedDelivery } from '../../lib/github/logged-delivery.ts';
import { putInOrder } from '../../lib/sweep/dates.ts';
import { toFairOrder } from '../../lib/sweep/fair-order.ts';
import { isGoodAnswer } from '../../lib/sweep/good-answer.ts';
import { groupByGuid } from '../../lib/sweep/group.ts';
import { isPastLog, planNext, toFirstAskMs } from '../../lib/sweep/schedule.ts';
import { toFailure, type Failure } from '../../lib/sweep/store.ts';

describe('a good answer', () => {
  it.each([
    { status: 'OK', statusCode: 200, good: true },
    { status: 'OK', statusCode: 202, good: true },
    { status: 'OK', statusCode: 299, good: true },
    { status: 'OK', statusCode: 302, good: false },
    { status: 'Invalid HTTP Response: 302', statusCode: 302, good: false },
    { status: 'Invalid HTTP Response: 404', statusCode: 404, good: false },
    { status: 'Invalid HTTP Response: 503', statusCode: 503, good: false },
    { status: 'failed to connect to host', statusCode: 0, good: false },
    { status: 'timed out', statusCode: 0, good: false },
    { status: 'timed out', statusCode: 200, good: false },
    { status: 'OK', statusCode: 0, good: false },
    { status: '', statusCode: 200, good: false },
  ])('is $good for $status, $statusCode', ({ good, ...answer }) => {
    expect(isGoodAnswer(answer)).toBe(good);
  });
});

const attempt = (minute: number, statusCode: number, more: Partial<LoggedDelivery> = {}): LoggedDelivery => ({
  id: `380400462317223936${minute}`,
  guid: 'a',
  deliveredAtMs: minute * 60_000,
  redelivery: minute > 0,
  status: statusCode === 200 ? 'OK' : 'not',
  statusCode,
  event: 'issues',
  action: 'opened',
  installationId: '51230417',
  repositoryId: null,
  ...more,
});

describe('a group', () => {
  it.each([
    { name: 'the first', codes: [200, 500, 500] },
    { name: 'the second', codes: [500, 200, 500] },
    { name: 'the last', codes: [500, 500, 200] },
  ])('is good when $name attempt is', ({ codes }) => {
    const [group] = groupByGuid(codes.map((code, minute) => attempt(minute, code)).toReversed());
    expect(group?.good).toBe(true);
  });

  it('that is not good goes by its newest attempt', () => {
    const [group] = groupByGuid([attempt(2, 503), attempt(0, 500), attempt(1, 502)]);
    expect(group).toMatchObject({ good: false, redelivered: true, statusCode: 503 });
    expect([group?.newest.id, group?.oldest.id]).toEqual(['3804004623172239362', '3804004623172239360']);
  });

  it('goes by the greater id where two attempts have one time', () => {
    const same = [attempt(1, 500, { id: '999' }), attempt(1, 502, { id: '1000' })];
    expect(groupByGuid(same)[0]?.newest.id).toBe('1000');
  });

  it('that was too large once is too large', () => {
    expect(groupByGuid([attempt(1, 500), attempt(0, 413)])[0]?.statusCode).toBe(413);
  });

  it('is of one GUID', () => {
    const groups = groupByGuid([attempt(1, 500), attempt(0, 200, { guid: 'b' })]);
    expect(groups.map(({ guid, good }) => [guid, good])).toEqual([
      ['a', false],
      ['b', true],
    ]);
  });
});

describe('the schedule', () => {
  const DELIVERED = Date.parse('2026-11-19T12:00:00Z');

  it('gives a delivery two minutes to end', () => {
    expect(toFirstAskMs(DELIVERED)).toBe(Date.parse('2026-11-19T12:02:00Z'));
  });

  it('asks six times within three days, at growing distance', () => {
    let nowMs = toFirstAskMs(DELIVERED);
    const asks: string[] = [];
    for (let attempts = 1; ; attempts += 1) {
      asks.push(new Date(nowMs).toISOString().slice(0, 16));
      const next = planNext(attempts, DELIVERED, nowMs);
      nowMs = next.nextAtMs;
      if (next.exhausted) break;
    }
    expect(asks).toEqual([
      '2026-11-19T12:02',
      '2026-11-19T12:12',
      '2026-11-19T13:02',
      '2026-11-19T18:02',
      '2026-11-20T10:02',
      '2026-11-22T02:02',
    ]);
    expect(new Date(nowMs).toISOString()).toBe('2026-11-22T02:12:00.000Z');
  });

  it('asks for none that the log will have forgotten by then', () => {
    expect(planNext(1, DELIVERED, Date.parse('2026-11-22T11:55:00Z'))).toEqual({
      nextAtMs: Date.parse('2026-11-22T12:05:00Z'),
      exhausted: true,
    });
    expect(planNext(1, DELIVERED, Date.parse('2026-11-22T11:50:00Z')).exhausted).toBe(false);
  });

  it('knows when the log forgets', () => {
    expect(isPastLog(DELIVERED, Date.parse('2026-11-22T12:00:00Z'))).toBe(false);
    expect(isPastLog(DELIVERED, Date.parse('2026-11-22T12:00:01Z'))).toBe(true);
  });
});

describe('the dates of a page', () => {
  const NOW = Date.parse('2026-11-22T12:00:00Z');
  /** Newest first, by minutes before now; NaN for a date that could not be read. */
  const put = (...minutes: readonly number[]) =>
    putInOrder(
      minutes.map((minute) =>
        attempt(1, 500, { deliveredAtMs: Number.isNaN(minute) ? 0 : NOW - minute * 60_000 }),
      ),
      NOW,
    ).map(({ deliveredAtMs }) => (NOW - deliveredAtMs) / 60_000);
  const YEARS = 60 * 24 * 365 * 10;

  it.each([
    { what: 'stay where they are in order', given: [1, 2, 2, 9], used: [1, 2, 2, 9] },
    { what: 'of another decade are those beside them', given: [1, YEARS, 9], used: [1, 9, 9] },
    { what: 'of another decade at the end are those before', given: [1, 9, YEARS], used: [1, 9, 9] },
    { what: 'that are to come are those beside them', given: [1, -YEARS, 9], used: [1, 9, 9] },
    { what: 'that cannot be read are those beside them', given: [Number.NaN, 9, 12], used: [9, 9, 12] },
    { what: 'that fall out of order are no older than what follows', given: [1, 600, 9], used: [1, 9, 9] },
    { what: 'none of which can be believed are of now', given: [Number.NaN, YEARS, -YEARS], used: [0, 0, 0] },
    { what: 'of nothing are nothing', given: [], used: [] },
  ])('$what', ({ given, used }) => {
    expect(put(...given)).toEqual(used);
  });
});

describe('the order of asks', () => {
  const toOpen = (guid: string, minute: number, more: Partial<Failure> = {}): Failure => ({
    ...toFailure({
      guid,
      logId: '1',
      event: 'issues',
      action: 'opened',
      statusCode: 500,
      deliveredAtMs: minute * 60_000,
      latestAtMs: 0,
      nextAtMs: 0,
      installationId: '1',
      repositoryId: null,
    }),
    ...more,
  });
  const order = (...failures: readonly Failure[]) => toFairOrder(failures).map(({ guid }) => guid);

  it('is the oldest first for one installation', () => {
    expect(order(toOpen('b', 2), toOpen('c', 3), toOpen('a', 1))).toEqual(['a', 'b', 'c']);
  });

  it('gives each installation its turn, however many failures another has', () => {
    const other = { installationId: '2' };
    const failures = [
      toOpen('a', 1),
      toOpen('b', 2),
      toOpen('c', 3),
      toOpen('x', 9, other),
      toOpen('y', 10, other),
    ];
    expect(order(...failures)).toEqual(['a', 'x', 'b', 'y', 'c']);
  });

  it('goes by the repository where the log names no installation', () => {
    const [one, two] = ['10', '11'].map((repositoryId) => ({ installationId: null, repositoryId }));
    expect(order(toOpen('a', 1, one), toOpen('b', 2, one), toOpen('x', 9, two))).toEqual(['a', 'x', 'b']);
  });

  it('has first asks before all others, of whatever installation', () => {
    const asked = { attempts: 1 };
    expect(
      order(toOpen('a', 1, asked), toOpen('x', 1, { ...asked, installationId: '2' }), toOpen('b', 9)),
    ).toEqual(['b', 'a', 'x']);
  });
});
