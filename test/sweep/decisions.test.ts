import { describe, expect, it } from 'vitest';
import type { LoggedDelivery } from '../../lib/github/delivery-log.ts';
import { isGoodAnswer } from '../../lib/sweep/good-answer.ts';
import { groupByGuid } from '../../lib/sweep/group.ts';
import { isPastLog, planNext, toFirstAskMs } from '../../lib/sweep/schedule.ts';

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
