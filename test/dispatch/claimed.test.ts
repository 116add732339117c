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
import { createLog } from '../../lib/log/log.ts';
import type { ReadSettings } from '../../lib/settings/read-settings.ts';
import { createManualClock } from '../harness/clock.ts';
import { createMemoryLedger, type MemoryLedger } from '../ledger/memory-ledger.ts';

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
    checkMint() {},
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
  readonly settings?: ReadSettings;
  /** Another one where several deliveries share it. */
  readonly ledger?: MemoryLedger;
  readonly clock?: ReturnType<typeof createManualClock>;
}

async function run({
  authorise = async () => authorityWith([]),
  maxAttempts = 2,
  settings,
  clock = createManualClock(),
  ledger = createMemoryLedger(() => clock.now()),
}: Options) {
  const attempts: number[] = [];
  const handler = defineHandler('issues', {
    permissions: { issues: 'write' },
    ...(settings && { settings: { NOTIFY_TOKEN: 'secret' } }),
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
    ...(settings && { settings }),
  });
  return { outcome, attempts, settlements: ledger.settlements, record: ledger.recordOf('issues') };
}

const unusable = () => Promise.reject(new ServiceFault('token_unusable', 'made for this test'));
const silent = () => Promise.reject(new ServiceFault('secrets_unavailable', 'made for this test'));

describe('an attempt ends before its handler is called, and counts', () => {
  it.each([
    { what: 'where no token is minted', options: { authorise: unusable }, reason: 'token_unusable' },
    { what: 'where a setting cannot be read', options: { settings: silent }, reason: 'secrets_unavailable' },
  ])('$what', async ({ options, reason }) => {
    const { outcome, attempts, settlements, record } = await run({ ...options, maxAttempts: 2 });
    expect(outcome).toMatchObject({ outcome: 'failed', reason, attempt: 1, final: false });
    expect(attempts).toEqual([]);
    expect(settlements).toEqual([{ state: 'failed', reason, counts: true }]);
    expect(record).toMatchObject({ state: 'failed', attempts: 1 });
  });

  it('for good, where it was the last', async () => {
    const { outcome, attempts, settlements } = await run({ authorise: unusable, maxAttempts: 1 });
    expect(outcome).toMatchObject({ outcome: 'failed', reason: 'token_unusable', attempt: 1, final: true });
    expect(attempts).toEqual([]);
    expect(settlements).toEqual([{ state: 'given_up', reason: 'token_unusable' }]);
  });

  it('where the mint takes all the time, and its late token starts nothing', async () => {
    const clock = createManualClock();
    const minted = Promise.withResolvers<Authority>();
    const running = run({ authorise: () => minted.promise, clock });
    await clock.advance(5_000);
    minted.resolve(authorityWith([]));
    const { outcome, attempts, settlements } = await running;
    expect(outcome).toMatchObject({ reason: 'deadline', attempt: 1 });
    expect([attempts, settlements]).toEqual([[], [{ state: 'failed', reason: 'deadline', counts: true }]]);
  });

  it('where its process stood still until its time was up, and hears of the token before any timer', async () => {
    const clock = createManualClock();
    let stoodMs = 0;
    const late = { ...clock, now: () => clock.now() + stoodMs };
    const authorise = async () => {
      stoodMs = 5_001;
      return authorityWith([]);
    };
    const { outcome, attempts, settlements } = await run({ authorise, clock: late });
    expect(outcome).toMatchObject({ reason: 'deadline', attempt: 1 });
    expect([attempts, settlements]).toEqual([[], [{ state: 'failed', reason: 'deadline', counts: true }]]);
  });
});

it('a handler whose token is there in time runs, and is told its attempt', async () => {
  const { outcome, attempts, settlements } = await run({});
  expect(outcome).toEqual({ name: 'issues', outcome: 'handled' });
  expect([attempts, settlements]).toEqual([[1], [{ state: 'done' }]]);
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
