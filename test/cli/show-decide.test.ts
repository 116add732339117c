/** What `hookmint show` says where somebody is silent who could tell. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../cli/show/decide.ts';
import { type Gathered, type SourceName, SOURCES } from '../../cli/show/gather.ts';

const NOW = new Date('2026-11-28T12:00:00Z');
const HOUR_AGO_MS = NOW.getTime() - 3_600_000;

const logged = {
  id: '1',
  guid: 'g',
  event: 'issues',
  action: 'opened',
  status: 'OK',
  statusCode: 202,
  deliveredAtMs: HOUR_AGO_MS,
  redelivery: false,
  installationId: null,
  repositoryId: null,
};

const line = (handler: string, outcome: string, reason?: string) => ({
  at: new Date(HOUR_AGO_MS),
  code: 'handler',
  fields: { handler, outcome, ...(reason !== undefined && { reason }) },
});

/** Queued, with a handler and an empty queue. */
const gather = (silent: readonly SourceName[], more: Partial<Gathered> = {}): Gathered => ({
  guid: 'g',
  attempts: [{ logged, answer: { outcome: 'queued' } }],
  hookId: '1',
  payload: undefined,
  lines: [],
  handlers: ['labels'],
  records: [],
  sweep: undefined,
  queue: silent.includes('queue') ? undefined : { messages: { visible: 0, hidden: 0 }, deadLetters: [] },
  sources: SOURCES.map((name) => ({ name, ok: !silent.includes(name), problem: null })),
  ...more,
});
const verdictOf = (gathered: Gathered): string => decide(gathered, NOW).verdict;

describe('a delivery of which nothing shows that a handler began', () => {
  it('is missing where everybody answered', () => {
    expect(verdictOf(gather([]))).toBe('missing');
  });

  it.each([['ledger'], ['queue'], ['ledger', 'queue', 'logs']] as const)(
    'is not said to be without %s',
    (...silent) => {
      expect(verdictOf(gather(silent))).toBe('unknown');
    },
  );

  it('is missing without the log as well, which the ledger is surer than', () => {
    expect(verdictOf(gather(['logs']))).toBe('missing');
  });
});

describe('a delivery that nobody knows', () => {
  it.each([
    { silent: [], verdict: 'never_seen' },
    { silent: ['ledger'], verdict: 'never_seen' },
    { silent: ['github'], verdict: 'unknown' },
  ] as const)('with $silent silent is $verdict', ({ silent, verdict }) => {
    expect(verdictOf(gather(silent, { attempts: [] }))).toBe(verdict);
  });
});

describe('where the ledger is silent, the log tells', () => {
  it.each([
    { lines: [line('labels', 'failed', 'deadline'), line('labels', 'handled')], verdict: 'handled' },
    { lines: [line('labels', 'duplicate')], verdict: 'handled' },
    { lines: [line('labels', 'skipped', 'no_installation')], verdict: 'skipped' },
    { lines: [line('labels', 'handled'), line('other', 'failed', 'deadline')], verdict: 'waiting' },
    { lines: [line('labels', 'failed', 'handler_gave_up')], verdict: 'dead' },
  ])('$verdict', ({ lines, verdict }) => {
    expect(verdictOf(gather(['ledger'], { lines }))).toBe(verdict);
  });

  it('nothing, where the ledger answers', () => {
    expect(verdictOf(gather([], { lines: [line('labels', 'handled')] }))).toBe('missing');
  });
});
