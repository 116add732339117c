/** What the sweep holds GitHub's log against: the handlers, the ledger and the queue of this deployment. */
import { createDynamoDBCall } from '../aws/dynamodb.ts';
import { inBatches } from '../aws/in-batches.ts';
import { createLedgerReader } from '../aws/ledger-reader.ts';
import { createQueueDepth } from '../aws/queue-depth.ts';
import { createSqsCall } from '../aws/sqs.ts';
import type { Router } from '../dispatch/route.ts';
import type { LoggedDelivery } from '../github/logged-delivery.ts';
import { toIgnoredKey } from '../ledger/ignored.ts';
import type { Accounting } from '../sweep/accounting.ts';
import type { SweeperConfig } from './config.ts';
import type { Parts } from './parts.ts';

/** GUIDs of what has begun: some 3 MB. */
const MAX_KNOWN = 50_000;

export function createAccounting(
  { host, appId, ledgerTable, queueUrl }: SweeperConfig,
  router: Router,
  aws: Parts['aws'],
): Accounting {
  const ledger = createLedgerReader({ table: ledgerTable, call: createDynamoDBCall(aws) });
  /** Names of the handlers; none where one does not load, which is no fault of the delivery. */
  const nameHandlers = async ({ event, action }: LoggedDelivery): Promise<readonly string[]> =>
    Promise.all(router.match(event, action).map(async (route) => (await route.load()).name)).catch(() => []);
  // What this process knows already costs no second read.
  const known = new Set<string>();
  let hookId: string | null | undefined;
  const has = async (
    delivery: LoggedDelivery,
    hook: string | null,
    signal: AbortSignal,
  ): Promise<boolean> => {
    const of = { host, appId, hookId: hook, deliveryId: delivery.guid };
    const names = await nameHandlers(delivery);
    const begun = await Promise.all(names.map((handler) => ledger.has({ ...of, handler }, signal)));
    const isKnown =
      names.length === 0 || begun.includes(true) || (await ledger.has(toIgnoredKey(of), signal));
    if (isKnown) known.add(delivery.guid);
    return isKnown;
  };
  return {
    async findUnbegun(deliveries, readHookId, signal) {
      const unbegun: LoggedDelivery[] = [];
      const asked = deliveries.filter(({ guid }) => !known.has(guid));
      if (asked.length === 0) return [];
      const hook = (hookId ??= await readHookId());
      if (known.size > MAX_KNOWN) known.clear();
      await inBatches(asked, async (delivery) => {
        if (!(await has(delivery, hook, signal))) unbegun.push(delivery);
      });
      return unbegun;
    },
    hasBegun: async (delivery, hook, signal) => hook !== hookId && has(delivery, hook, signal),
    isQueueEmpty:
      queueUrl === undefined ? async () => true : createQueueDepth({ queueUrl, call: createSqsCall(aws) }),
  };
}
