/** Probot 14 with the least of a Lambda handler, as it is shipped: throttled. */
import { Probot } from 'probot';
import { comment, receive } from './answer.mjs';

const { APP_ID: appId, PRIVATE_KEY: privateKey, WEBHOOK_SECRET: secret, API_URL: baseUrl } = process.env;
const probot = new Probot({ appId, privateKey, secret, baseUrl, logLevel: 'info', logFormat: 'json' });
await probot.load((app) => {
  app.on('issues.opened', ({ octokit, id, payload }) => comment(octokit, id, payload));
});

/** @param {any} event */
export const handler = (event) => receive(event, probot.webhooks);
