/**
 * hookmint beside what it was before: the paths that production runs, by the CPU of the process, all its threads
 * together. The two take turns in each round, so that what else goes on in the machine meets both alike, and what is
 * told is the median of the rounds' ratios.
 */
import { startChild } from './child.mjs';
import { createBatch, createDelivery } from './deliveries.mjs';
import { KMS_ALIAS, LEDGER_TABLE, WEBHOOK_SECRET } from './stand-ins.mjs';
import { takeChecked } from './scenarios/check.mjs';
import { median } from './statistics.mjs';
import { toTable } from './table.mjs';
import { toFigure } from './units.mjs';

/** Of each body. */
const BYTES = 8_000;
const BATCH = 10;

/** Deliveries before anything is timed: V8 has compiled by then what it will. */
const FIRST_DELIVERIES = 1_000;

const AT_ONCE = { github: 0, dynamodb: 0, sqs: 0, secretsManager: 0 };

const ONE = createDelivery(WEBHOOK_SECRET, { bytes: BYTES });

/**
 * @typedef {object} Scenario
 * @property {'webhook' | 'worker'} bundle
 * @property {string} title
 * @property {readonly ('ledger' | 'queue' | 'key')[]} needs
 * @property {boolean} [keyInKms] The key of this release is in KMS; the one before it knew no other place than a secret.
 * @property {'init' | 'first'} [of] What is measured of a new process; default INIT.
 * @property {number} comments That a delivery leads to.
 * @property {number} each Deliveries of one invocation.
 * @property {number} invocations Of a block; 0 where INIT is measured, each time of a new process.
 * @property {Parameters<import('./stand-ins.mjs').StandIns['answerLater']>[0]} [delaysMs] As in production; default none.
 */

/** @type {Record<string, Scenario>} */
export const SCENARIOS = {
  inline: {
    title: 'a warm delivery, inline without a ledger',
    bundle: 'webhook',
    needs: ['key'],
    comments: 1,
    each: 1,
    invocations: 150,
  },
  'warm-ledger': {
    title: 'a warm delivery, inline with the ledger',
    bundle: 'webhook',
    needs: ['key', 'ledger'],
    comments: 1,
    each: 1,
    invocations: 150,
  },
  worker: {
    title: 'a warm delivery in the worker, batches of ten',
    bundle: 'worker',
    needs: ['key', 'ledger', 'queue'],
    comments: 1,
    each: BATCH,
    invocations: 25,
  },
  queued: {
    title: 'a warm delivery in the queued public function',
    bundle: 'webhook',
    needs: ['queue'],
    comments: 0,
    each: 1,
    invocations: 150,
  },
  distant: {
    title: 'the same as inline with the ledger, GitHub 80 ms away and DynamoDB 4 ms',
    bundle: 'webhook',
    needs: ['key', 'ledger'],
    comments: 1,
    each: 1,
    invocations: 10,
    delaysMs: { github: 80, dynamodb: 4, sqs: 6, secretsManager: 15 },
  },
  init: {
    title: 'INIT, inline with the ledger',
    bundle: 'webhook',
    needs: ['key', 'ledger'],
    comments: 1,
    each: 1,
    invocations: 0,
  },
  first: {
    title: 'the first delivery of a process, inline with the ledger',
    bundle: 'webhook',
    needs: ['key', 'ledger'],
    comments: 1,
    each: 1,
    invocations: 0,
    of: 'first',
  },
  'init-kms': {
    title: 'INIT, the same with the key in KMS now',
    bundle: 'webhook',
    needs: ['key', 'ledger'],
    keyInKms: true,
    comments: 1,
    each: 1,
    invocations: 0,
  },
  'first-kms': {
    title: 'the first delivery of a process, the same with the key in KMS now',
    bundle: 'webhook',
    needs: ['key', 'ledger'],
    keyInKms: true,
    comments: 1,
    each: 1,
    invocations: 0,
    of: 'first',
  },
};

/**
 * What is compared: where the functions of each are.
 *
 * @typedef {Record<'now' | 'before', { webhook: string, worker: string }>} Sides
 */

/** @typedef {{ cpuMs: number, wallMs: number }} Block Of one delivery, or of one INIT. */

/**
 * @typedef {object} Compared
 * @property {string} title
 * @property {Block} now
 * @property {Block} before
 * @property {{ cpu: number, wall: number }} ratio Now over before.
 */

/**
 * @param {{ folder: string, standIns: import('./stand-ins.mjs').StandIns, shuffle: <T>(items: readonly T[]) => T[] }} bench
 * @param {Sides} sides
 * @param {{ only?: readonly string[], rounds: number }} options
 * @returns {Promise<Record<string, Compared>>} By the name of the scenario.
 */
export async function measureVersus(bench, sides, { only = Object.keys(SCENARIOS), rounds }) {
  /** @type {Record<string, Compared>} */
  const compared = {};
  for (const name of only) {
    const scenario = SCENARIOS[name];
    if (scenario === undefined) throw new Error(`no such scenario: ${name}`);
    compared[name] = await measureScenario(bench, sides, { name, scenario, rounds });
  }
  return compared;
}

/**
 * @param {Parameters<typeof measureVersus>[0]} bench
 * @param {Sides} sides
 * @param {{ name: string, scenario: Scenario, rounds: number }} options
 * @returns {Promise<Compared>}
 */
