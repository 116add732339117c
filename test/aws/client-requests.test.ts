/** What a client of the AWS SDK sends, as the functions make it. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createSecretReader, createSecretsClient } from '../../lib/aws/secrets-manager.ts';
import { createSign } from '../../lib/aws/signing.ts';
import { type HttpReply, type HttpRequest, type HttpServer, listen } from '../../local/http/server.ts';
import { toCallDeps } from '../harness/aws-calls.ts';

const CREDENTIALS = { accessKeyId: 'AKID', secretAccessKey: 'key', sessionToken: 'session' };
const GOOD: HttpReply = { status: 200, body: '{"SecretString":"text","CreatedDate":1794225600}' };

let server: HttpServer;
/** The last one answers all that follow. */
let answers: HttpReply[];
let seen: HttpRequest[];

beforeEach(async () => {
  answers = [GOOD];
  seen = [];
  server = await listen((request) => {
    seen.push(request);
    const [answer = GOOD] = answers.length > 1 ? answers.splice(0, 1) : answers;
    return Promise.resolve(answer);
  });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await server.close();
});

const read = () => {
  const deps = { ...toCallDeps(server.url), credentials: async () => CREDENTIALS };
  const reader = createSecretReader(createSecretsClient(deps));
  return reader('id', 'current', new AbortController().signal);
};

it('is signed as it is sent, and says no more than the service needs', async () => {
  // By these the SDK knows that it runs in Lambda.
  vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'webhook');
  vi.stubEnv('_X_AMZN_TRACE_ID', 'Root=1');
  expect(await read()).toEqual({ text: 'text', createdAt: new Date('2026-11-09T12:00:00Z') });
  const headers = seen[0]?.headers ?? {};
  const body = seen[0]?.body ?? '';
  expect(JSON.parse(body)).toEqual({ SecretId: 'id', VersionStage: 'AWSCURRENT' });
  expect(headers).toMatchObject({
    'x-amz-target': 'secretsmanager.GetSecretValue',
    'content-length': '45',
  });
  const [, names = ''] = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? '') ?? [];
  const signed = names.split(';');
  expect(signed).toEqual([
    'amz-sdk-invocation-id',
    'amz-sdk-request',
    'content-type',
    'host',
    'x-amz-date',
    'x-amz-security-token',
    'x-amz-target',
  ]);
  const unsigned = Object.keys(headers).filter((name) => !signed.includes(name));
  expect(unsigned.toSorted()).toEqual(['accept-encoding', 'authorization', 'connection', 'content-length']);
  const sign = createSign({
    service: 'secretsmanager',
    region: 'eu-west-1',
    credentials: async () => CREDENTIALS,
  });
  const given = signed.map((name) => [name, String(headers[name])]);
  const at = new Date(String(headers['x-amz-date']).replace(/^(....)(..)(.....)(..)/, '$1-$2-$3:$4:'));
  const again = await sign({ url: new URL(server.url), headers: Object.fromEntries(given), body, at });
  expect(headers.authorization).toBe(again['authorization']);
});

it('is signed anew with the time of AWS where this machine is wrong about it', async () => {
  const theirs = new Date(Date.now() + 10 * 60_000);
  const date = theirs.toUTCString();
  answers = [{ status: 400, headers: { date }, body: '{"__type":"InvalidSignatureException"}' }, GOOD];
  await expect(read()).resolves.toMatchObject({ text: 'text' });
  const [first, second] = seen.map(({ headers }) => String(headers['x-amz-date']));
  expect(second?.slice(0, 11)).toBe(theirs.toISOString().replaceAll(/[-:]/g, '').slice(0, 11));
  expect(first).not.toBe(second);
});

it('prints nothing', async () => {
  const said = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'error'), vi.spyOn(console, 'log')];
  await read();
  expect(said.flatMap(({ mock }) => mock.calls)).toEqual([]);
});
