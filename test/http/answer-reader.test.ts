import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerReader } from '../../lib/http/answer-reader.ts';
import { AnswerTooLarge, MalformedAnswer } from '../../lib/http/received.ts';

const MAX_BYTES = 100;

/** @param pieces In latin1. */
function read(pieces: readonly string[], method = 'GET') {
  const reader = new AnswerReader(method, MAX_BYTES);
  const isWhole = pieces.map((piece) => reader.read(Buffer.from(piece, 'latin1'))).at(-1);
  return { reader, isWhole };
}

function take(text: string, method = 'GET') {
  const { reader, isWhole } = read([text], method);
  expect(isWhole).toBe(true);
  const { status, statusText, headers, bytes } = reader.take();
  return { status, statusText, headers: Object.fromEntries(headers), text: bytes.toString('latin1') };
}

describe('what is no answer is refused', () => {
  it.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n\r\n'],
    ['another version', 'HTTP/2 200 OK\r\n\r\n'],
    ['a version to come', 'HTTP/1.2 200 OK\r\n\r\n'],
    ['an empty line before it', '\r\nHTTP/1.1 200 OK\r\n\r\n'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
    ['a status line with a control character', 'HTTP/1.1 200 O\0K\r\n\r\n'],
    ['a line feed alone', 'HTTP/1.1 200 OK\nA: b\r\n\r\n'],
    ['a line without a colon', 'HTTP/1.1 200 OK\r\nServer\r\n\r\n'],
    ['a header without a name', 'HTTP/1.1 200 OK\r\n: b\r\n\r\n'],
    ['a blank before the colon', 'HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\n'],
    ['a header in two lines', 'HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n'],
    ['a value with a null', 'HTTP/1.1 200 OK\r\nA: b\0\r\n\r\n'],
    ['a carriage return within a value', 'HTTP/1.1 200 OK\r\nA: b\rContent-Length: 1\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
    ['the same length twice', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n'],
    ['a length below nothing', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'],
    ['a length with a sign', 'HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n'],
    ['a length in hexadecimal', 'HTTP/1.1 200 OK\r\nContent-Length: 0x1\r\n\r\n'],
    ['an empty length', 'HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n'],
    ['a length that no number holds', 'HTTP/1.1 200 OK\r\nContent-Length: 9007199254740993\r\n\r\n'],
    ['a length beside chunks', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['a coding that nobody asked for', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n'],
    ['chunks twice', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['a coding that is nearly one', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n'],
    ['another protocol from here on', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n'],
    ['a chunk without a length', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\nab'],
    ['a chunk of a negative length', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\nab\r\n'],
    ['a chunk of 0x2', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x2\r\nab\r\n'],
    ['a chunk of nine digits', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n000000002\r\nab\r\n'],
    [
      'a chunk whose line ends with a line feed',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\nab\r\n0\r\n\r\n',
    ],
    [
      'a chunk that is longer than it says',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n',
    ],
    ['a chunk that is shorter', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab\r\n0\r\n\r\n'],
  ])('%s', (_, text) => {
    expect(() => read([text])).toThrow(MalformedAnswer);
  });

  it.each([
    ['a head', (length: number) => `HTTP/1.1 200 OK\r\nA: ${'a'.repeat(length)}`, 16_366],
    ['early words', (length: number) => 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(length), 587],
    [
      'a line of a chunk',
      (length: number) => `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;${'a'.repeat(length)}`,
      1_023,
    ],
    [
      'trailers',
      (length: number) =>
        `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n${'A: b\r\n'.repeat(length)}`,
      2_732,
    ],
  ])('%s without an end', (_, toText, length) => {
    expect(() => read([toText(length)])).toThrow('lines that are longer than those of any answer');
    expect(() => read([toText(length - 2)])).not.toThrow();
  });
});

describe('what is longer than its caller wants is refused', () => {
  it.each([
    ['announced', 'HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n'],
    ['in one chunk', `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n${'a'.repeat(101)}`],
    ['in two', `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n${'a'.repeat(100)}\r\n1\r\na`],
    ['until the connection ends', `HTTP/1.1 200 OK\r\n\r\n${'a'.repeat(101)}`],
  ])('%s', (_, text) => {
    expect(() => read([text])).toThrow(AnswerTooLarge);
  });

  it('and what is as long is not', () => {
    expect(take(`HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n${'a'.repeat(100)}`).text).toHaveLength(100);
  });
});

describe('an answer', () => {
  it('has status, its words, and headers by their names in lower case', () => {
    expect(
      take('HTTP/1.1 201 Created at last\r\nX-A:  b c\t\r\nX-B:\r\nContent-Length: 2\r\n\r\nhi'),
    ).toEqual({
      status: 201,
      statusText: 'Created at last',
      headers: { 'x-a': 'b c', 'x-b': '', 'content-length': '2' },
      text: 'hi',
    });
  });

  it('may say nothing beside its status', () => {
    expect(take('HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n')).toMatchObject({ status: 200, statusText: '' });
    expect(take('HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n')).toMatchObject({ status: 200, statusText: '' });
  });

  it('has values of one name joined by commas, and letters of latin1 as they are', () => {
    const { headers } = take(
      'HTTP/1.1 200 OK\r\nLink: <a>\r\nlink: <b>\r\nX: \xe9\xa0\r\nContent-Length: 0\r\n\r\n',
    );
    expect(headers).toEqual({ link: '<a>, <b>', x: '\xe9\xa0', 'content-length': '0' });
  });

  it('has no header that nobody sent', () => {
    const { reader } = read(['HTTP/1.1 204 No Content\r\n__proto__: a\r\n\r\n']);
    expect(reader.take().headers.get('constructor')).toBeUndefined();
    expect([...reader.take().headers]).toEqual([['__proto__', 'a']]);
  });

  it('in chunks is put together; what stands beside them and after them is left out', () => {
    const text =
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nhe\r\n003 ; a="b"\r\nllo\r\n0\r\nX-Sum: 1\r\n\r\n';
    expect(take(text)).toMatchObject({ text: 'hello', headers: { 'transfer-encoding': 'Chunked' } });
  });

  it('may come after early words', () => {
    const early = 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n';
    expect(take(`${early}HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na`)).toMatchObject({
      status: 200,
      headers: { 'content-length': '1' },
      text: 'a',
    });
  });

  it.each([
    ['to HEAD', 'HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n'],
    ['to HEAD, of chunks', 'HEAD', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['204', 'DELETE', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['304', 'GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n'],
    ['of length 0', 'GET', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
  ])('%s has no body', (_, method, text) => {
    expect(take(text, method).text).toBe('');
  });

  it('that says nothing of its end goes on until the connection ends', () => {
    const { reader, isWhole } = read(['HTTP/1.1 200 OK\r\n\r\nhel', 'lo']);
    expect(isWhole).toBe(false);
    expect(reader.end()).toBe(true);
    expect(reader.take().bytes.toString()).toBe('hello');
    expect(reader.keepMs).toBe(0);
  });

  it.each([
    ['before it has begun', ''],
    ['within its head', 'HTTP/1.1 200 OK\r\nA: b\r\n'],
    ['within its body', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na'],
    ['before its last chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n'],
    ['within its trailers', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n'],
  ])('that ends %s is none', (_, text) => {
    const { reader } = read([text]);
    expect(reader.end()).toBe(false);
    expect(() => reader.take()).toThrow(MalformedAnswer);
  });

  it.each([
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhello',
    'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nhe\r\n3\r\nllo\r\n0\r\nA: b\r\n\r\n',
  ])('is the same in whatever pieces it comes', (text) => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: text.length - 1 })), (cuts) => {
        const ends = [...cuts.toSorted((a, b) => a - b), text.length];
        const pieces = ends.map((end, index) => text.slice(index === 0 ? 0 : ends[index - 1], end));
        const { reader, isWhole } = read(pieces);
        expect([isWhole, reader.keepMs, reader.take().bytes.toString()]).toEqual([true, Infinity, 'hello']);
      }),
    );
  });

  it('does not change when the memory of its pieces is used again', () => {
    const memory = Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe', 'latin1');
    const reader = new AnswerReader('GET', MAX_BYTES);
    reader.read(memory);
    memory.fill('x');
    expect(reader.read(Buffer.from('llo\r\n0\r\n\r\n'))).toBe(true);
    expect(reader.take().bytes.toString()).toBe('hello');
  });
});

describe('its connection may wait for the next request', () => {
  it.each([
    ['without an end, by default', '', Infinity],
    ['for a second less than the other end says', 'Keep-Alive: timeout=5, max=100\r\n', 4_000],
    ['not at all, where that leaves nothing', 'Keep-Alive: timeout=1\r\n', 0],
    ['not at all, where it is to be closed', 'Connection: x, Close\r\n', 0],
  ])('%s', (_, header, keepMs) => {
    expect(read([`HTTP/1.1 200 OK\r\nContent-Length: 0\r\n${header}\r\n`]).reader.keepMs).toBe(keepMs);
  });

  it.each([
    ['of HTTP/1.0', 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n'],
    ['with more bytes than it has', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\n'],
    ['without a body that has one all the same', 'HTTP/1.1 204 No Content\r\n\r\na'],
  ])('never after an answer %s', (_, text) => {
    expect(read([text])).toMatchObject({ isWhole: true, reader: { keepMs: 0 } });
  });
});
