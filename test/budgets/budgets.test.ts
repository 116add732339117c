import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { startStandIns } from '../../local/server/stand-ins.ts';
import { buildTestFunctions, PROJECT } from '../harness/build.ts';
import { type Fixture, loadFixture, loadWorld, toSignedEvent } from '../harness/deliver.ts';
import { BUDGETS, FUNCTION_BYTES, type Budget } from './budgets.ts';
import { startColdFunction, sumOf, type Invoked } from './cold-function.ts';

const SECRET = 'the webhook secret of the budgets';

interface Scenario {
  readonly name: keyof typeof BUDGETS;
  /** Fixtures, or their names. They are signed and dated when they are sent: the time for a delivery counts from then. */
  readonly deliveries: readonly (string | Fixture)[];
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

it("no delivery loads fetch, Node's client for HTTP, what reads files, or a handler that is not for it", async () => {
  const { modules, builtins } = await run(ONE_INLINE);
  expect(builtins).toContain('crypto'); // the list is one
  expect(builtins.filter((name) => /undici|promises|^_?https?/.test(name))).toEqual([]);
  expect(modules).toContain('issues-opened.mjs');
  expect(modules).not.toContain('pull-request-title.mjs');
  expect(modules).not.toContain('queued.mjs');
});

it("Octokit's plugins load with the delivery whose handler uses them, and with no other", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hookmint-plugins-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const hookmint = JSON.stringify(join(PROJECT, 'lib/index.ts'));
  const define = (event: string, call: string): string =>
    `import { defineHandler, toRepo } from ${hookmint};
     export default defineHandler('${event}', { permissions: { issues: 'write' },
       async handle({ payload, github }) { await github.${call}; } });`;
  const handlers = {
    'issues.opened': "request('GET /repos/{owner}/{repo}/issues', toRepo(payload))",
    'issues.edited': "paginate('GET /repos/{owner}/{repo}/issues', toRepo(payload))",
    'issues.closed': 'rest.issues.listForRepo(toRepo(payload))',
  };
  for (const [event, call] of Object.entries(handlers)) {
    await writeFile(join(folder, `${event}.ts`), define(event, call));
  }
  const lines = Object.keys(handlers).map((event) => `'${event}': () => import('./${event}.ts')`);
  await writeFile(join(folder, 'index.ts'), `export const handlers = { ${lines.join()} };`);
  await buildTestFunctions({ handlers: join(folder, 'index.ts'), outdir: folder, only: ['webhook'] });

  const fixture = loadFixture('issues-opened-first-time');
  const loadedBy = async (action: string): Promise<readonly string[]> => {
    const delivery = { ...fixture, body: { ...fixture.body, action } };
    const { modules } = await run({ ...ONE_INLINE, deliveries: [delivery] }, join(folder, 'functions'));
    return modules;
  };
  const plain = await loadedBy('opened');
  const added = (modules: readonly string[]) => modules.filter((name) => !plain.includes(name));
  expect(added(await loadedBy('edited'))).toEqual(['issues.edited.mjs', 'dist-bundle.mjs']);
  expect(added(await loadedBy('closed'))).toEqual(['issues.closed.mjs', 'dist-src.mjs']);
});

it('no function holds the table of what routes need', () => {
  const folder = inject('functions');
  const maps = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.map'),
  );
  const sources = maps.flatMap(
    (file) => readFileSync(join(folder, file), 'utf8').match(/[\w./@-]+\.(?:ts|json)/g) ?? [],
  );
  expect(
    sources.some(
      (source) => source.endsWith('lib/permissions/unchecked.ts') || source.endsWith('lib/github/octokit.ts'),
    ),
  ).toBe(true);
  expect(
    sources.filter((source) => /permissions\/(?:endpoints|needs|judge|route-needs|rest-routes)/.test(source)),
  ).toEqual([]);
});

it('only a function that is asked for traces loads anything of them', async () => {
  const { modules } = await run(ONE_INLINE);
  const traced = await run({ ...ONE_INLINE, traced: true });
  expect(modules).not.toContain('open-telemetry.mjs');
  expect(traced.modules).toContain('open-telemetry.mjs');
});

/** @param folder Of the built functions. */
async function run(
  { deliveries, shape = 'inline', ledger = false, traced = false }: Scenario,
  folder = inject('functions'),
): Promise<Invoked & Counts> {
  const standIns = await startStandIns({
    github: { kind: 'stand-in', world: loadWorld() },
    webhookSecret: SECRET,
    queued: shape === 'queued',
    ledger,
  });
  try {
    const bundle = join(folder, 'webhook.mjs');
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
function toDelivery(what: string | Fixture): object {
  return toSignedEvent(what, { id: randomUUID(), secret: SECRET });
}
