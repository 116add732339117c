import type { LoggedDelivery } from '../github/logged-delivery.ts';

/** What only the ledger, the handlers and the queue know. */
export interface Accounting {
  /**
   * @param readHookId Asks GitHub for the hook, whose id stands in the ledger's keys.
   * @returns Those of which the ledger has no record: of no handler, nor that no handler wanted it.
   */
  findUnbegun(
    deliveries: readonly LoggedDelivery[],
    readHookId: () => Promise<string | null>,
    signal: AbortSignal,
  ): Promise<readonly LoggedDelivery[]>;
  /**
   * Whether the ledger has a record of a delivery under the id of this hook, where that is another one than
   * `readHookId` said: an App has one hook, and a delivery that was only sent as though from it may name any.
   */
  hasBegun(delivery: LoggedDelivery, hookId: string, signal: AbortSignal): Promise<boolean>;
  /** Whether no message waits or is at work; true where there is no queue. */
  isQueueEmpty(signal: AbortSignal): Promise<boolean>;
}
