/** No format changes without a number of its own, and none takes away what the release before it reads. */
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SWEEP_FORMAT } from '../../lib/aws/sweep-items.ts';
import { LEDGER_FORMAT } from '../../lib/ledger/record.ts';
import { MESSAGE_FORMAT } from '../../lib/queue/message.ts';
import { defineFormat } from '../../lib/stored-format.ts';
import { type Dynamo, startDynalite } from '../sweep/dynamodb.ts';
import { findBroken, howToChange, listFormats, loadStored, type Stored } from './stored.ts';
import { writeLedger, writeMessages, writeSweep } from './writes.ts';

let dynamo: Dynamo;
beforeAll(async () => {
  dynamo = await startDynalite();
});
afterAll(() => dynamo.stop());

describe.each([
  {
    kind: 'message',
    file: 'lib/queue/message.ts',
    format: MESSAGE_FORMAT,
    write: async () => inflate(writeMessages()),
    load: (format: number) => inflate(loadStored('message', format)),
  },
  {
    kind: 'ledger',
    file: 'lib/ledger/record.ts',
    format: LEDGER_FORMAT,
    write: () => writeLedger(dynamo),
    load: (format: number) => loadStored('ledger', format),
  },
  {
    kind: 'sweep',
    file: 'lib/aws/sweep-items.ts',
    format: SWEEP_FORMAT,
    write: () => writeSweep(dynamo),
    load: (format: number) => loadStored('sweep', format),
  },
])('$kind', ({ kind, file, format, write, load }) => {
  it('is written as its format says', async () => {
    const { written } = format;
    // oxlint-disable-next-line vitest/valid-expect -- what to do about it must stand in the failure
    expect(await write(), howToChange(kind, file, written)).toEqual(load(written));
  });

  it('is on file in every format that is still read', () => {
    const { oldest, written } = format;
    const wanted = Array.from({ length: written - oldest + 1 }, (_, index) => oldest + index);
    expect(listFormats(kind).filter((found) => found >= oldest)).toEqual(wanted);
  });

  it('is read as the release before wrote it', () => {
    expect(format.oldest).toBeLessThanOrEqual(Math.max(1, format.written - 1));
  });

  it('only gained from one format to the next', () => {
    const formats = listFormats(kind);
    const broken = formats.slice(1).flatMap((each) => findBroken(load(each - 1), load(each)));
    expect(broken, 'a change that breaks readers takes two numbers: docs/adr/0020').toEqual([]);
  });
});

/** zlib may compress otherwise some day: what counts is what comes out. */
function inflate(messages: Stored): Stored {
  return Object.fromEntries(
    Object.entries(messages).map(([name, { gzip, ...message }]) => {
      const body = typeof gzip === 'string' ? gunzipSync(Buffer.from(gzip, 'base64')).toString() : undefined;
      return [name, { ...message, ...(body !== undefined && { body }) }];
    }),
  );
}

describe('a release', () => {
  const format = defineFormat({ oldest: 3, written: 4 });

  it.each([3, 4, 5])('that writes 4 reads %j', (v) => {
    expect(format.reads(v)).toBe(true);
  });

  it.each([2, 6, 4.5, '4', Number.NaN, Infinity, null, undefined, {}])('does not read %j', (v) => {
    expect(format.reads(v)).toBe(false);
  });
});

describe('a change to a format', () => {
  const before = { record: { v: 1, state: 'done', delivery: { id: 'x', hookId: null }, guids: ['a'] } };

  it('may add', () => {
    const after = { ...before, other: {}, record: { ...before.record, v: 2, more: 1 } };
    expect(findBroken(before, after)).toEqual([]);
  });

  it.each([
    { what: 'a record', after: {}, broken: 'record' },
    { what: 'a field', after: { record: { ...before.record, state: undefined } }, broken: 'record.state' },
    { what: 'a type', after: { record: { ...before.record, guids: 'a' } }, broken: 'record.guids' },
    {
      what: 'a field of a field',
      after: { record: { ...before.record, delivery: { hookId: null } } },
      broken: 'record.delivery.id',
    },
  ])('may not take away $what', ({ after, broken }) => {
    expect(findBroken(before, after)).toEqual([broken]);
  });
});
