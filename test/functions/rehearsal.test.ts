/** The delivery that init rehearses: it goes all the way, and leaves nothing behind. */
import http from 'node:http';
import https from 'node:https';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { rehearse } from '../../lib/functions/rehearsal.ts';
import { type Deployment, startDeployment } from '../harness/deployment.ts';

describe('a rehearsal', () => {
  it.each([true, false])('takes the whole way of a delivery, with a ledger: %s', async (withLedger) => {
    const { statusCode, body } = await rehearse({ withLedger });
    expect([statusCode, JSON.parse(body)]).toEqual([
      200,
      {
        delivery: '00000000-0000-0000-0000-000000000000',
        event: 'issues',
        outcome: 'handled',
        handlers: [{ name: 'issues.opened', outcome: 'handled' }],
      },
    ]);
  });

  it('sends nothing, prints nothing, and leaves no timer', async () => {
    onTestFinished(() => void vi.restoreAllMocks());
    const used = [
      vi.spyOn(http, 'request'),
      vi.spyOn(https, 'request'),
      vi.spyOn(process.stdout, 'write'),
      vi.spyOn(process.stderr, 'write'),
    ];
    const countTimers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = countTimers();
    await rehearse({ withLedger: true });
    expect(used.map(({ mock }) => mock.calls)).toEqual([[], [], [], []]);
    expect(countTimers()).toBe(before);
  });
});

describe('a function that has rehearsed', () => {
  let app: Deployment;
  const lines: string[] = [];
  beforeAll(async () => {
    app = await startDeployment({ onLine: (line) => void lines.push(line) });
    await app.webhook();
  });
  afterAll(() => app.close());

  it('has minted nothing, called nothing and said nothing before its first delivery', async () => {
    expect(lines).toEqual([]);
    expect([app.github.calls, app.github.tokens]).toEqual([[], []]);
    const { body, tokens } = await app.deliver('issues-opened-first-time');
    expect(body).toMatchObject({ outcome: 'handled' });
    expect(tokens.length).toBe(1);
  });
});
