/** Calls to AWS, against servers that refuse, fail, and stay silent. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDynamoDBCall } from '../../lib/aws/dynamodb.ts';
import { createSqsCall } from '../../lib/aws/sqs.ts';
import type { CallDeps } from '../../lib/aws/call.ts';
import { TRY_MS } from '../../lib/aws/try-call.ts';
import { closeServer, toUrl } from '../../local/http/loopback.ts';
import { toCallDeps } from '../harness/aws-calls.ts';
import { createManualClock, type ManualClock } from '../harness/clock.ts';

const READ = { TableName: 'ledger', Key: { id: { S: 'x' } } };

interface Seen {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

type Answer = (response: ServerResponse, seen: Seen, request: IncomingMessage) => void;

let server: Server;
let clock: ManualClock;
/** Answers the tries in turn; the last one answers all that follow. */
let answers: Answer[];
let seen: Seen[];

beforeEach(async () => {
  clock = createManualClock();
  seen = [];
  server = createServer((request, response) => {
    response.sendDate = false;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one = { headers: request.headers, body: Buffer.concat(chunks).toString() };
      seen.push(one);
      (answers.length > 1 ? answers.shift() : answers[0])?.(response, one, request);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  server.closeAllConnections();
  await closeServer(server);
});

function withoutPause(ms: number, soon: () => void): () => void {
  if (ms < TRY_MS) setImmediate(soon);
  return () => {};
}

/** No pause is shortened by chance. */
const deps = (more: Partial<CallDeps> = {}): CallDeps => ({
  ...toCallDeps(toUrl(server)),
  clock,
  random: () => 0,
  ...more,
});
const read = (signal?: AbortSignal) => createDynamoDBCall(deps())('GetItem', READ, signal);

const good: Answer = (response) => void response.end('{"Item":{"id":{"S":"x"}}}');
const refusal =
  (status: number, type: string, headers: Record<string, string> = {}): Answer =>
  (response) =>
    void response.writeHead(status, headers).end(JSON.stringify({ __type: type, message: 'so it says' }));
const silent: Answer = () => {};

describe('is refused', () => {
  it('with what AWS says, after one try', async () => {
    const requestId = { 'x-amzn-requestid': 'ABC' };
    answers = [refusal(400, 'com.amazon.coral.service#AccessDeniedException', requestId)];
    await expect(read()).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: 'DynamoDB GetItem: so it says (HTTP 400, request ABC)',
      status: 400,
    });
    expect(seen).toHaveLength(1);
  });

  it('with a status where something on the way has answered', async () => {
    answers = [(response) => void response.writeHead(403).end('<html>no</html>')];
    await expect(read()).rejects.toMatchObject({ name: 'Http403', status: 403 });
  });

  it('a redirect: what is signed for one host goes to no other', async () => {
    answers = [(response) => void response.writeHead(307, { location: toUrl(server) }).end()];
    await expect(read()).rejects.toMatchObject({ name: 'Http307' });
    expect(seen).toHaveLength(1);
  });

  it('without credentials, before anything is sent', async () => {
    answers = [good];
    const credentials = () => Promise.reject(new Error('no credentials'));
    await expect(createDynamoDBCall(deps({ credentials }))('GetItem', READ)).rejects.toThrow(
      'no credentials',
    );
    expect(seen).toEqual([]);
  });

  it.each(['InternalServerError', 'ServiceUnavailable'])('with %s after three tries', async (type) => {
    answers = [refusal(500, type)];
    const refused = read().catch((error: unknown) => error);
    await clock.pass(50);
    await clock.pass(100);
    expect(await refused).toMatchObject({ name: type });
    expect(seen).toHaveLength(3);
  });

  it('with its own answer where the clock is right', async () => {
    const date = new Date(clock.now() + 3 * 60_000).toUTCString();
    answers = [refusal(403, 'AccessDeniedException', { date })];
    await expect(read()).rejects.toMatchObject({ name: 'AccessDeniedException' });
    expect(seen).toHaveLength(1);
  });

  it('with AbortError when the time of its caller is up, between two tries', async () => {
    const time = new AbortController();
    answers = [refusal(503, 'ServiceUnavailable')];
    const refused = read(time.signal).catch((error: unknown) => error);
    await expect.poll(() => [seen.length, clock.waiting]).toEqual([1, 1]);
    time.abort();
    expect(await refused).toMatchObject({ name: 'AbortError' });
    expect([seen.length, clock.waiting]).toEqual([1, 0]);
  });

  it('with AbortError when the time of its caller is up, while AWS stays silent', async () => {
    const time = new AbortController();
    answers = [silent];
    const refused = read(time.signal).catch((error: unknown) => error);
    await expect.poll(() => seen.length).toBe(1);
    time.abort();
    expect(await refused).toMatchObject({ name: 'AbortError' });
    expect(clock.waiting).toBe(0);
  });
});

