/** Probot 14 with the least of a Lambda handler. Its throttling and retries are off. */
import { Probot, ProbotOctokit } from 'probot';
import { comment, receive } from './answer.mjs';
import { withoutWaits } from './without-waits.mjs';

const { APP_ID: appId, PRIVATE_KEY: privateKey, WEBHOOK_SECRET: secret, API_URL: baseUrl } = process.env;
const Octokit = ProbotOctokit.defaults(withoutWaits);
const probot = new Probot({
  appId,
  privateKey,
  secret,
  baseUrl,
  Octokit,
  logLevel: 'info',
  logFormat: 'json',
});
await probot.load((app) => {
  app.on('issues.opened', ({ octokit, id, payload }) => comment(octokit, id, payload));
});

/** @param {any} event */
export const handler = (event) => receive(event, probot.webhooks);
