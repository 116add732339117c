/** The Octokit that a handler gets: its calls carry the handler's token and end with the delivery's time. */
import type { HandlerLog } from '../log/log.ts';
import type { CallWatch } from './call-watch.ts';
import type { MintedToken } from './installation-token.ts';
import { createOctokit, type OctokitClient } from './octokit.ts';
import { createTokenCalls, type TokenCallDeps, type TokenWallet } from './token-calls.ts';

interface ClientDeps extends Omit<TokenCallDeps, 'wallet'> {
  readonly toLog: () => HandlerLog;
  /** Told of every call; absent where nobody asks. */
  readonly calls?: Pick<CallWatch, 'watch'>;
  /** A token that GitHub no longer takes is given back; a new one of the same grant comes. */
  readonly renew: (refused: MintedToken) => Promise<MintedToken>;
}

/** What the calls begin with. */
interface FirstToken {
  readonly token: MintedToken;
  /** Whether it was there before the delivery. */
  readonly cached: boolean;
}

/** Everything happens below Octokit, in the `fetch` that it is given: what Octokit sends is final there. */
export function createClient(first: FirstToken, deps: ClientDeps): OctokitClient {
  const wallet = createWallet(first, deps.renew);
  const { apiUrl, toLog, calls } = deps;
  const fetch = createTokenCalls({ ...deps, wallet });
  return createOctokit({ apiUrl, fetch, toLog, calls, token: () => wallet.token().token });
}

function createWallet({ token: first, cached }: FirstToken, renew: ClientDeps['renew']): TokenWallet {
  let token = first;
  let renewal: Promise<MintedToken> | undefined;
  return {
    token: () => token,
    cached,
    canRenew: (refused) => refused === first,
    async renew() {
      // Calls side by side find the same token dead: one renewal serves them all.
      renewal ??= renew(first);
      token = await renewal;
      return token;
    },
  };
}
