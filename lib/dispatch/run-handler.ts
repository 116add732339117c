/** One handler of one delivery: asked, claimed, given its token, run under its deadline, settled. */
import type { Deadline } from '../async/deadline.ts';
import { ServiceFault } from '../faults.ts';
import { toHandlerFault } from '../github/errors.ts';
import type { Authority, GitHubApp } from '../github/app.ts';
import { describeGrant, needsToken, toGrant, type Grant } from '../github/grant.ts';
import { namesInstallation, noInstallation } from '../github/installation.ts';
import type { BoundLog } from '../log/log.ts';
import { raceAbort } from '../async/single-flight.ts';
import type { Delivery } from '../webhook/delivery.ts';
import type { Payload } from '../webhook/parse.ts';
import { Ending, type Handler } from './define-handler.ts';
import type { Claim, Claimed, Ledger } from '../ledger/ledger.ts';
import { toFaultOutcome, toLogLevel, toReason, toSettlement, type HandlerOutcome } from './outcome.ts';
import type { Parking } from './parking.ts';
import type { Route } from './route.ts';

/** What all handlers of one delivery share. */
export interface Work {
  readonly delivery: Delivery;
  readonly payload: Payload;
  /** Unsigned: the App that the delivery says it is for. */
  readonly targetAppId: string | null;
  readonly deadline: Deadline;
  readonly log: BoundLog;
  readonly carrier: Carrier;
}

/** What brought a delivery here, and how often it may try. */
export interface Carrier {
  /** The queue message's id; null inline. */
  readonly id: string | null;
  readonly maxAttempts: number;
  readonly replay: boolean;
}

/** Inline nothing but GitHub's log brings a delivery again, and the sweep counts how often. */
export const INLINE: Carrier = { id: null, maxAttempts: Infinity, replay: false };

