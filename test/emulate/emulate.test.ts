/**
 * The built function against plain `emulate`, a GitHub that we did not write: it signs and sends the
 * deliveries, checks the JWT, mints the tokens and takes the comment.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Octokit } from '@octokit/core';
import { createEmulator } from 'emulate';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readField } from '../../lib/json/json.ts';
import { buildTestFunctions } from '../harness/build.ts';
import { createAppKey } from '../../local/github/app-key.ts';
import { openFrontDoor } from '../../local/aws/function-url.ts';
import { startLambda, type LambdaFunction } from '../../local/aws/lambda.ts';
import { startStandIns } from '../../local/server/stand-ins.ts';

const stack = new AsyncDisposableStack();
let lambda: LambdaFunction;
let user: Octokit;
const answers: unknown[] = [];

beforeAll(async () => {
  const folder = stack.adopt(await mkdtemp(join(tmpdir(), 'hookmint-emulate-')), (path) =>
    rm(path, { recursive: true }),
  );
  await buildTestFunctions({ handlers: 'test/emulate/handlers.ts', outdir: folder, only: ['webhook'] });
  const door = stack.adopt(await openFrontDoor(0), (opened) => opened.close());
  const { privateKeyPem } = createAppKey();
  const emulator = stack.adopt(
    await createEmulator({
      service: 'github',
      port: 0,
      seed: {
        github: {
          users: [{ login: 'mona' }],
          repos: [{ owner: 'mona', name: 'lisa' }],
          apps: [
            {
              app_id: 4711,
              slug: 'hookmint',
              name: 'hookmint',
              private_key: privateKeyPem,
              permissions: { issues: 'write', metadata: 'read' },
              events: ['issues'],
              webhook_url: door.url,
              webhook_secret: 'the secret of emulate',
              installations: [{ installation_id: 99, account: 'mona', repository_selection: 'all' }],
            },
          ],
        },
      },
    }),
    (running) => running.close(),
  );
  const github = { kind: 'elsewhere', appId: '4711', apiUrl: emulator.url, privateKeyPem } as const;
  const webhookSecret = 'the secret of emulate';
  const standIns = stack.adopt(await startStandIns({ github, webhookSecret, ledger: false }), (running) =>
    running.close(),
  );
  standIns.secretsManager.put('app', JSON.stringify({ webhookSecret, privateKey: privateKeyPem }));
  lambda = stack.adopt(
    await startLambda({
      bundle: join(folder, 'functions', 'webhook.mjs'),
      env: { ...standIns.env.webhook, WEBHOOK_SECRET_ID: 'app', PRIVATE_KEY_SECRET_ID: 'app' },
    }),
    (running) => running.close(),
  );
  door.serve(async (event) => {
    const answer = await lambda.invoke(event);
    answers.push(answer);
    return answer;
  });
  user = new Octokit({ baseUrl: emulator.url, auth: 'mona' });
});

afterAll(() => stack.disposeAsync());

it('handles what plain emulate sends, with a token that plain emulate minted', async () => {
  const where = { owner: 'mona', repo: 'lisa' };
  const { data: issue } = await user.request('POST /repos/{owner}/{repo}/issues', {
    ...where,
    title: 'It works',
  });
  await expect.poll(() => answers.length).toBe(1);

  // The installation is seconds old: what it refuses may be granted in a moment, and is asked for again.
  expect(answers[0]).toMatchObject({ statusCode: 503 });
  expect(JSON.parse(String(readField(answers[0], 'body')))).toMatchObject({
    event: 'issues',
    outcome: 'failed',
    handlers: [
      { name: 'comment', outcome: 'handled' },
      { name: 'overreach', outcome: 'failed', reason: 'not_known_yet' },
    ],
  });
  const { data: comments } = await user.request('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
    ...where,
    issue_number: issue.number,
  });
  expect(comments.map((comment) => [comment.body, comment.user?.login])).toEqual([
    ['Seen, with issues,write.', 'hookmint[bot]'],
  ]);
});
