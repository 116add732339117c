import type { LoggedDelivery } from '../github/logged-delivery.ts';

/** What only the ledger, the handlers and the queue know. */
export interface Accounting {
  /**
   * @param readHookId Asks GitHub for the hook, whose id stands in the ledger's keys.
   * @returns Those of which the ledger has no record of any handler.
   */
  findUnbegun(
    deliveries: readonly LoggedDelivery[],
    readHookId: () => Promise<string | null>,
    signal: AbortSignal,
  ): Promise<readonly LoggedDelivery[]>;
  /** Whether no message waits or is at work; true where there is no queue. */
  isQueueEmpty(signal: AbortSignal): Promise<boolean>;
}