export interface RunDeps {
  readonly app: GitHubApp;
  /** Absent inline where no table is configured: nothing is claimed, and a copy is handled again. */
  readonly ledger: Ledger | undefined;
  readonly ledgerScope: { readonly host: string; readonly appId: string };
  readonly parking: Parking;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * A lease ends this long after its owner's time: by then the owner has settled, or it is dead. The
 * function itself ends half a second after the deadline.
 */
const LEASE_MARGIN_MS = 3_000;

/** Settling may go on for so long after the deadline; the answer waits for it. */
const SETTLE_MARGIN_MS = 400;

/** Why a handler's signal aborts when it has ended: what it left behind must not go on into the next delivery. */
const HANDLER_ENDED = new ServiceFault('deadline', 'The handler has ended; its time is over.');

/** What is told of a run in its log line, filled in as the run goes on. */
interface Report {
  attempt?: number;
  token?: 'cached' | 'minted';
  grant?: string;
}

/**
 * Runs a handler to an outcome; never throws. When the time is up the outcome is out, whether or not
 * the handler heeds its signal: its late end changes nothing any more.
 */
export async function runHandler(route: Route, work: Work, deps: RunDeps): Promise<HandlerOutcome> {
  const { deadline, delivery, payload, carrier } = work;
  const { signal, abort } = follow(deadline.signal);
  const { app, ledger, parking, now } = deps;
  const startedMs = now();
  const secrets = new Set<string>();
  const report: Report = {};
  let name = route.key;
  let log = work.log.guarding({ secrets: () => secrets, payload }).with({ handler: name });
  let claimed: Claimed | undefined;

  const outcome = await raceAbort(carryOut(), deadline.signal).catch(toOutcome);
  abort(HANDLER_ENDED);
  if (outcome.outcome === 'failed') parking.note(delivery.installationId, outcome.fault);
  if (claimed !== undefined) await settle(claimed, outcome);
  tell(outcome);
  return outcome;

  /** One line for each handler. */
  function tell(ended: HandlerOutcome): void {
    const { reason, fault } = { reason: undefined, fault: undefined, ...ended };
    const level = toLogLevel([ended]);
    log[level]('handler', {
      outcome: ended.outcome,
      reason,
      ...report,
      durationMs: now() - startedMs,
      error: level === 'error' ? fault : undefined,
    });
  }

  async function carryOut(): Promise<HandlerOutcome> {
    const handler = await route.load();
    name = handler.name;
    log = work.log.guarding({ secrets: () => secrets, payload }).with({ handler: name });
    if (handler.when !== undefined && !handler.when({ payload, delivery }))
      return { name, outcome: 'ignored' };
    if (needsToken(handler.permissions)) checkWaits(handler);
    const claim = await ledger?.claim(toClaimRequest(), deadline.upstream);
    if (claim !== undefined && claim.state !== 'claimed') return toUnclaimedOutcome(claim);
    claimed = claim;
    report.attempt = claim?.attempt ?? delivery.attempt;
    const authority = needsToken(handler.permissions) ? await authorise(handler) : {};
    deadline.signal.throwIfAborted();
    const attempted = { ...delivery, attempt: report.attempt };
    await handler.handle({ payload, delivery: attempted, log: log.forHandler(), signal, ...authority });
    return { name, outcome: 'handled' };
  }

  /** Before the claim: one that ends in a wait costs three writes and a read of the ledger. */
  function checkWaits(handler: Handler): void {
    const { installationId } = delivery;
    parking.check(installationId);
    if (installationId !== null) app.checkMint(installationId, () => findGrant(handler));
  }

  /** undefined where there is none: why not, is told after the claim. */
  function findGrant({ permissions, repositories }: Handler): Grant | undefined {
    try {
      return toGrant(permissions, repositories, payload);
    } catch {
      return undefined;
    }
  }

  function toClaimRequest() {
    const { host, appId } = deps.ledgerScope;
    return {
      key: { host, appId, hookId: delivery.hookId, deliveryId: delivery.id, handler: name },
      leaseUntil: new Date(deadline.atMs + LEASE_MARGIN_MS),
      carrier: carrier.id,
      maxAttempts: carrier.maxAttempts,
      replay: carrier.replay,
    };
  }

  function toUnclaimedOutcome(claim: Exclude<Claim, Claimed>): HandlerOutcome {
    switch (claim.state) {
      case 'done':
        return { name, outcome: 'duplicate' };
      case 'skipped':
        return { name, outcome: 'skipped', reason: claim.reason };
      case 'given_up':
        throw new ServiceFault('attempts_exhausted', 'The handler failed too often.', {
          detail: claim.reason === 'attempts_exhausted' ? undefined : claim.reason,
        });
      case 'busy': {
        const waitMs = claim.until.getTime() - now();
        throw new ServiceFault('in_progress', 'A copy of this delivery is at work.', {
          retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
        });
      }
    }
  }

  async function authorise(handler: Handler): Promise<Pick<Authority, 'github' | 'token'>> {
    // Before its grant: a delivery of nobody's has no repository either, but that is not what it lacks.
    if (delivery.installationId === null && !namesInstallation(payload)) throw noInstallation();
    const grant = toGrant(handler.permissions, handler.repositories, payload);
    report.grant = describeGrant(grant);
    const { github, token, cached } = await app.authorise(grant, {
      ...work,
      deadline: { ...deadline, signal },
      log: log.forHandler(),
      secrets,
    });
    report.token = cached ? 'cached' : 'minted';
    return { github, token };
  }

  /** A handler may throw anything, also what cannot be looked at. */
  function toOutcome(error: unknown): HandlerOutcome {
    try {
      return judge(error);
    } catch {
      return judge(new ServiceFault('handler_error', 'The handler threw something that cannot be read.'));
    }
  }

  function judge(error: unknown): HandlerOutcome {
    if (error instanceof Ending && error.kind === 'skip') {
      return { name, outcome: 'skipped', reason: toReason(error.message, secrets) };
    }
    const fault = error instanceof Ending ? toEndingFault(error) : toHandlerFault(error, now());
    return toFaultOutcome(name, fault, claimed && { number: claimed.attempt, most: carrier.maxAttempts });
  }

  function toEndingFault({ kind, message, retryAfterSeconds }: Ending): ServiceFault {
    const detail = toReason(message, secrets);
    return kind === 'retry'
      ? new ServiceFault('handler_retry', 'The handler asked for a later time.', {
          detail,
          retryAfterSeconds,
        })
      : new ServiceFault('handler_gave_up', 'The handler gave up.', { detail });
  }

  /** A handler's outcome stands even where it cannot be recorded: that is said, not repeated. */
  async function settle(claim: Claimed, ended: HandlerOutcome): Promise<void> {
    const timeoutMs = Math.max(0, deadline.atMs - now()) + SETTLE_MARGIN_MS;
    try {
      const settled = await ledger?.settle(claim, toSettlement(ended), AbortSignal.timeout(timeoutMs));
      if (settled === 'lost') log.warn('lease lost: another owner may have run this handler as well');
    } catch (error) {
      log.error('outcome not recorded: a copy of this delivery would run this handler again', { error });
    }
  }
}

/**
 * A signal that aborts with another one, and by itself. Not AbortSignal.any: under load a signal of its
 * making that nobody listened to was seen not to abort (Node 24.21).
 */
function follow(leader: AbortSignal): { signal: AbortSignal; abort: (reason: unknown) => void } {
  const own = new AbortController();
  const abort = (reason: unknown): void => {
    leader.removeEventListener('abort', onAbort);
    own.abort(reason);
  };
  const onAbort = (): void => abort(leader.reason);
  if (leader.aborted) onAbort();
  else leader.addEventListener('abort', onAbort);
  return { signal: own.signal, abort };
}
