/** Probot under its own Lambda adapter, to the letter of the adapter's README: throttling and retries are on, all settings come from the environment. */
import { createLambdaFunction, createProbot } from '@probot/adapter-aws-lambda-serverless';
import { comment } from './answer.mjs';

/** @param {import('probot').Probot} app */
function load(app) {
  app.on('issues.opened', ({ octokit, id, payload }) => comment(octokit, id, payload));
}

export const handler = createLambdaFunction(load, { probot: createProbot() });
