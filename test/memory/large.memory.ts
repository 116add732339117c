/**
 * The built webhook, worker and sweeper with payloads up to GitHub's 25 MB, under the 512 MB that they are deployed with.
 * `npm run test:memory`; not part of `npm test`, since it takes a minute.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readField } from '../../lib/json/json.ts';
import { encodeMessage } from '../../lib/queue/message.ts';
import { createDynamoDB, createLedgerTable } from '../../local/aws/dynamodb.ts';
import { createSecretsManager } from '../../local/aws/secrets-manager.ts';
import { createSqs } from '../../local/aws/sqs.ts';
import { createAppKey } from '../../local/github/app-key.ts';
import { closeServer, toUrl } from '../../local/http/loopback.ts';
import { buildTestFunctions } from '../harness/build.ts';
import { toEvent } from '../../local/aws/lambda-event.ts';
import { signBody } from '../../local/fixtures/sign.ts';
import { GUID, toDetailText, toGuid, toListText, toManyPaths, toManyText, toWideText } from './payload.ts';

const LIMIT_MB = 512;
const MB = 1_000_000;
const WEBHOOK_SECRET = 'the webhook secret';

/** What the same took at 18 MB when a payload was parsed, written as JSON and parsed again. */
const BEFORE_MB = 458;

let detail: Buffer;
let list = toListText();
let env: Record<string, string>;
let functions: string;
let tables = 0;
const stack = new AsyncDisposableStack();

beforeAll(async () => {
  functions = stack.adopt(await mkdtemp(join(tmpdir(), 'hookmint-memory-')), (each) =>
    rm(each, { recursive: true }),
  );
  await buildTestFunctions({ handlers: 'test/memory/handlers.ts', outdir: functions });
  const secretsManager = stack.adopt(await createSecretsManager(), (each) => each.close());
  secretsManager.put('key', createAppKey().privateKeyPem);
  secretsManager.put('webhook', WEBHOOK_SECRET);
  const dynamodb = stack.adopt(await createDynamoDB(), (each) => each.close());
  const sqs = stack.adopt(await createSqs(), (each) => each.close());
  const github = http.createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    const [, id] = /deliveries\/(\d+)$/.exec(request.url ?? '') ?? [];
    response.end(id === undefined ? list : toDetailOf(id));
  });
  github.listen(0, '127.0.0.1');
  await once(github, 'listening');
  stack.defer(() => closeServer(github));
  env = {
    PATH: process.env['PATH'] ?? '',
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
    AWS_ENDPOINT_URL_SQS: sqs.url,
    GITHUB_API_URL: toUrl(github),
    GITHUB_APP_ID: '1',
    PRIVATE_KEY_SECRET_ID: 'key',
    WEBHOOK_SECRET_ID: 'webhook',
    DELIVERY_QUEUE_URL: sqs.queueUrl,
  };
});
afterAll(() => stack.disposeAsync());

interface Invoked {
  readonly result: unknown;
  readonly peakMb: number;
}

/** Killed where Lambda kills: when the process holds more than its memory. */
async function invoke(
  name: 'webhook' | 'worker' | 'sweeper',
  event: unknown,
  more: Record<string, string | undefined> = {},
) {
  const table = `memory-${(tables += 1)}`;
  await createLedgerTable(env['AWS_ENDPOINT_URL_DYNAMODB'] ?? '', table);
  const host = fileURLToPath(new URL('invoke.mjs', import.meta.url));
  const eventFile = join(functions, 'event.json');
  await writeFile(eventFile, JSON.stringify(event));
  const bundle = pathToFileURL(join(functions, 'functions', `${name}.mjs`)).href;
  const child = spawn(
    process.execPath,
    // As Lambda starts Node in a function of this size.
    ['--max-semi-space-size=25', '--max-old-space-size=461', host, bundle, eventFile],
    { env: { ...env, LEDGER_TABLE: table, ...more } },
  );
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  let killedAtMb: number | undefined;
  const watch = setInterval(() => void check().catch(() => {}), 5);
  const check = async (): Promise<void> => {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
    const heldMb = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
    if (heldMb <= LIMIT_MB) return;
    killedAtMb ??= Math.round(heldMb);
    child.kill('SIGKILL');
  };
  await once(child, 'close');
  clearInterval(watch);
  if (killedAtMb !== undefined) throw new Error(`killed at ${killedAtMb} MB`);
  const last = output.trim().split('\n').at(-1) ?? '';
  const invoked = JSON.parse(last) as Invoked;
  process.stdout.write(`${name}, ${Math.round(detail.byteLength / MB)} MB: ${invoked.peakMb} MB\n`);
  return { ...invoked, output };
}

