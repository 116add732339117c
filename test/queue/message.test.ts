import { assert, json, oneof, property, string, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMessage, encodeMessage, toRedriven, type NewMessage } from '../../lib/queue/message.ts';

const envelope = {
  id: '72d3162e-cc78-11e3-81ab-4c9367dc0958',
  event: 'issues',
  hookId: '292430182',
  targetAppId: '31415',
  receivedAt: new Date('2026-11-22T12:00:00.000Z'),
};

function queued(changes: Partial<NewMessage> = {}): NewMessage {
  const content = { kind: 'body', format: 'json', body: Buffer.from('{"zen":"🚀"}') } as const;
  return { envelope, content, replay: false, ...changes };
}

/** What SQS takes: tab, line feed, carriage return, and most of Unicode. */
const LEGAL = /^[\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u;

describe('a message', () => {
  it('reads messages written by the first version', () => {
    const written =
      '{"v":1,"delivery":{"id":"g","event":"push","hookId":null,"targetAppId":null,"receivedAt":"2026-11-22T12:00:00.000Z"},"format":"json","gzip":"H4sIAAAAAAAAA6uuBQBDv6ajAgAAAA=="}';
    expect(decodeMessage(written)).toEqual({
      kind: 'delivery',
      delivery: {
        envelope: {
          id: 'g',
          event: 'push',
          hookId: null,
          targetAppId: null,
          receivedAt: new Date('2026-11-22T12:00:00Z'),
        },
        content: { kind: 'body', format: 'json', body: Buffer.from('{}') },
        replay: false,
        redriven: false,
      },
    });
  });

  it.each([
    { what: 'a later version', text: '{"v":3}', format: 3 },
    { what: 'a version that is a text', text: '{"v":"1"}', format: '1' },
  ])('tells $what from a broken message', ({ text, format }) => {
    expect(decodeMessage(text)).toEqual({ kind: 'unknown_format', format });
  });

  const good = JSON.parse(encodeMessage(queued())) as Record<string, unknown>;
  it.each([
    { what: 'nothing', text: '' },
    { what: 'no JSON', text: 'hello' },
    { what: 'JSON that is no object', text: '[1]' },
    { what: 'no delivery', text: JSON.stringify({ ...good, delivery: undefined }) },
    { what: 'a delivery without its id', text: JSON.stringify({ ...good, delivery: { event: 'push' } }) },
    {
      what: 'a date that is none',
      text: JSON.stringify({ ...good, delivery: { ...envelope, receivedAt: 'then' } }),
    },
    { what: 'neither body nor reference', text: JSON.stringify({ ...good, gzip: undefined }) },
    { what: 'a body that is not compressed', text: JSON.stringify({ ...good, gzip: 'e30=' }) },
    { what: 'another format of body', text: JSON.stringify({ ...good, format: 'xml' }) },
    {
      what: 'a reference that is no number',
      text: JSON.stringify({ ...good, gzip: undefined, logId: '../1' }),
    },
  ])('refuses $what', ({ text }) => {
    expect(decodeMessage(text)).toEqual({ kind: 'malformed' });
  });

  it('refuses a body that inflates beyond what GitHub sends', () => {
    const bomb = { kind: 'body', format: 'json', body: Buffer.alloc(33 * 1024 * 1024) } as const;
    expect(decodeMessage(encodeMessage(queued({ content: bomb })))).toEqual({ kind: 'malformed' });
  });

  it('keeps ids beyond 2^53 exact', () => {
    const content = { kind: 'reference', logId: '3804004623172239366' } as const;
    expect(decodeMessage(encodeMessage(queued({ content, replay: true })))).toEqual({
      kind: 'delivery',
      delivery: { envelope, content, replay: true, redriven: true },
    });
  });

  it('takes every body through byte for byte, in characters that SQS takes', () => {
    assert(
      property(uint8Array({ maxLength: 2_000 }), (bytes) => {
        const content = { kind: 'body', format: 'form', body: Buffer.from(bytes) } as const;
        const text = encodeMessage(queued({ content }));
        expect(text).toMatch(LEGAL);
        expect(decodeMessage(text)).toEqual({
          kind: 'delivery',
          delivery: { envelope, content, replay: false, redriven: false },
        });
      }),
    );
  });

  it('that is redriven says so, asks for a replay where that is meant, and is the same in all else', () => {
    const content = { kind: 'body', format: 'json', body: Buffer.from('{"a":1}') } as const;
    const text = encodeMessage(queued({ content }));
    const plain = toRedriven(text, { replay: false });
    const replay = toRedriven(text, { replay: true });
    expect(plain).toBe(text.replace(/\}$/, ',"redriven":true}'));
    expect(replay).toBe(text.replace(/\}$/, ',"replay":true,"redriven":true}'));
    expect(toRedriven(plain ?? '', { replay: false })).toBe(plain);
    const none = ['{"v":99}', 'poison', '{}'].map((other) => toRedriven(other, { replay: true }));
    expect(none).toEqual([undefined, undefined, undefined]);
  });

  it('never throws on what it reads', () => {
    assert(property(oneof(string(), json()), (text) => void decodeMessage(text)));
  });

  it('holds five megabytes of JSON full of emoji', () => {
    const comment = { body: '🚀🎉 release notes, once more with feeling: 👩‍💻\u0000\ud83d', id: 12345678 };
    const body = Buffer.from(JSON.stringify(Array.from({ length: 50_000 }, () => comment)));
    expect(body.byteLength).toBeGreaterThan(4_500_000);
    const text = encodeMessage(queued({ content: { kind: 'body', format: 'json', body } }));
    expect(Buffer.byteLength(text)).toBeLessThan(1024 * 1024);
  });
});