describe('is tried again', () => {
  it.each([
    { after: 'a throttling', answer: refusal(400, 'ThrottlingException'), pauseMs: 200 },
    {
      after: 'too much for the table',
      answer: refusal(400, 'ProvisionedThroughputExceededException'),
      pauseMs: 200,
    },
    { after: 'a 429', answer: refusal(429, 'Whatever'), pauseMs: 200 },
    { after: 'a 503', answer: refusal(503, 'Whatever'), pauseMs: 50 },
    { after: 'a reset', answer: ((response) => void response.destroy()) as Answer, pauseMs: 50 },
    {
      after: 'an answer that is cut off',
      answer: ((response) => {
        response.writeHead(200, { 'content-length': 25 }).write('{"Item":{}');
        setImmediate(() => response.destroy());
      }) as Answer,
      pauseMs: 50,
    },
    {
      after: 'an answer that is no JSON',
      answer: ((response) => void response.end('<html>')) as Answer,
      pauseMs: 50,
    },
    {
      after: 'an answer that does not match its checksum',
      answer: ((response) => void response.writeHead(200, { 'x-amz-crc32': '1' }).end('{}')) as Answer,
      pauseMs: 50,
    },
  ])('after $after', async ({ answer, pauseMs }) => {
    answers = [answer, good];
    const answered = read();
    await clock.pass(pauseMs);
    expect(await answered).toEqual({ Item: { id: { S: 'x' } } });
    expect(seen).toHaveLength(2);
  });

  it('after two seconds of silence, over a new connection however many were kept', async () => {
    const dead = new WeakSet<object>();
    const over: string[] = [];
    answers = [
      (response, _, { socket }) => {
        over.push(dead.has(socket) ? 'a dead one' : 'a new one');
        if (dead.has(socket)) return;
        dead.add(socket);
        // Late enough that every call of a batch has a connection of its own.
        setTimeout(() => response.end('{}'), 20);
      },
    ];
    const call = createDynamoDBCall(deps());
    await Promise.all(Array.from({ length: 5 }, () => call('GetItem', READ)));
    over.length = 0;
    const answered = call('GetItem', READ);
    await expect.poll(() => over).toEqual(['a dead one']);
    await clock.pass(2_000);
    await clock.pass(50);
    await answered;
    expect(over).toEqual(['a dead one', 'a new one']);
  });

  it('at once with the clock of AWS, where its own is wrong, and stays with that', async () => {
    const theirsMs = clock.now() + 10 * 60_000;
    const date = new Date(theirsMs).toUTCString();
    answers = [refusal(400, 'InvalidSignatureException', { date }), good];
    const call = createDynamoDBCall(deps());
    await call('GetItem', READ);
    await call('GetItem', READ);
    expect(seen.map(({ headers }) => headers['x-amz-date'])).toEqual([
      '20260601T120000Z',
      '20260601T121000Z',
      '20260601T121000Z',
    ]);
  });

  it('with the clock of a server that is wrong, which no other call believes', async () => {
    const date = new Date(clock.now() + 7 * 3_600_000).toUTCString();
    const right = new Date(clock.now()).toUTCString();
    const skewed = (by: string) => refusal(400, 'InvalidSignatureException', { date: by });
    answers = [skewed(date), skewed(right), good];
    const call = createDynamoDBCall(deps());
    await call('GetItem', READ);
    answers = [skewed(date), good];
    await Promise.all([call('GetItem', READ), call('GetItem', READ)]);
    expect(seen.map(({ headers }) => headers['x-amz-date'])).toEqual([
      '20260601T120000Z',
      '20260601T190000Z',
      '20260601T120000Z',
      '20260601T120000Z',
      '20260601T120000Z',
      '20260601T190000Z',
    ]);
  });

  it('after an outage in the same process, however long that was', async () => {
    answers = [refusal(503, 'ServiceUnavailable')];
    /** Pauses are over at once; no try has to wait for its limit. */
    const impatient = { now: Date.now, after: (ms: number, soon: () => void) => withoutPause(ms, soon) };
    const call = createSqsCall(deps({ clock: impatient }));
    await Promise.allSettled(Array.from({ length: 60 }, () => call('GetQueueUrl', { QueueName: 'q' })));
    answers = [refusal(503, 'ServiceUnavailable'), good];
    await expect(call('GetQueueUrl', { QueueName: 'q' })).resolves.toBeDefined();
  });
});

