/**
 * Probot under its own Lambda adapter, as the adapter's README has it, but for throttling and retries, which are off.
 * Which Probot, the bundler decides: the adapter brings 13, and 14 can be forced upon it.
 */
import { createLambdaFunction, createProbot, ProbotOctokit } from '@probot/adapter-aws-lambda-serverless';
import { comment } from './answer.mjs';
import { withoutWaits } from './without-waits.mjs';

const Octokit = ProbotOctokit.defaults(withoutWaits);
const probot = createProbot({ overrides: { Octokit, baseUrl: process.env.API_URL } });
await probot.ready?.(); // 14 starts asynchronously, which the adapter does not know

/** @param {import('probot').Probot} app */
function load(app) {
  app.on('issues.opened', ({ octokit, id, payload }) => comment(octokit, id, payload));
}

export const handler = createLambdaFunction(load, { probot });
