/** `@octokit/app`, wired by hand. */
import { App } from '@octokit/app';
import { Octokit } from '@octokit/core';
import { comment, receive } from './answer.mjs';

const { APP_ID: appId = '', PRIVATE_KEY: privateKey = '', WEBHOOK_SECRET: secret = '' } = process.env;
const app = new App({
  appId,
  privateKey,
  webhooks: { secret },
  Octokit: Octokit.defaults({ baseUrl: process.env.API_URL }),
});
app.webhooks.on('issues.opened', ({ octokit, id, payload }) => comment(octokit, id, payload));

/** @param {any} event */
export const handler = (event) => receive(event, app.webhooks);
