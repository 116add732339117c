import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { startStandIns } from '../../local/server/stand-ins.ts';
import { loadFixture, loadWorld, toSignedEvent } from '../harness/deliver.ts';
import { BUDGETS, FUNCTION_BYTES, type Budget } from './budgets.ts';
import { startColdFunction, sumOf, type Invoked } from './cold-function.ts';

const SECRET = 'the webhook secret of the budgets';

interface Scenario {
  readonly name: keyof typeof BUDGETS;
  /** Names of fixtures. They are signed and dated when they are sent: the time for a delivery counts from then. */
  readonly deliveries: readonly string[];
  readonly shape?: 'inline' | 'queued';
  readonly ledger?: boolean;
  readonly traced?: boolean;
  readonly status: number;
}

const ONE_INLINE: Scenario = {
  name: 'a delivery inline',
  deliveries: ['issues-opened-first-time'],
  status: 200,
};

const SCENARIOS: readonly Scenario[] = [
  ONE_INLINE,
  {
    name: 'a delivery inline, with a ledger',
    deliveries: ['issues-opened-first-time'],
    ledger: true,
    status: 200,
  },
  {
    name: 'a hundred deliveries at once, inline',
    deliveries: Array.from({ length: 100 }, () => 'issues-opened-first-time'),
    status: 200,
  },
  { ...ONE_INLINE, name: 'a delivery inline, traced', traced: true },
  {
    name: 'a delivery for two handlers, inline',
    deliveries: ['pull-request-opened'],
    status: 200,
  },
  { name: 'an event that nobody handles, inline', deliveries: ['push'], status: 202 },
  {
    name: 'a delivery queued',
    deliveries: ['issues-opened-first-time'],
    shape: 'queued',
    status: 202,
  },
];

it.each(['webhook', 'worker', 'sweeper', 'rotator'] as const)(
  'the whole of %s is within its budget',
  (name) => {
    const folder = inject('functions');
    const chunks = readdirSync(join(folder, 'chunks', name)).filter((file) => file.endsWith('.mjs'));
    const files = [join(folder, `${name}.mjs`), ...chunks.map((file) => join(folder, 'chunks', name, file))];
    expect(sumOf(files)).toBeLessThanOrEqual(FUNCTION_BYTES[name]);
  },
);

describe.each(SCENARIOS)('$name', (scenario) => {
  const budget: Budget = BUDGETS[scenario.name];

  it('is within its budget, beginning with a new process', async () => {
    const { answers, modules, bytes, builtins, mints, secretReads } = await run(scenario);
    expect(answers.filter(({ status }) => status !== scenario.status)).toEqual([]);
    expect({ mints, secretReads }).toEqual({ mints: budget.mints, secretReads: budget.secretReads });
    const over = [
      bytes > budget.bytes && `${bytes} bytes`,
      modules.length > budget.modules && `${modules.length} modules: ${modules.join(' ')}`,
      builtins.length > budget.builtins && `${builtins.length} of Node's: ${builtins.join(' ')}`,
    ];
    expect(over.filter((found) => found !== false)).toEqual([]);
  });
});

it('no delivery loads fetch, or a handler that is not for it', async () => {
  const { modules, builtins } = await run(ONE_INLINE);
  expect(builtins).toContain('https'); // the list is one
  expect(builtins.filter((name) => name.includes('undici'))).toEqual([]);
  expect(modules).toContain('issues-opened.mjs');
  expect(modules).not.toContain('pull-request-title.mjs');
  expect(modules).not.toContain('queued.mjs');
});

it('only a function that is asked for traces loads anything of them', async () => {
  const { modules } = await run(ONE_INLINE);
  const traced = await run({ ...ONE_INLINE, traced: true });
  expect(modules).not.toContain('open-telemetry.mjs');
  expect(traced.modules).toContain('open-telemetry.mjs');
});

async function run({
  deliveries,
  shape = 'inline',
  ledger = false,
  traced = false,
}: Scenario): Promise<Invoked & Counts> {
  const standIns = await startStandIns({
    github: { kind: 'stand-in', world: loadWorld() },
    webhookSecret: SECRET,
    queued: shape === 'queued',
    ledger,
  });
  try {
    const bundle = join(inject('functions'), 'webhook.mjs');
    // Nobody listens there: spans are lost, and nothing waits for them for long.
    const traces = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };
    using cold = await startColdFunction(bundle, { ...standIns.env.webhook, ...(traced && traces) });
    const invoked = await cold.invoke(deliveries.map(toDelivery));
    return {
      ...invoked,
      mints: standIns.github?.tokens.length ?? Number.NaN,
      secretReads: standIns.secretsManager.calls.length,
    };
  } finally {
    await standIns.close();
  }
}

type Counts = Pick<Budget, 'mints' | 'secretReads'>;

/** Each is a delivery of its own. */
function toDelivery(name: string): object {
  return toSignedEvent(loadFixture(name), { id: randomUUID(), secret: SECRET });
}
