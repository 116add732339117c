/** The App on its host: puts the parts of this folder together and gives handlers their authority. */
import type { Deadline } from '../async/deadline.ts';
import { ServiceFault } from '../faults.ts';
import type { Fetch } from '../http/fetch.ts';
import type { JsonObject } from '../json/json.ts';
import type { BoundLog, Log } from '../log/log.ts';
import type { SecretCache } from '../secrets/secret-cache.ts';
import { createSender } from './api.ts';
import { createAppCalls, type CallAsApp } from './app-calls.ts';
import { createAppIdentity } from './app-identity.ts';
import { createAppJwtSource } from './app-jwt.ts';
import { createCallWatch, type CallWatch } from './call-watch.ts';
import { createClient } from './client.ts';
import type { Grant } from './grant.ts';
import { findInstallationId } from './installation.ts';
import { createKeyRing } from './key-ring.ts';
import type { OctokitClient } from './octokit.ts';
import { tellCalls } from './tell-calls.ts';
import { createMint, type InstallationToken, type MintedToken } from './mint.ts';

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

/** The delivery that a handler works on, as far as its token depends on it. */
export interface Occasion {
  readonly delivery: { readonly event: string; readonly installationId: number | null };
  readonly payload: JsonObject;
  /** Unsigned: the App that the delivery says it is for. */
  readonly targetAppId: string | null;
  readonly deadline: Deadline;
  readonly log: BoundLog;
}

export interface GitHubApp {
  /** Ends a token at GitHub before its time. @throws ServiceFault As `Mint.revoke`. */
  revoke(token: InstallationToken, signal: AbortSignal): Promise<void>;
  /** Calls as the App itself: the delivery log, the installations. */
  readonly call: CallAsApp;
  /** Reads the key and signs a JWT: the first call as the App has only to be sent. */
  prepare(signal: AbortSignal): Promise<void>;
  /** Every token in use, for a log that must show none of them. */
  heldTokens(): Iterable<string>;
  /**
   * Asks before work is begun that ends in `authorise`: as `Mint.check`.
   *
   * @throws ServiceFault `app_rate_limited`
   */
  checkMint(installationId: number, grant: Grant): void;
  /**
   * Mints or finds the token of a grant and makes the client that carries it.
   *
   * @throws ServiceFault What `Mint.get` and `findInstallationId` throw; `wrong_app` where the
   *         installation is unknown because the delivery was meant for another App.
   */
  authorise(grant: Grant, occasion: Occasion): Promise<Authority>;
}

interface GitHubAppDeps {
  readonly appId: string;
  readonly apiUrl: string;
  readonly privateKeySecretId: string;
  readonly secretCache: SecretCache;
  readonly fetch: Fetch;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
}

export function createGitHubApp(deps: GitHubAppDeps): GitHubApp {
  const { appId, apiUrl, fetch, now, log } = deps;
  const send = createSender(apiUrl, fetch);
  const keyRing = createKeyRing(deps.secretCache, deps.privateKeySecretId, log);
  const jwts = createAppJwtSource(appId, now);
  const call = createAppCalls({ send, jwts, keyRing, log });
  const identity = createAppIdentity(appId, call);
  const { githubNow } = jwts;
  const mint = createMint({ call, send, apiUrl, appId, githubNow });

  const findInstallation = async ({ delivery, payload, deadline }: Occasion): Promise<number> => {
    if (delivery.installationId !== null) return delivery.installationId;
    // A ping is about the hook: whatever else it names, no installation caused it.
    return findInstallationId(call, delivery.event === 'ping' ? {} : payload, deadline.upstream);
  };

  /** An installation that we do not know may belong to the App that the delivery was really for. */
  const explainUnknown = async (fault: unknown, { targetAppId, deadline }: Occasion): Promise<unknown> => {
    if (!(fault instanceof ServiceFault) || fault.code !== 'installation_not_found' || targetAppId === null)
      return fault;
    const ownId = await identity.numericId(deadline.upstream).catch((error: unknown) => {
      // Where GitHub does not say who we are, nothing shows that the delivery is another App's.
      if (error instanceof ServiceFault && error.code === 'github_unexpected') return undefined;
      throw error;
    });
    if (ownId === undefined || String(ownId) === targetAppId) return fault;
    return new ServiceFault(
      'wrong_app',
      `The delivery is for App ${targetAppId}, and this is App ${ownId}: check the webhook URL of both, and GITHUB_APP_ID.`,
    );
  };

  return {
    call,
    async prepare(signal) {
      const [first] = await keyRing.signers(signal);
      if (first !== undefined) await jwts.issue(first);
    },
    heldTokens: () => mint.held(),
    revoke: (token, signal) => mint.revoke(token, signal),
    checkMint: (installationId, grant) => mint.check(installationId, grant),
    async authorise(grant, occasion) {
      const { deadline } = occasion;
      const carried = new Set<string>();
      const secrets = (): Iterable<string> => carried;
      const installationId = await findInstallation(occasion);
      const obtain = async (): Promise<{ readonly token: MintedToken; readonly cached: boolean }> => {
        const obtained = await mint.get(installationId, grant, deadline.upstream);
        carried.add(obtained.token.token);
        return obtained;
      };
      const { token, cached } = await obtain().catch(async (fault: unknown) => {
        throw await explainUnknown(fault, occasion);
      });
      const renew = async (refused: MintedToken): Promise<MintedToken> => {
        mint.drop(refused);
        return (await obtain()).token;
      };
      const ownLog = occasion.log.guarding({ secrets });
      const calls = createCallWatch();
      const github = createClient(token, {
        apiUrl,
        fetch: tellCalls(fetch, { apiUrl, log: ownLog, now }),
        deadline,
        log: ownLog.forHandler(),
        calls,
        githubNow,
        renew,
      });
      return { github, token: toShown(token), cached, secrets, finishCalls: calls.finish };
    },
  };
}

/** A copy: what a handler does to its token must not reach the next handler's. */
function toShown({ token, expiresAt, permissions, repositoryIds }: MintedToken): InstallationToken {
  return {
    token,
    expiresAt: new Date(expiresAt),
    permissions: { ...permissions },
    ...(repositoryIds !== undefined && { repositoryIds: [...repositoryIds] }),
  };
}
