/** What a refused mint or look-up says about the installation of a delivery, once everything was asked that could mend it. */
import { ServiceFault, type FaultCode } from '../faults.ts';
import type { CallAsApp } from './app-calls.ts';
import type { AppIdentity } from './app-identity.ts';
import { lookUpInstallation } from './installation.ts';
import { notKnownYet } from './mint-refusal.ts';
import { isRecent, tellsNews, type Occasion } from './occasion.ts';

/** What it takes to find out why GitHub refused a mint. */
export interface RefusalDeps {
  readonly call: CallAsApp;
  readonly identity: AppIdentity;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** The same by GitHub's clock. */
  readonly githubNow: () => number;
}

/** What is no last word where the delivery tells the opposite. */
const BELIEVED_LATER: ReadonlySet<FaultCode> = new Set<FaultCode>([
  'installation_not_found',
  'installation_suspended',
  'permission_not_granted',
  'repository_not_accessible',
  'no_installation',
]);

/**
 * Finds another installation where GitHub does not know the one of the delivery: it has delivered wrong ids
 * (June 2026), and the delivery may be another App's.
 *
 * @param refused The installation that was asked for; undefined where none was found.
 * @returns The installation of the delivery's repository or account, where that is another one.
 * @throws ServiceFault `not_known_yet`, `wrong_app`, or the fault as it is.
 */
export async function resolveRefusal(
  fault: unknown,
  refused: number | undefined,
  occasion: Occasion,
  { call, identity, now, githubNow }: RefusalDeps,
): Promise<number> {
  if (!(fault instanceof ServiceFault)) throw fault;
  if (!BELIEVED_LATER.has(fault.code)) throw fault;
  if (fault.code === 'installation_not_found') {
    await refuseOtherApp(occasion, identity);
    const found = await lookUpInstallation(call, occasion.payload, occasion.deadline.upstream);
    if (found !== undefined && found === refused)
      throw isRecent(occasion, now()) ? notKnownYet(fault) : fault;
    if (found !== undefined) {
      occasion.log.warn('installation of the delivery is unknown, that of its repository is used', {
        used: found,
      });
      return found;
    }
  }
  throw tellsNews(occasion, githubNow()) ? notKnownYet(fault) : fault;
}

/** An installation that we do not know may belong to the App that the delivery was really for. */
async function refuseOtherApp({ targetAppId, deadline }: Occasion, identity: AppIdentity): Promise<void> {
  if (targetAppId === null) return;
  const ownId = await identity.numericId(deadline.upstream).catch((error: unknown) => {
    // Where GitHub does not say who we are, nothing shows that the delivery is another App's.
    if (error instanceof ServiceFault && error.code === 'github_unexpected') return undefined;
    throw error;
  });
  if (ownId === undefined || String(ownId) === targetAppId) return;
  throw new ServiceFault(
    'wrong_app',
    `The delivery is for App ${targetAppId}, and this is App ${ownId}: check the webhook URL of both, and GITHUB_APP_ID.`,
  );
}