describe('sends', () => {
  beforeEach(() => {
    answers = [good];
  });

  it('the operation, signed, with the role’s token', async () => {
    const credentials = async () => ({
      accessKeyId: 'AKID',
      secretAccessKey: 'key',
      sessionToken: 'session',
    });
    await createDynamoDBCall(deps({ credentials }))('GetItem', READ);
    expect(seen).toMatchObject([
      {
        headers: {
          host: new URL(toUrl(server)).host,
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': 'DynamoDB_20120810.GetItem',
          'x-amz-security-token': 'session',
          authorization: expect.stringMatching(
            /^AWS4-HMAC-SHA256 Credential=AKID\/20260601\/eu-west-1\/dynamodb\/aws4_request, SignedHeaders=accept-encoding;content-type;host;x-amz-date;x-amz-security-token;x-amz-target, Signature=[\da-f]{64}$/,
          ),
        },
        body: '{"TableName":"ledger","Key":{"id":{"S":"x"}}}',
      },
    ]);
  });

  it('what the environment says by then: its credentials are replaced, and its trace is another each time', async () => {
    const env: Record<string, string> = { ...deps().env, _X_AMZN_TRACE_ID: 'Root=1' };
    let accessKeyId = 'OLD';
    const call = createDynamoDBCall(
      deps({ env, credentials: async () => ({ accessKeyId, secretAccessKey: 'key' }) }),
    );
    await call('GetItem', READ);
    accessKeyId = 'NEW';
    env['_X_AMZN_TRACE_ID'] = 'Root=2';
    await call('GetItem', READ);
    expect(seen.map(({ headers }) => headers['x-amzn-trace-id'])).toEqual(['Root=1', 'Root=2']);
    expect(seen.map(({ headers }) => headers.authorization?.slice(0, 31))).toEqual([
      'AWS4-HMAC-SHA256 Credential=OLD',
      'AWS4-HMAC-SHA256 Credential=NEW',
    ]);
  });

  it('what is for a queue to the host in its address, unless the environment names one', async () => {
    const QueueUrl = `${toUrl(server)}/123456789012/queue`;
    const send = { QueueUrl, MessageBody: 'x' };
    const region = { AWS_REGION: 'eu-west-1' };
    await createSqsCall(deps({ env: region }))('SendMessage', send);
    const named = { ...region, AWS_ENDPOINT_URL_SQS: toUrl(server) };
    await createSqsCall(deps({ env: named }))('SendMessage', {
      ...send,
      QueueUrl: 'https://sqs.invalid/1/queue',
    });
    expect(seen.map(({ headers }) => headers['x-amz-target'])).toEqual([
      'AmazonSQS.SendMessage',
      'AmazonSQS.SendMessage',
    ]);
  });
});
