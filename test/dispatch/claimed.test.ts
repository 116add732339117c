/** A handler whose work is claimed: a step that fails ends it there, and the ledger learns what that was. */
import { describe, expect, it } from 'vitest';
import { startDeadline } from '../../lib/async/deadline.ts';
import { defineHandler } from '../../lib/dispatch/define-handler.ts';
import { inline, toJob } from '../../lib/dispatch/job.ts';
import { createParking } from '../../lib/dispatch/parking.ts';
import { runHandler } from '../../lib/dispatch/run-handler.ts';
import { ServiceFault } from '../../lib/faults.ts';
import type { Authority, GitHubApp } from '../../lib/github/app.ts';
import type { ForgottenCall } from '../../lib/github/call-watch.ts';
import type { Ledger } from '../../lib/ledger/ledger.ts';
import { createLog } from '../../lib/log/log.ts';
import { createManualClock } from '../harness/clock.ts';
import { createMemoryLedger } from '../ledger/memory-ledger.ts';

const PAYLOAD = {
  action: 'opened',
  repository: { id: 1, full_name: 'octo-org/widgets' },
  installation: { id: 5 },
};
const ENVELOPE = { id: 'guid', event: 'issues', hookId: '7', targetAppId: null };

/** An App that has this to say when it is asked for a token. */
function appThat(authorise: () => Promise<Authority>): GitHubApp {
  return {
    call: () => Promise.reject(new Error('nobody calls')),
    prepare: () => Promise.resolve(),
    heldTokens: () => [],
    notice() {},
    checkMint: () => false,
    authorise,
  };
}

function authorityWith(forgotten: readonly ForgottenCall[]): Authority {
  const client: unknown = {};
  return {
    github: client as Authority['github'],
    token: { token: 'ghs_1', expiresAt: new Date(0), permissions: {} },
    cached: false,
    secrets: () => ['ghs_1'],
    finishCalls: () => Promise.resolve(forgotten),
  };
}

interface Options {
  readonly authorise?: () => Promise<Authority>;
  readonly maxAttempts?: number;
  /** In place of the ledger's own. */
  readonly start?: Ledger['start'];
}

async function run({ authorise = async () => authorityWith([]), maxAttempts = 2, start }: Options) {
  const clock = createManualClock();
  const memory = createMemoryLedger(() => clock.now());
  const ledger: Ledger = {
    claim: (...of) => memory.claim(...of),
    start: start ?? ((...of) => memory.start(...of)),
    settle: (...of) => memory.settle(...of),
  };
  const attempts: number[] = [];
  const handler = defineHandler('issues', {
    permissions: { issues: 'write' },
    handle: ({ delivery }) => void attempts.push(delivery.attempt),
  });
  const route = { key: 'issues', load: () => Promise.resolve(handler) };
  const now = (): number => clock.now();
  const job = toJob({ ...ENVELOPE, receivedAt: new Date(now()) }, PAYLOAD, {
    deadline: startDeadline(now() + 5_000, clock),
    log: createLog({ level: 'error', write() {}, now }),
    carrier: { ...inline(new Date(now())), maxAttempts },
  });
  const outcome = await runHandler(route, job, {
    app: appThat(authorise),
    ledger,
    ledgerScope: { host: 'api.github.com', appId: '1' },
    parking: createParking(now),
    clock,
  });
  return { outcome, attempts, settlements: memory.settlements, nowMs: now() };
}

describe('a mint that fails', () => {
  const authorise = () => Promise.reject(new ServiceFault('token_unusable', 'made for this test'));

  it('at the last attempt ends the handler for good', async () => {
    const { outcome, attempts, settlements } = await run({ authorise, maxAttempts: 1 });
    expect(outcome).toMatchObject({ outcome: 'failed', reason: 'token_unusable', attempt: 1, final: true });
    expect(attempts).toEqual([]);
    expect(settlements).toEqual([{ state: 'given_up', reason: 'token_unusable' }]);
  });

  it('before that is one attempt of several', async () => {
    const { outcome, settlements } = await run({ authorise, maxAttempts: 2 });
    expect(outcome).toMatchObject({ attempt: 1, final: false });
    expect(settlements).toEqual([{ state: 'failed', reason: 'token_unusable', waited: false }]);
  });
});

describe('a start', () => {
  it('after somebody else has claimed runs nothing, and costs no attempt', async () => {
    const { outcome, attempts, settlements } = await run({ start: async () => 'lost', maxAttempts: 1 });
    expect(outcome).toMatchObject({ outcome: 'failed', reason: 'in_progress', final: false });
    expect(outcome).not.toHaveProperty('attempt', 1);
    expect(attempts).toEqual([]);
    expect(settlements).toEqual([{ state: 'failed', reason: 'in_progress', waited: true }]);
  });

  it('that the ledger does not record runs nothing, and costs no attempt', async () => {
    const start = () => Promise.reject(new ServiceFault('ledger_unavailable', 'made for this test'));
    const { outcome, attempts, settlements } = await run({ start, maxAttempts: 1 });
    expect(outcome).toMatchObject({ outcome: 'failed', reason: 'ledger_unavailable', final: false });
    expect(attempts).toEqual([]);
    expect(settlements).toEqual([{ state: 'failed', reason: 'ledger_unavailable', waited: true }]);
  });

  it('that is recorded runs the handler, which is told its attempt', async () => {
    const { outcome, attempts, settlements } = await run({});
    expect(outcome).toEqual({ name: 'issues', outcome: 'handled' });
    expect([attempts, settlements]).toEqual([[1], [{ state: 'done' }]]);
  });
});

it('a forgotten call that met a limit waits until the time that GitHub names', async () => {
  const clock = createManualClock();
  const headers = {
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': String(Math.floor(clock.now() / 1000) + 90),
  };
  const error = Object.assign(new Error('API rate limit exceeded'), {
    name: 'HttpError',
    status: 403,
    response: { headers, data: { message: 'API rate limit exceeded' } },
  });
  const forgotten = [{ route: 'GET /user', failure: { error } }];
  const { outcome } = await run({ authorise: async () => authorityWith(forgotten) });
  expect(outcome).toMatchObject({ reason: 'not_awaited', fault: { retryAfterSeconds: 90 } });
});
