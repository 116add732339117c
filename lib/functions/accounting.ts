/** What the sweep holds GitHub's log against: the handlers, the ledger and the queue of this deployment. */
import { createDynamoDBCall } from '../aws/dynamodb.ts';
import { inBatches } from '../aws/in-batches.ts';
import { createLedgerReader } from '../aws/ledger-reader.ts';
import { createQueueDepth } from '../aws/queue-depth.ts';
import { createSqsCall } from '../aws/sqs.ts';
import type { Router } from '../dispatch/route.ts';
import type { LoggedDelivery } from '../github/logged-delivery.ts';
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
  return {
    async findUnbegun(deliveries, readHookId, signal) {
      const unbegun: LoggedDelivery[] = [];
      const asked = deliveries.filter(({ guid }) => !known.has(guid));
      if (asked.length === 0) return [];
      hookId ??= await readHookId();
      const scope = { host, appId, hookId };
      if (known.size > MAX_KNOWN) known.clear();
      await inBatches(asked, async (delivery) => {
        const { guid: deliveryId } = delivery;
        const names = await nameHandlers(delivery);
        const begun = await Promise.all(
          names.map((handler) => ledger.has({ ...scope, deliveryId, handler }, signal)),
        );
        if (begun.length > 0 && !begun.includes(true)) unbegun.push(delivery);
        else known.add(deliveryId);
      });
      return unbegun;
    },
    isQueueEmpty:
      queueUrl === undefined ? async () => true : createQueueDepth({ queueUrl, call: createSqsCall(aws) }),
  };
}
