/** Recorded deliveries at the sizes that are measured, as the Lambda events of a function URL. Pure, but for the fixture. */
import { readFile } from 'node:fs/promises';
import { signBody } from '../local/fixtures/sign.ts';
import { encodeMessage } from '../lib/queue/message.ts';
import { toEvent } from '../local/aws/lambda-event.ts';
import { toLoggedGuid } from './large-payload.mjs';

const RECORDED = JSON.parse(
  await readFile(new URL('app/functions/fixtures/issues-opened-first-time.json', import.meta.url), 'utf8'),
);

/** What people write: words, line breaks and quotation marks. */
const PROSE =
  'The catalog forgets its "sort order" after a restart.\nIt was set to name, and comes back by date.\n';

/**
 * @typedef {object} DeliveryOptions
 * @property {number} [bytes] Size of the body, reached by a longer text of the issue; default as recorded.
 * @property {string} [event] `X-GitHub-Event`; default `issues`.
 * @property {string} [action] Default `opened`.
 * @property {number} [installationId] Default as recorded.
 * @property {string} [id] What its delivery ids begin with.
 */

/**
 * @param {string} secret
 * @param {DeliveryOptions} [options]
 * @returns {string} The event in JSON.
 */
export function createDelivery(
  secret,
  { bytes, event = 'issues', action = 'opened', installationId, id } = {},
) {
  const body = createBody({ bytes, action, installationId });
  const headers = {
    ...RECORDED.headers,
    'X-GitHub-Event': event,
    'X-Hub-Signature-256': signBody(body, secret),
    'X-GitHub-Delivery': id ?? RECORDED.headers['X-GitHub-Delivery'],
  };
  return JSON.stringify(toEvent('function_url', { headers, body }));
}

/**
 * A batch of the delivery queue, as Lambda hands it to a worker.
 *
 * @param {number} count Of its messages.
 * @param {{ bytes: number } | { logId: string }} body Of each: its size, or where GitHub's log has it.
 * @returns {string} The event in JSON.
 */
export function createBatch(count, body) {
  const message = encodeMessage({
    envelope: {
      id: 'logId' in body ? toLoggedGuid(body.logId) : RECORDED.headers['X-GitHub-Delivery'],
      event: 'issues',
      hookId: RECORDED.headers['X-GitHub-Hook-ID'] ?? null,
      targetAppId: null,
      receivedAt: new Date(),
    },
    content:
      'logId' in body
        ? { kind: 'reference', logId: body.logId }
        : { kind: 'body', format: 'json', body: Buffer.from(createBody({ ...body, action: 'opened' })) },
    replay: false,
  });
  const Records = Array.from({ length: count }, () => ({
    messageId: '',
    receiptHandle: 'receipt',
    body: message,
    attributes: { ApproximateReceiveCount: '1', SentTimestamp: '0' },
    messageAttributes: {},
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-west-1:000000000000:hookmint-deliveries',
    awsRegion: 'eu-west-1',
  }));
  return JSON.stringify({ Records });
}

/** @param {{ bytes?: number | undefined, action: string, installationId?: number | undefined }} options */
function createBody({ bytes, action, installationId }) {
  const payload = structuredClone(RECORDED.body);
  payload.action = action;
  if (installationId !== undefined) payload.installation.id = installationId;
  if (bytes !== undefined) payload.issue.body = '';
  const missing = bytes === undefined ? 0 : bytes - Buffer.byteLength(JSON.stringify(payload));
  if (missing > 0) payload.issue.body = toText(missing);
  return JSON.stringify(payload);
}

/**
 * Text that takes so many bytes in JSON, where a line break and a quotation mark take two.
 *
 * @param {number} bytes
 */
function toText(bytes) {
  const perRepeat = JSON.stringify(PROSE).length - 2;
  const repeats = Math.floor(bytes / perRepeat);
  return PROSE.repeat(repeats) + 'x'.repeat(bytes - repeats * perRepeat);
}
