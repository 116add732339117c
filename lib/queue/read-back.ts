/**
 * Reads a delivery back from GitHub's log, whose payload may take 25 MB. Should the process die at it, that is
 * counted, since it is claimed in the ledger first: as though reading were one more handler of the delivery.
 */
import type { Clock } from '../async/clock.ts';
import type { Deadline } from '../async/deadline.ts';
import { LEASE_MARGIN_MS, SETTLE_MARGIN_MS } from '../async/limits.ts';
import { within } from '../async/abort.ts';
import type { Carrier } from '../dispatch/job.ts';
import { ServiceFault } from '../faults.ts';
import { toCallTime, type DeliveryLog } from '../github/delivery-log.ts';
import type { DeliveryDetail } from '../github/logged-delivery.ts';
import type { Claimed, Ledger } from '../ledger/ledger.ts';

interface ReadRequest {
  /** Where the log has it. */
  readonly logId: string;
  /** The delivery that must stand there. */
  readonly guid: string;
  readonly carrier: Pick<Carrier, 'messageId' | 'askedAt' | 'byPerson'>;
  readonly deadline: Deadline;
}

/**
 * @returns undefined where the log no longer has the delivery; `deadly` where the process died at it too often.
 * @throws ServiceFault What `DeliveryLog.detail` and the ledger throw; `in_progress` while somebody else reads it.
 */
export type ReadBack = (request: ReadRequest) => Promise<DeliveryDetail | undefined | 'deadly'>;

interface ReadBackDeps {
  readonly deliveryLog: Pick<DeliveryLog, 'detail'>;
  readonly ledger: Ledger;
  readonly ledgerScope: { readonly host: string; readonly appId: string };
  readonly clock: Clock;
}

/** What reading is called in the ledger. No handler can have this name by accident. */
const READING = '(payload)';

/** So often the process may die while it reads one payload. */
const MAX_DEATHS = 3;

/** @param deliveryLog Its `detail` holds the whole payload in memory: up to 25 MB. */
export function createReadBack({ deliveryLog, ledger, ledgerScope, clock }: ReadBackDeps): ReadBack {
  return async (request) => {
    const { logId, guid, carrier, deadline } = request;
    const { host, appId } = ledgerScope;
    const answer = await ledger.claim(
      {
        // The hook is not known yet.
        key: { host, appId, hookId: null, deliveryId: guid, handler: READING },
        leaseUntil: new Date(deadline.atMs + LEASE_MARGIN_MS),
        ...carrier,
        maxAttempts: MAX_DEATHS,
        replay: false,
        alone: true,
      },
      deadline.upstream,
    );
    if (answer.state === 'given_up') return 'deadly';
    if (answer.state !== 'claimed') {
      throw isBeingRead(answer.state === 'busy' ? answer.until.getTime() - clock.now() : 0);
    }
    try {
      const time = toCallTime(deadline.upstream, deadline.atMs - clock.now());
      return await deliveryLog.detail({ id: logId, guid }, time);
    } finally {
      await settle(answer, deadline);
    }
  };

  /** To have survived it costs no attempt, whatever came of it. */
  async function settle(claim: Claimed, { atMs }: Deadline): Promise<void> {
    const timeMs = Math.max(0, atMs - clock.now()) + SETTLE_MARGIN_MS;
    const survived = { state: 'failed', reason: 'payload_read', counts: false } as const;
    // Where that cannot be written, the lease ends by itself, and one death too many is counted.
    await within(clock, timeMs, (signal) => ledger.settle(claim, survived, signal)).catch(() => {});
  }
}

function isBeingRead(waitMs: number): ServiceFault {
  return new ServiceFault('in_progress', 'A copy of this delivery is being read.', {
    retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
  });
}
