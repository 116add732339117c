import { describe, expect, it } from 'vitest';
import { createLog } from '../../lib/log/log.ts';
import { parseJson } from '../../lib/json/json.ts';
import { startScene } from './scene.ts';

const ISSUE = { owner: 'octo-org', repo: 'hello-world', issue_number: 347 };
const GET_ISSUE = 'GET /repos/{owner}/{repo}/issues/{issue_number}';
const COMMENT = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';

function keepLines(level: 'debug' | 'info' = 'debug') {
  const lines: unknown[] = [];
  const log = createLog({ level, write: (line) => void lines.push(parseJson(line)), now: () => 0 });
  return { lines, log: log.with({ delivery: 'a-delivery' }) };
}

describe('the calls of a handler', () => {
  it('are told with its name and the id that GitHub gave them, where two handlers share a token', async () => {
    await using scene = await startScene();
    const { lines, log } = keepLines();
    const [first, second] = await Promise.all(
      ['first', 'second'].map((handler) => scene.authorise(undefined, { log: log.with({ handler }) })),
    );
    await Promise.all([
      first?.github.request(COMMENT, { ...ISSUE, body: 'by the first' }),
      second?.github.request(COMMENT, { ...ISSUE, body: 'by the second' }),
    ]);
    expect(first?.token.token).toBe(second?.token.token);
    const bodyOf = new Map(scene.github.calls.map((call) => [call.requestId, call.requestBody]));
    const told = lines.map((line) => ({ ...Object(line), body: bodyOf.get(Object(line).requestId) }));
    for (const handler of ['first', 'second']) {
      expect(told).toContainEqual(
        expect.objectContaining({
          level: 'DEBUG',
          code: 'github_call',
          delivery: 'a-delivery',
          handler,
          method: 'POST',
          path: '/repos/octo-org/hello-world/issues/347/comments',
          status: 201,
          durationMs: 0,
          body: { body: `by the ${handler}` },
        }),
      );
    }
  });

  it('are told try by try, one without an answer as well', async () => {
    await using scene = await startScene();
    const { lines, log } = keepLines();
    const { github } = await scene.authorise(undefined, { log });
    scene.github.faults.next({ path: /issues/ }, { reset: true });
    await github.request(GET_ISSUE, ISSUE);
    expect(lines).toMatchObject([
      { code: 'github_call', error: { message: 'fetch failed' } },
      { code: 'github_call', status: 200, requestId: scene.github.calls.at(-1)?.requestId },
    ]);
  });

  it('are told without query, body and token', async () => {
    await using scene = await startScene();
    const { lines, log } = keepLines();
    const { github, token } = await scene.authorise(undefined, { log });
    await github.request('GET /repos/{owner}/{repo}/issues', { ...ISSUE, labels: 'of-a-payload' });
    await github.request(COMMENT, { ...ISSUE, body: 'of a payload' });
    expect(lines).toHaveLength(2);
    const text = JSON.stringify(lines);
    expect(text).not.toMatch(/of.a.payload/);
    expect(text).not.toContain(token.token);
  });

  it('are told with their host where that is not GitHub’s', async () => {
    await using scene = await startScene();
    const { lines, log } = keepLines();
    const { github } = await scene.authorise(undefined, { log });
    await github.request('POST http://127.0.0.1:9/archive').catch(() => {});
    expect(lines).toMatchObject([{ path: 'http://127.0.0.1:9/archive' }]);
  });

  it('are told at debug alone', async () => {
    await using scene = await startScene();
    const { lines, log } = keepLines('info');
    const { github } = await scene.authorise(undefined, { log });
    await github.request(GET_ISSUE, ISSUE);
    expect(lines).toEqual([]);
  });
});
