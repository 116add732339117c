/** Asks GitHub to deliver once more; with a handler, that one runs again although it is done. */
import type { LoggedDelivery } from '../../lib/github/logged-delivery.ts';
import type { LedgerKey } from '../../lib/ledger/ledger.ts';
import type { LogReader } from '../app/delivery-log.ts';
import { CommandError } from '../command-error.ts';
import type { FoundRecord, LedgerRecords } from '../ledger/ledger-records.ts';

export interface Redelivered {
  readonly guid: string;
  /** Of the attempt that GitHub was asked to repeat. */
  readonly id: string;
  /** What the ledger held of the handler; null where no handler was named. */
  readonly handler: { readonly name: string; readonly was: string } | null;
}

interface RedeliverDeps {
  readonly reader: LogReader;
  readonly signal: AbortSignal;
  readonly now: () => number;
}

/** The App's part of a ledger key, and where the ledger is. */
interface Reopening {
  readonly handler: string;
  readonly scope: Pick<LedgerKey, 'host' | 'appId'>;
  readonly ledger: Pick<LedgerRecords, 'read' | 'reopen'>;
}

/**
 * @param newest The newest attempt: it stays longest in GitHub's log.
 * @throws CommandError GitHub has it no more, or does not deliver it; the handler is at work, or its record changes.
 * @throws ServiceFault What the log throws.
 */
export async function redeliver(
  newest: LoggedDelivery,
  reopening: Reopening | undefined,
  deps: RedeliverDeps,
): Promise<Redelivered> {
  const { id, guid } = newest;
  const was = reopening && (await reopen(newest, reopening, deps));
  const answer = await deps.reader.log.redeliver(id, deps.reader.time());
  if (answer !== 'asked') {
    throw new CommandError(
      answer === 'gone'
        ? `GitHub no longer has the delivery ${guid}.`
        : `GitHub does not deliver ${guid} again. It keeps payloads for three days, an Enterprise Server for seven.`,
    );
  }
  return {
    guid,
    id,
    handler: reopening === undefined ? null : { name: reopening.handler, was: was ?? 'new' },
  };
}

/** @returns The state before. */
async function reopen(
  { id, guid }: LoggedDelivery,
  { handler, scope, ledger }: Reopening,
  { reader, signal, now }: RedeliverDeps,
): Promise<string> {
  const detail = await reader.log.detail({ id, guid }, reader.time());
  const hookId = detail?.headers['x-github-hook-id'] ?? null;
  const [found] = await ledger.read([{ ...scope, hookId, deliveryId: guid, handler }], signal);
  if (found === undefined) return 'new';
  refuseAtWork(found, now());
  // Whatever else there is, a redelivery runs anew.
  if (found.record.state === 'done' && !(await ledger.reopen(found, signal))) {
    throw new CommandError(
      `The ledger's record of ${handler} has changed just now. Look at it, then try again.`,
    );
  }
  return found.record.state;
}

function refuseAtWork({ key, record }: FoundRecord, nowMs: number): void {
  if (record.state !== 'claimed' || record.leaseUntilMs <= nowMs) return;
  const until = new Date(record.leaseUntilMs).toISOString();
  throw new CommandError(`${key.handler} is at work on this delivery, until ${until} at the latest.`);
}
