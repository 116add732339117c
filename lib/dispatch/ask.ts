/** The first step: loads the handler and asks it whether it wants the delivery, and what its token is to reach. */
import type { GitHubApp } from '../github/app.ts';
import { needsToken, toGrant, type Grant } from '../github/grant.ts';
import { namesInstallation, noInstallation } from '../github/installation.ts';
import type { Handler } from './define-handler.ts';
import { toHandlerDelivery, type Job } from './job.ts';
import type { Parking } from './parking.ts';

/** The grant of a handler's token; or why the handler is not to run, which is told after the claim, so that it is recorded. */
export type Wish = { readonly grant: Grant } | { readonly refusal: unknown };

interface AskDeps {
  readonly app: Pick<GitHubApp, 'checkMint'>;
  readonly parking: Parking;
}

/** What the handler said. */
export interface Asked {
  readonly wanted: boolean;
  /** Absent where it needs no token, and nothing stands against it. */
  readonly wish?: Wish;
}

/**
 * Asks before the ledger is: what would have to wait for a rate limit is told so without a claim, since a
 * claim that ends in a wait costs the ledger three writes and a read.
 *
 * @throws ServiceFault `rate_limited`, `app_rate_limited`. What the handler's `when` throws is a refusal.
 */
export function ask(handler: Handler, job: Job, { app, parking }: AskDeps): Asked {
  const { delivery, payload } = job;
  try {
    if (handler.when !== undefined && !handler.when({ payload, delivery: toHandlerDelivery(job) }))
      return { wanted: false };
  } catch (refusal) {
    return { wanted: true, wish: { refusal } };
  }
  if (!needsToken(handler.permissions)) return { wanted: true };
  const { installationId } = delivery;
  parking.check({ installationId, handler: handler.name });
  const wish = toWish(handler, { delivery, payload });
  if (installationId !== null && 'grant' in wish) app.checkMint(installationId, wish.grant);
  return { wanted: true, wish };
}

function toWish(
  { permissions, repositories }: Handler,
  { delivery, payload }: Pick<Job, 'delivery' | 'payload'>,
): Wish {
  // Before its grant: a delivery of nobody's has no repository either, but that is not what it lacks.
  if (delivery.installationId === null && !namesInstallation(payload)) return { refusal: noInstallation() };
  try {
    return { grant: toGrant(permissions, repositories, payload) };
  } catch (refusal) {
    return { refusal };
  }
}
