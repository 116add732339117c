/** The App on its host: puts the parts of this folder together and gives handlers their authority. */
import type { Clock } from '../async/clock.ts';
import type { Deadline } from '../async/deadline.ts';
import type { Fetch } from '../http/fetch.ts';
import type { Log } from '../log/log.ts';
import { createSender } from './api.ts';
import { createAppCalls, type CallAsApp } from './app-calls.ts';
import { createAppIdentity } from './app-identity.ts';
import { createAppJwtSource, type AppSigners } from './app-jwt.ts';
import { createCallWatch, type CallWatch } from './call-watch.ts';
import { createClient } from './client.ts';
import type { Grant } from './grant.ts';
import { lookUpInstallation, noInstallation } from './installation.ts';
import { toShownToken, type InstallationToken, type MintedToken } from './installation-token.ts';
import { createMint, type Mint, type Obtained } from './mint.ts';
import { changesGrants, type Occasion } from './occasion.ts';
import type { OctokitClient } from './octokit.ts';
import { resolveRefusal, type RefusalDeps } from './refused-installation.ts';
import { tellCalls } from './tell-calls.ts';

/** What a handler works with, and whether its token was there already. */
export interface Authority {
  readonly github: OctokitClient;
  readonly token: InstallationToken;
  readonly cached: boolean;
  /** Every token that the client has carried so far, for a log that must show none of them. */
  readonly secrets: () => Iterable<string>;
  /** Waits for the calls that are under way, and says which of them nobody waited for. */
  readonly finishCalls: CallWatch['finish'];
}

/** The registered App, as far as handlers need it: tokens for what they declare, and the clients that carry these. */
export interface GitHubApp {
  /** Calls as the App itself: the delivery log, the installations. */
  readonly call: CallAsApp;
  /** Has a JWT signed: the first call as the App has only to be sent. */
  prepare(signal: AbortSignal): Promise<void>;
  /** Every token in use, for a log that must show none of them. */
  heldTokens(): Iterable<string>;
  /** Forgets the tokens of an installation whose grants a delivery changes: what was minted before is less than that now, or more. */
  notice(delivery: Occasion['delivery']): void;
  /**
   * Asks before work is begun that ends in `authorise`: as `Mint.check`.
   *
   * @throws ServiceFault `app_rate_limited`
   */
  checkMint(installationId: number, grant: Grant): void;
  /**
   * Mints or finds the token of a grant and makes the client that carries it.
   *
   * @throws ServiceFault What `Mint.get`, `lookUpInstallation` and `resolveRefusal` throw; `no_installation`.
   */
  authorise(grant: Grant, occasion: Occasion): Promise<Authority>;
}

interface GitHubAppDeps {
  readonly appId: string;
  readonly apiUrl: string;
  /** What signs the App's JWTs: keys in a secret (`key-ring.ts`), or a key that nobody can read. */
  readonly signers: AppSigners;
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly log: Log;
}

/** Makes no call by itself. */
export function createGitHubApp(deps: GitHubAppDeps): GitHubApp {
  const { appId, apiUrl, signers, fetch, clock, log } = deps;
  const now = (): number => clock.now();
  const jwts = createAppJwtSource(appId, now);
  const { githubNow } = jwts;
  const call = createAppCalls({ send: createSender(apiUrl, fetch, clock), jwts, signers, log });
  const identity = createAppIdentity(appId, call);
  const mint = createMint({ call, apiUrl, appId, clock, githubNow });
  const obtaining = { mint, call, identity, now, githubNow };

  return {
    call,
    async prepare(signal) {
      const [first] = await signers.signers(signal);
      if (first !== undefined) await jwts.issue(first);
    },
    heldTokens: () => mint.held(),
    notice(delivery) {
      const { installationId, receivedAt } = delivery;
      if (installationId !== null && changesGrants(delivery))
        mint.dropOlder(installationId, receivedAt.getTime());
    },
    checkMint: (installationId, grant) => mint.check(installationId, grant),
    async authorise(grant, occasion) {
      const { deadline } = occasion;
      const { token, cached, installationId } =
        findFirst(grant, occasion, mint) ?? (await obtainFirst(grant, occasion, obtaining));
      const carried = [token.token];
      const secrets = (): Iterable<string> => carried;
      const renew = async (refused: MintedToken): Promise<MintedToken> => {
        mint.drop(refused.token);
        const renewed = await mint.get(installationId, grant, toMintTime(deadline, now()));
        carried.push(renewed.token.token);
        return renewed.token;
      };
      const ownLog = occasion.log.guarding({ secrets });
      const calls = createCallWatch();
      const first = { token, cached };
      const github = createClient(first, {
        apiUrl,
        fetch: tellCalls(fetch, { apiUrl, log: ownLog, now }),
        deadline,
        clock,
        toLog: () => ownLog.forHandler(),
        calls,
        githubNow,
        renew,
      });
      return { github, token: toShownToken(token), cached, secrets, finishCalls: calls.finish };
    },
  };
}

interface ObtainDeps extends RefusalDeps {
  readonly mint: Mint;
}

interface FirstObtained extends Obtained {
  readonly installationId: number;
}

/** The token of the delivery's installation, where it is there. */
function findFirst(grant: Grant, { delivery }: Occasion, mint: Mint): FirstObtained | undefined {
  const { installationId } = delivery;
  const token = installationId === null ? undefined : mint.find(installationId, grant);
  return installationId === null || token === undefined ? undefined : { token, cached: true, installationId };
}

/** The same, or a new one; one of another installation, where GitHub had the delivery name a wrong one. */
async function obtainFirst(grant: Grant, occasion: Occasion, deps: ObtainDeps): Promise<FirstObtained> {
  const get = async (id: number): Promise<FirstObtained> => {
    const { token, cached } = await deps.mint.get(id, grant, toMintTime(occasion.deadline, deps.now()));
    return { token, cached, installationId: id };
  };
  let id: number | undefined;
  try {
    id = await findInstallation(deps.call, occasion);
    return await get(id);
  } catch (fault) {
    return get(await resolveRefusal(fault, id, occasion, deps));
  }
}

/** @throws ServiceFault `no_installation`, and what `lookUpInstallation` throws. */
async function findInstallation(call: CallAsApp, { delivery, payload, deadline }: Occasion): Promise<number> {
  if (delivery.installationId !== null) return delivery.installationId;
  // A ping is about the hook: whatever else it names, no installation caused it.
  const named = delivery.event === 'ping' ? {} : payload;
  const found = await lookUpInstallation(call, named, deadline.upstream);
  if (found === undefined) throw noInstallation();
  return found;
}

function toMintTime({ upstream, atMs }: Deadline, nowMs: number) {
  return { signal: upstream, leftMs: Math.max(0, atMs - nowMs) };
}
