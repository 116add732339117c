/** `@octokit/webhooks` and `@octokit/auth-app`, wired by hand. One client, so that its tokens are kept. */
import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/core';
import { Webhooks } from '@octokit/webhooks';
import { comment, receive } from './answer.mjs';

const { APP_ID: appId = '', PRIVATE_KEY: privateKey = '', WEBHOOK_SECRET: secret = '' } = process.env;
const appOctokit = new Octokit({
  authStrategy: createAppAuth,
  auth: { appId, privateKey },
  baseUrl: process.env.API_URL,
});
const webhooks = new Webhooks({ secret });
webhooks.on('issues.opened', async ({ id, payload }) => {
  const octokit = await appOctokit.auth({
    type: 'installation',
    installationId: payload.installation?.id,
    factory: (/** @type {object} */ auth) =>
      new Octokit({ authStrategy: createAppAuth, auth, baseUrl: process.env.API_URL }),
  });
  await comment(/** @type {Octokit} */ (octokit), id, payload);
});

/** @param {any} event */
export const handler = (event) => receive(event, webhooks);
