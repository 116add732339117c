/** Who is compared, and how each is configured. */
import { LEDGER_TABLE, WEBHOOK_SECRET } from './stand-ins.mjs';

/** @typedef {'cold' | 'limited' | 'warm' | 'burst' | 'unclaimed'} Scenario */

/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {string} title
 * @property {string} bundle Path of the module that exports `handler`.
 * @property {number} bytes Of all that it may load.
 * @property {Record<string, string>} env
 * @property {readonly Scenario[]} scenarios
 * @property {number} comments How many a delivery leads to.
 * @property {number} messages How many go to the queue.
 */

const EVERY = /** @type {const} */ (['cold', 'limited', 'warm', 'burst', 'unclaimed']);

/** Peers and floors: name, title, and the scenarios they take part in. */
const OTHERS = /** @type {const} */ ([
  { name: 'floor-fetch', title: 'floor: `node:crypto` and `fetch`', scenarios: EVERY },
  { name: 'floor-https', title: 'floor with `node:https`', scenarios: EVERY },
  { name: 'floor-https-warmed', title: 'the same, warmed during INIT', scenarios: EVERY },
  { name: 'octokit-webhooks', title: '`@octokit/webhooks` and `auth-app` by hand', scenarios: EVERY },
  { name: 'octokit-app', title: '`@octokit/app` by hand', scenarios: EVERY },
  { name: 'probot-14-minimal', title: 'Probot 14, minimal handler', scenarios: EVERY },
  { name: 'probot-14-adapter', title: 'Probot 14 forced under its Lambda adapter', scenarios: EVERY },
  { name: 'probot-13-adapter', title: 'Probot 13, its Lambda adapter', scenarios: EVERY },
  {
    name: 'probot-13-shipped',
    title: 'Probot 13, its Lambda adapter as its README has it',
    scenarios: ['cold', 'limited'],
  },
  { name: 'probot-14-throttled', title: 'Probot 14 as shipped, throttled', scenarios: [] },
  { name: 'empty', title: 'an empty function', scenarios: ['cold'], comments: 0 },
]);

/** hookmint's own: the same function, configured differently. */
const OURS = /** @type {const} */ ([
  { name: 'hookmint', title: 'hookmint, inline', scenarios: EVERY },
  {
    name: 'hookmint-ledger',
    title: 'hookmint, inline with a ledger',
    scenarios: ['cold', 'limited', 'warm'],
  },
  {
    name: 'hookmint-queued',
    title: 'hookmint, queued: the public function',
    scenarios: ['cold', 'limited', 'unclaimed'],
    comments: 0,
    messages: 1,
  },
]);

/**
 * @param {import('./stand-ins.mjs').StandIns} standIns
 * @param {import('./bundles.mjs').Bundles} bundles
 * @returns {Contender[]}
 */
export function createContenders({ apiUrl, aws, certificateFile, privateKeyPem }, bundles) {
  const shared = { NODE_EXTRA_CA_CERTS: certificateFile, NODE_ENV: 'production', LOG_LEVEL: 'info' };
  const peer = {
    ...shared,
    API_URL: apiUrl,
    APP_ID: '31415',
    PRIVATE_KEY: privateKeyPem,
    WEBHOOK_SECRET,
  };
  // Where Probot's own variables say which GitHub it is; /api/v3 it adds itself.
  const shipped = { ...peer, GHE_HOST: new URL(apiUrl).host, GHE_PROTOCOL: 'https' };
  const hookmint = {
    ...shared,
    GITHUB_APP_ID: '31415',
    GITHUB_API_URL: apiUrl,
    WEBHOOK_SECRET_ID: 'webhook-secret',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: aws.secretsManagerUrl,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  };
  const inline = { ...hookmint, PRIVATE_KEY_SECRET_ID: 'private-key' };
  const ledger = { LEDGER_TABLE, AWS_ENDPOINT_URL_DYNAMODB: aws.dynamodbUrl };
  const queue = { DELIVERY_QUEUE_URL: aws.queueUrl, AWS_ENDPOINT_URL_SQS: aws.sqsUrl };
  /** @type {Record<string, Record<string, string>>} */
  const environments = {
    hookmint: inline,
    'hookmint-ledger': { ...inline, ...ledger },
    'hookmint-queued': { ...hookmint, ...queue },
    'probot-13-shipped': shipped,
  };
  return [...OURS, ...OTHERS].map((contender) => ({
    comments: 1,
    messages: 0,
    ...contender,
    bundle: bundles.files[contender.name] ?? bundles.files.hookmint ?? '',
    bytes: bundles.bytes[contender.name] ?? bundles.bytes.hookmint ?? 0,
    env: environments[contender.name] ?? peer,
  }));
}
