/** The built sweeper function against the stand-ins: what came in by no front door is handled all the same. */
import { afterEach, expect, it } from 'vitest';
import { decodeMessage } from '../../lib/queue/message.ts';
import { loadFixture } from '../harness/deliver.ts';
import { type Deployment, startDeployment } from '../harness/deployment.ts';
import { receive } from '../../local/aws/event-source.ts';
import type { LambdaFunction } from '../../local/aws/lambda.ts';
import type { GitHub } from '../../local/github/types.ts';

const fixture = loadFixture('issues-opened-first-time');

let app: Deployment;
let github: GitHub;

async function startSweeper({ queued = false } = {}): Promise<LambdaFunction> {
  app = await startDeployment({ queued, timeoutMs: 30_000 });
  github = app.github;
  return app.start('sweeper');
}

afterEach(() => app.close());

/** A delivery of five minutes ago that was refused. */
function refuse(statusCode: number, changes: object = {}) {
  const { headers, body } = fixture;
  return github.deliveries.add({
    guid: '0b989ba4-242f-11e5-81e1-c7b6966d2516',
    event: 'issues',
    action: 'opened',
    deliveredAt: new Date(Date.now() - 5 * 60_000),
    statusCode,
    request: { headers: headers as Record<string, string>, payload: body },
    ...changes,
  });
}

it('asks GitHub once to deliver again what failed', async () => {
  const running = await startSweeper();
  const redelivered: string[] = [];
  github.deliveries.onRedeliver(({ id }) => {
    redelivered.push(id);
    return { statusCode: 200 };
  });
  const { id } = refuse(502);
  expect(await running.invoke({})).toMatchObject({ asked: 1, finished: true });
  expect(await running.invoke({})).toMatchObject({ asked: 0, finished: true });
  expect(redelivered).toEqual([id]);
});

it('runs the handlers itself for what was too large, inline, and once', async () => {
  const running = await startSweeper();
  refuse(413);
  expect(await running.invoke({})).toMatchObject({ pulled: 1, asked: 0 });
  expect(await running.invoke({})).toMatchObject({ pulled: 0 });
  expect(await github.seen.comments('octo-org/widgets', 14)).toHaveLength(1);
});

it('enqueues a reference to what was too large where there is a queue', async () => {
  const running = await startSweeper({ queued: true });
  const { id, guid } = refuse(413);
  expect(await running.invoke({})).toMatchObject({ pulled: 1, asked: 0 });
  const [message] = await receive(app.sqs);
  expect(decodeMessage(message?.Body ?? '')).toMatchObject({
    kind: 'delivery',
    delivery: {
      envelope: {
        id: guid,
        event: 'issues',
        // Known by the headers in GitHub's log, which the worker reads.
        hookId: null,
        targetAppId: null,
      },
      content: { kind: 'reference', logId: id },
    },
  });
  expect(github.calls.some(({ path }) => path.includes('access_tokens'))).toBe(false);
});

it('changes nothing in a dry run, and says what it would do', async () => {
  const running = await startSweeper();
  const { id } = refuse(502);
  expect(await running.invoke({ dryRun: true })).toMatchObject({
    asked: 1,
    dryRun: true,
    plan: [{ step: 'ask' }],
  });
  expect(github.calls.some(({ method, path }) => method === 'POST' && path.includes(id))).toBe(false);
});

it('asks for nothing that no handler claims', async () => {
  const running = await startSweeper();
  refuse(502, { event: 'push', action: null });
  expect(await running.invoke({})).toMatchObject({ asked: 0, finished: true });
});

it('goes back as far as it is told', async () => {
  const running = await startSweeper();
  refuse(502, { deliveredAt: new Date(Date.now() - 10 * 60 * 60_000) });
  expect(await running.invoke({ lookBackHours: 24 })).toMatchObject({ asked: 1 });
});
