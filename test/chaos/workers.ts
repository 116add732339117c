/**
 * Several workers, each with an event source of its own, that are killed and frozen while they work.
 * One that died is started anew by its next batch, as Lambda does it.
 */
import { startEventSource } from '../../local/aws/event-source.ts';
import { toObject, readText, type JsonObject } from '../../lib/json/json.ts';
import { type LambdaFunction } from '../../local/aws/lambda.ts';
import { createLastingFunction } from '../../local/aws/lasting-function.ts';
import type { Sqs } from '../../local/aws/sqs.ts';
import { guidOf } from './aws-fronts.ts';
import type { Counts } from './counts.ts';
import type { WorkerProcess } from './github-front.ts';
import type { PlannedDelivery } from './plan.ts';
import type { Random } from '../../local/random.ts';
import type { Witness } from './witness.ts';

export interface Workers {
  kill(process: WorkerProcess): void;
  freeze(process: WorkerProcess): void;
  /** Batches under way. */
  busy(): number;
  close(): Promise<void>;
}

interface Deps {
  readonly count: number;
  readonly sqs: Sqs;
  readonly planOf: ReadonlyMap<string, PlannedDelivery>;
  readonly witness: Witness;
  readonly counts: Counts;
  readonly random: Random;
  readonly start: (slot: number) => Promise<LambdaFunction>;
  /** Longer than any lease. */
  readonly freezeMs: number;
}

interface Batch {
  readonly Records: readonly JsonObject[];
}

/** Batches at work side by side in one process. Lambda has one; more make more of a tangle. */
const CONCURRENCY = 2;

export async function startWorkers(deps: Deps): Promise<Workers> {
  const { sqs, planOf, witness, counts, random } = deps;
  const underWay = Array.from({ length: deps.count }, () => new Set<Batch>());
  const killed = new Set<number>();
  const frozen = new Map<number, NodeJS.Timeout>();
  const tampered = new Set<string>();
  let closing = false;

  const functions = await Promise.all(
    underWay.map((_, slot) =>
      createLastingFunction(
        () => deps.start(slot),
        () => {},
      ),
    ),
  );
  const sources = functions.map((_, slot) =>
    startEventSource({ sqs, concurrency: CONCURRENCY, invoke: (event) => tamper(slot, toBatch(event)) }),
  );

  /** What a queue and its event source may do to a batch at any time. */
  async function tamper(slot: number, { Records }: Batch): Promise<unknown> {
    const batch = { Records: random.shuffle(Records) };
    const guid = guidsOf(batch).find((each) => !tampered.has(each) && planOf.get(each)?.batch !== 'as it is');
    if (guid === undefined) return invoke(slot, batch);
    tampered.add(guid);
    const kind = planOf.get(guid)?.batch ?? '';
    counts.add('copies', `batch ${kind}`);
    if (kind === 'not taken off') {
      await invoke(slot, batch);
      return {
        batchItemFailures: Records.map((record) => ({ itemIdentifier: readText(record, 'messageId') })),
      };
    }
    const [result] = await Promise.allSettled([
      invoke(slot, batch),
      invoke((slot + 1) % functions.length, batch),
    ]);
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  }

  async function invoke(slot: number, batch: Batch): Promise<unknown> {
    underWay[slot]?.add(batch);
    try {
      return await functions[slot]?.invoke(batch);
    } catch (error) {
      if (!closing) for (const guid of guidsOf(batch)) witness.excuse(guid);
      throw error;
    } finally {
      underWay[slot]?.delete(batch);
    }
  }

  function signal(pid: number, name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): boolean {
    try {
      return process.kill(pid, name);
    } catch {
      return false; // it is gone already
    }
  }

  return {
    kill({ pid }) {
      if (killed.has(pid) || !signal(pid, 'SIGKILL')) return;
      killed.add(pid);
      counts.add('processes', 'killed');
    },
    freeze({ slot, pid }) {
      if (frozen.has(pid) || killed.has(pid) || !signal(pid, 'SIGSTOP')) return;
      counts.add('processes', 'frozen');
      // Whoever takes over after the lease cannot know what it has done.
      for (const batch of underWay[slot] ?? []) for (const guid of guidsOf(batch)) witness.excuse(guid);
      const thaw = setTimeout(() => {
        signal(pid, 'SIGCONT');
        frozen.delete(pid);
      }, deps.freezeMs);
      frozen.set(pid, thaw);
    },
    busy: () => underWay.reduce((sum, batches) => sum + batches.size, 0),
    async close() {
      closing = true;
      // What stands still would not even end.
      for (const [pid, thaw] of frozen) {
        clearTimeout(thaw);
        signal(pid, 'SIGCONT');
      }
      await Promise.all(sources.map((source) => source.stop()));
      await Promise.all(functions.map((each) => each.close()));
    },
  };
}

function toBatch(event: unknown): Batch {
  const records = toObject(event)['Records'];
  return { Records: Array.isArray(records) ? records.map(toObject) : [] };
}

function guidsOf({ Records }: Batch): readonly string[] {
  return Records.flatMap((record) => guidOf(readText(record, 'body')) ?? []);
}
