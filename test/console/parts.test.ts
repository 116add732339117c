/** The parts of the console that decide, without a server and a browser. */
import { describe, expect, it } from 'vitest';
import { findDifference } from '../../local/console/difference.ts';
import { formatJson } from '../../local/console/format-json.ts';
import { judgeGrant } from '../../local/console/grants.ts';
import { createJournal } from '../../local/console/journal.ts';
import { parsePayload, searchPayload } from '../../local/console/page/payload.ts';
import { withoutMarks } from '../../local/terminal/without-marks.ts';
import { toFunctionUrlEvent } from '../harness/function-url-event.ts';

describe('the difference of two payloads', () => {
  it('names each field that is new, gone or another, and no other', () => {
    const before = { action: 'opened', issue: { number: 1, labels: ['a', 'b'], user: null }, gone: 1 };
    const after = {
      action: 'edited',
      issue: { number: 1, labels: ['a'], user: { login: 'x' } },
      new: { n: 2 },
    };
    expect(findDifference(before, after)).toEqual({
      changes: [
        { path: 'action', before: '"opened"', after: '"edited"' },
        { path: 'issue.labels[1]', before: '"b"' },
        { path: 'issue.user', before: 'null', after: '{"login":"x"}' },
        { path: 'gone', before: '1' },
        { path: 'new', after: '{"n":2}' },
      ],
      more: 0,
    });
  });

  it('lists five hundred changes, and counts the others', () => {
    const list = Array.from({ length: 600 }, (_, index) => index);
    const { changes, more } = findDifference({ list }, { list: list.map((each) => each + 1) });
    expect([changes.length, more]).toEqual([500, 100]);
  });
});

describe('formatted JSON', () => {
  it('keeps every token as it was', () => {
    const json = '{"id":3804004623172239366,"n":1.0,"text":"a \\"{\\" b","none":{},"empty":[ ],"list":[1,2]}';
    expect(formatJson(json)).toBe(
      [
        '{',
        '  "id": 3804004623172239366,',
        '  "n": 1.0,',
        String.raw`  "text": "a \"{\" b",`,
        '  "none": {},',
        '  "empty": [],',
        '  "list": [',
        '    1,',
        '    2',
        '  ]',
        '}',
      ].join('\n'),
    );
  });
});

describe('a grant', () => {
  const declare = (permissions: Record<string, string>) => ({ name: 'one', events: ['push'], permissions });
  const call = (method: string, path: string) => ({ method, path, status: 200 });

  it('is surplus where no call needed it, or not its level', () => {
    const calls = [call('GET', '/repos/o/r/issues/1'), call('GET', '/repos/o/r/check-runs/1?x=y')];
    expect(judgeGrant(declare({ issues: 'write', checks: 'read', pages: 'read' }), calls)).toMatchObject({
      used: { issues: 'read', checks: 'read' },
      surplus: { issues: 'write', pages: 'read' },
      calls: 2,
    });
  });

  it('is used by the alternative that the handler holds', () => {
    const comment = call('POST', '/repos/o/r/issues/1/comments');
    expect(judgeGrant(declare({ pull_requests: 'write' }), [comment])).toMatchObject({
      used: { pull_requests: 'write' },
      surplus: {},
    });
  });

  it('is not judged by a route that no list has', () => {
    expect(judgeGrant(declare({ issues: 'read' }), [call('GET', '/no/such/route')])).toMatchObject({
      unknown: ['GET /no/such/route'],
    });
  });
});

describe('the journal', () => {
  const event = (id: string, body = '{}') => toFunctionUrlEvent({ 'x-github-delivery': id }, body);
  const at = new Date(0);

  it('forgets the oldest where there are too many, or too many bytes', () => {
    const journal = createJournal({ entries: 3, bytes: 100 });
    for (const id of ['a', 'b', 'c', 'd']) journal.receive(event(id), at);
    expect(journal.all().map(({ key }) => key)).toEqual([2, 3, 4]);
    journal.receive(event('e', 'x'.repeat(97)), at);
    expect(journal.all().map(({ key }) => key)).toEqual([4, 5]);
    journal.receive(event('f', 'x'.repeat(200)), at);
    expect(journal.all().map(({ key }) => key)).toEqual([6]);
  });

  it('knows of two requests with one id which was answered', () => {
    const journal = createJournal();
    const [first, second] = [event('same'), event('same')];
    journal.receive(first, at);
    journal.receive(second, at);
    const answer = { answer: {}, lines: [], calls: [], durationMs: 1, overlapped: false };
    journal.answer({ ...answer, request: first, status: 200 }, at);
    expect(journal.all().map(({ exchange }) => exchange?.status)).toEqual([200, undefined]);
  });

  it('takes what is known beforehand for the next request of that id alone', () => {
    const journal = createJournal();
    journal.expect('a', { fixture: 'push' });
    journal.receive(event('a'), at);
    journal.receive(event('a'), at);
    expect(journal.all().map(({ origin }) => origin)).toEqual([{ fixture: 'push' }, {}]);
  });
});

describe('a payload', () => {
  it('keeps the digits of ids that a number cannot hold', () => {
    expect(parsePayload('{"id":3804004623172239366,"small":7}')).toEqual({
      id: 3804004623172239366n,
      small: 7,
    });
  });

  it('is searched by names and values, in its order, a hundred hits at most', () => {
    const rows = Array.from({ length: 150 }, (_, index) => ({ label: `n${index}` }));
    const { found, more } = searchPayload({ title: 'a label', rows }, 'LABEL');
    expect([found.length, more]).toEqual([100, true]);
    expect(found.slice(0, 2)).toEqual([
      { path: ['title'], value: '"a label"' },
      { path: ['rows', '0', 'label'], value: '"n0"' },
    ]);
    expect(searchPayload({ title: 'x' }, '  ')).toEqual({ found: [], more: false });
  });
});

it('words of a catalogue are shown without marks, and names stay whole', () => {
  expect(withoutMarks('Set `GITHUB_APP_ID`; then _redeliver_, by snake_case_names.')).toBe(
    'Set GITHUB_APP_ID; then redeliver, by snake_case_names.',
  );
});
