/** Recorded deliveries at the sizes that are measured, as the Lambda events of a function URL. Pure, but for the fixture. */
import { readFile } from 'node:fs/promises';
import { signBody } from '../local/fixtures/sign.ts';
import { toEvent } from '../local/aws/lambda-event.ts';

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
  const payload = structuredClone(RECORDED.body);
  payload.action = action;
  if (installationId !== undefined) payload.installation.id = installationId;
  if (bytes !== undefined) payload.issue.body = '';
  const missing = bytes === undefined ? 0 : bytes - Buffer.byteLength(JSON.stringify(payload));
  if (missing > 0) payload.issue.body = toText(missing);
  const body = JSON.stringify(payload);
  const headers = {
    ...RECORDED.headers,
    'X-GitHub-Event': event,
    'X-Hub-Signature-256': signBody(body, secret),
    'X-GitHub-Delivery': id ?? RECORDED.headers['X-GitHub-Delivery'],
  };
  return JSON.stringify(toEvent('function_url', { headers, body }));
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
