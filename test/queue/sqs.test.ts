/** What the queue is asked to hold, against SQS's own rules. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import { createQueueReader, createQueueWriter } from '../../lib/aws/queue.ts';
import { createSqsCall } from '../../lib/aws/sqs.ts';
import { createLog } from '../../lib/log/log.ts';
import type { QueueRecord } from '../../lib/queue/queue.ts';
import { toRecords } from '../../lib/queue/records.ts';
import { receive, toSqsEvent } from '../../local/aws/event-source.ts';
import { createSqs, type Sqs } from '../../local/aws/sqs.ts';
import { toCallDeps } from '../harness/aws-calls.ts';

const LIMIT_BYTES = 1024 * 1024;
/** It only ends what would never end. */
const UNTIL = { timeout: 60_000, interval: 20 };
const { signal } = new AbortController();
const log = createLog({ level: 'error', write: () => {}, now: Date.now });

let sqs: Sqs;
beforeAll(async () => {
  sqs = await createSqs();
});
afterAll(() => sqs.close());

const send = (message: string) =>
  createQueueWriter({ queueUrl: sqs.queueUrl, call: createSqsCall(toCallDeps(sqs.url)) }).send(
    message,
    'host/1',
    signal,
  );

async function takeRecord(): Promise<QueueRecord> {
  const [record] = toRecords(toSqsEvent(await receive(sqs, 1), sqs.queueArn), Date.now());
  if (record === undefined) throw new Error('the queue is empty');
  return record;
}

async function bury(reason: string) {
  const call = createSqsCall(toCallDeps(sqs.url));
  await createQueueReader({ queueUrl: undefined, clock: SYSTEM_CLOCK, log, call }).bury(
    await takeRecord(),
    reason,
  );
  // On a busy machine the stand-in says for a moment that there is none.
  const [letter] = await vi.waitUntil(async () => {
    const letters = await sqs.takeDeadLetters();
    return letters.length > 0 && letters;
  }, UNTIL);
  const { StringValue: told = '' } = letter?.MessageAttributes?.['reason'] ?? {};
  return { told, bytes: Buffer.byteLength(letter?.Body ?? '') + Buffer.byteLength(told) };
}

describe('a message', () => {
  it('that is taken can be buried, however long the reason', async () => {
    let size = LIMIT_BYTES;
    while (
      await send('x'.repeat(size)).then(
        () => false,
        () => true,
      )
    )
      size -= 512;
    const { told, bytes } = await bury('€'.repeat(100_000));
    expect(told.length).toBeGreaterThan(500);
    // The attribute's name and type count as well.
    expect(bytes).toBeLessThan(LIMIT_BYTES - 'reasonString'.length);
  });

  it('is not sent where it cannot be taken', async () => {
    await expect(send('x'.repeat(LIMIT_BYTES))).rejects.toMatchObject({ code: 'delivery_too_large' });
  });

  it.each([
    { what: 'half a character', reason: 'so \ud83d', told: 'so \ufffd' },
    { what: 'what XML has no room for', reason: 'a\u0000b\u001b\uffff\n', told: 'a\ufffdb\ufffd\ufffd\n' },
    { what: 'nothing', reason: '', told: 'unknown' },
  ])('is buried with a reason that holds $what', async ({ reason, told }) => {
    await send('x');
    expect(await bury(reason)).toMatchObject({ told });
  });
});