async function measureScenario(bench, sides, { name, scenario, rounds }) {
  /** @type {Record<'now' | 'before', Block[]>} */
  const blocks = { now: [], before: [] };
  const names = /** @type {const} */ (['now', 'before']);
  const measure = scenario.invocations === 0 ? measureInit : await startWarm();
  await bench.standIns.answerLater(scenario.delaysMs ?? AT_ONCE);
  try {
    for (let round = 1; round <= rounds; round += 1) {
      console.log(`${name}, round ${round} of ${rounds}`);
      for (const side of bench.shuffle(names)) blocks[side].push(await measure(side));
    }
  } finally {
    await ('close' in measure ? measure.close() : undefined);
    await bench.standIns.answerLater(AT_ONCE);
  }
  return summarize(scenario.title, blocks);

  /** @param {'now' | 'before'} side */
  async function measureInit(side) {
    const contender = toContender(bench, sides, { side, name, scenario });
    const child = await startChild(contender, bench);
    const { cpuMs, totalMs } = await child.invoke(ONE);
    await child.close();
    await takeChecked(contender, bench.standIns, 1);
    return scenario.of === 'first'
      ? { cpuMs, wallMs: totalMs }
      : { cpuMs: child.init.allMs, wallMs: child.loadMs };
  }

  async function startWarm() {
    const event = scenario.bundle === 'worker' ? createBatch(scenario.each, { bytes: BYTES }) : ONE;
    const contenders = {
      now: toContender(bench, sides, { side: 'now', name, scenario }),
      before: toContender(bench, sides, { side: 'before', name, scenario }),
    };
    const running = {
      now: await startChild(contenders.now, bench),
      before: await startChild(contenders.before, bench),
    };
    const count = Math.ceil(FIRST_DELIVERIES / scenario.each);
    await bench.standIns.takeCounts();
    for (const side of names) {
      await running[side].invoke(event, { count });
      await takeChecked(contenders[side], bench.standIns, count * scenario.each);
    }
    /** @param {'now' | 'before'} side */
    const measureBlock = async (side) => {
      const { cpuMs, totalMs } = await running[side].invoke(event, { count: scenario.invocations });
      const deliveries = scenario.invocations * scenario.each;
      await takeChecked(contenders[side], bench.standIns, deliveries);
      return { cpuMs: cpuMs / deliveries, wallMs: totalMs / deliveries };
    };
    return Object.assign(measureBlock, {
      async close() {
        for (const side of names) await running[side].close();
      },
    });
  }
}

/**
 * @param {Parameters<typeof measureVersus>[0]} bench
 * @param {Sides} sides
 * @param {{ side: 'now' | 'before', name: string, scenario: Scenario }} which
 */
export function toContender({ standIns }, sides, { side, name, scenario }) {
  const { bundle, needs, comments, keyInKms = false } = scenario;
  const { aws, apiUrl, certificateFile } = standIns;
  const settings = {
    key:
      keyInKms && side === 'now'
        ? { PRIVATE_KEY_KMS_KEY_ID: KMS_ALIAS, AWS_ENDPOINT_URL_KMS: aws.kmsUrl }
        : { PRIVATE_KEY_SECRET_ID: 'private-key' },
    ledger: { LEDGER_TABLE, AWS_ENDPOINT_URL_DYNAMODB: aws.dynamodbUrl },
    queue: { DELIVERY_QUEUE_URL: aws.queueUrl, AWS_ENDPOINT_URL_SQS: aws.sqsUrl },
  };
  return {
    name: `${name}-${side}`,
    bundle: sides[side][bundle],
    comments,
    env: Object.assign(
      {
        NODE_EXTRA_CA_CERTS: certificateFile,
        NODE_ENV: 'production',
        LOG_LEVEL: 'info',
        GITHUB_APP_ID: '31415',
        GITHUB_API_URL: apiUrl,
        WEBHOOK_SECRET_ID: 'webhook-secret',
        AWS_ENDPOINT_URL_SECRETS_MANAGER: aws.secretsManagerUrl,
        AWS_REGION: 'eu-west-1',
        AWS_ACCESS_KEY_ID: 'local',
        AWS_SECRET_ACCESS_KEY: 'local',
        AWS_SESSION_TOKEN: 'session'.repeat(100), // as long as Lambda's
      },
      ...needs.map((need) => settings[need]),
    ),
  };
}

/**
 * @param {string} title
 * @param {Record<'now' | 'before', Block[]>} blocks
 * @returns {Compared}
 */
function summarize(title, { now, before }) {
  /** @param {keyof Block} figure */
  const toRatio = (figure) =>
    median(now.map((block, index) => block[figure] / (before[index]?.[figure] ?? Number.NaN)));
  /** @param {readonly Block[]} all */
  const toMedians = (all) => ({
    cpuMs: median(all.map(({ cpuMs }) => cpuMs)),
    wallMs: median(all.map(({ wallMs }) => wallMs)),
  });
  return {
    title,
    now: toMedians(now),
    before: toMedians(before),
    ratio: { cpu: toRatio('cpuMs'), wall: toRatio('wallMs') },
  };
}

/** @param {Record<string, Compared>} compared */
export function describeVersus(compared) {
  return [
    '## Beside what it was before',
    'The release of commit 31c9f38, built from git, and this one, by turns. Milliseconds of CPU, of all threads of the process, and on the clock; of one delivery of 8 kB, or of one INIT. A ratio is the median of those of the rounds.',
    toTable(
      ['', 'CPU before', 'CPU now', 'ratio', 'on the clock before', 'now', 'ratio'],
      Object.values(compared).map(({ title, now, before, ratio }) => [
        title,
        toFigure(before.cpuMs),
        toFigure(now.cpuMs),
        ratio.cpu.toFixed(2),
        toFigure(before.wallMs),
        toFigure(now.wallMs),
        ratio.wall.toFixed(2),
      ]),
    ),
  ];
}