/** The one delivery, or one of many, which are alike. */
function toDetailOf(id: string): Buffer {
  if (id.length > 12) return detail;
  const own = Buffer.from(detail);
  own.write(toGuid(id), own.indexOf(GUID));
  return own;
}

/** A delivery as it comes in by a function URL. */
function toRequest(body: string): unknown {
  const headers = {
    'Content-Type': 'application/json',
    'X-GitHub-Event': 'push',
    'X-GitHub-Delivery': GUID,
    'X-GitHub-Hook-ID': '458',
    'X-Hub-Signature-256': signBody(body, WEBHOOK_SECRET),
  };
  return toEvent('function_url', { headers, body });
}

function toBatch() {
  const envelope = { id: GUID, event: 'push', hookId: null, targetAppId: null, receivedAt: new Date() };
  const content = { kind: 'reference', logId: '123456789012345678' } as const;
  return {
    Records: [
      {
        messageId: 'message-1',
        receiptHandle: 'receipt',
        body: encodeMessage({ envelope, content, replay: false }),
        attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(Date.now()) },
        eventSourceARN: 'arn:aws:sqs:eu-west-1:000000000000:deliveries',
      },
    ],
  };
}

describe('the webhook takes a payload', () => {
  /** What Lambda lets in: 6 MB, with what is around the body. */
  const LARGEST = 5.9 * MB;

  it.each([1, 5.9])('of %d MB, and puts it into the queue', async (megabytes) => {
    detail = Buffer.from(toWideText(megabytes * MB));
    const { result, peakMb } = await invoke('webhook', toRequest(detail.toString()));
    expect(result).toMatchObject({ statusCode: 202 });
    expect(peakMb).toBeLessThan(LIMIT_MB);
  });

  it('of 5.9 MB, in paths of a few letters, and runs its handlers', async () => {
    detail = Buffer.from(toManyPaths(LARGEST));
    const inline = { DELIVERY_QUEUE_URL: undefined };
    const { result, peakMb } = await invoke('webhook', toRequest(detail.toString()), inline);
    expect(result).toMatchObject({ statusCode: 200 });
    expect(peakMb).toBeLessThan(LIMIT_MB);
  });
});

it('the sweeper takes many of 1.9 MB to the queue, eight at once', async () => {
  detail = toDetailText(toManyPaths(1.85 * MB));
  list = toManyText(301);
  const { result, peakMb } = await invoke('sweeper', {});
  list = toListText();
  // On a busy machine its minute is over first.
  expect(result).toMatchObject({ asked: 0, lost: 0, gaveUp: 0 });
  expect(readField(result, 'pulled')).toBeGreaterThan(100);
  expect(peakMb).toBeLessThan(LIMIT_MB);
});

describe('the worker reads a payload back', () => {
  it.each([1, 6, 15, 18, 25])('of %i MB, in paths of a few letters', async (megabytes) => {
    detail = toDetailText(toManyPaths(megabytes * MB));
    const { result, peakMb, output } = await invoke('worker', toBatch());
    expect(result).toEqual({ batchItemFailures: [] });
    expect(output).toContain('"outcome":"handled"');
    expect(peakMb).toBeLessThan(megabytes <= 18 ? BEFORE_MB * 0.8 : LIMIT_MB);
  });

  it('of 25 MB, in letters that V8 keeps in two bytes each', async () => {
    detail = toDetailText(toWideText(25 * MB));
    const { result, output } = await invoke('worker', toBatch());
    expect(result).toEqual({ batchItemFailures: [] });
    expect(output).toContain('"outcome":"handled"');
  });
});

describe('the sweeper with a payload of 25 MB', () => {
  it('hands it on to the queue', async () => {
    detail = toDetailText(toManyPaths(25 * MB));
    const { result, peakMb } = await invoke('sweeper', {});
    expect(result).toMatchObject({ pulled: 1, finished: true });
    expect(peakMb).toBeLessThan(LIMIT_MB / 2);
  });

  it('runs its handlers where there is no queue', async () => {
    detail = toDetailText(toManyPaths(25 * MB));
    const { DELIVERY_QUEUE_URL: _, ...withoutQueue } = env;
    env = withoutQueue;
    expect((await invoke('sweeper', {})).result).toMatchObject({ pulled: 1, finished: true });
  });
});
