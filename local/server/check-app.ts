/** Asks GitHub who the App of `.env` is, before anything is started for it. */
import { SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import { within } from '../../lib/async/abort.ts';
import { ServiceFault } from '../../lib/faults.ts';
import { createKeySigner } from '../../lib/github/key-signer.ts';
import { createGitHubApp } from '../../lib/github/app.ts';
import { createConnections } from '../../lib/http/connections.ts';
import { createFetch } from '../../lib/http/fetch.ts';
import { readText } from '../../lib/json/json.ts';
import { createLog } from '../../lib/log/log.ts';
import { parsePrivateKeys } from '../../lib/secrets/private-key.ts';
import type { RealApp } from './settings.ts';
import { StartError } from './start-error.ts';

/** GitHub may be far away, and the first connection to it takes the longest. */
const TIMEOUT_MS = 10_000;

/** Only these say that the settings are wrong. Others pass. */
const OUTAGES: ReadonlySet<string> = new Set(['github_unavailable', 'app_rate_limited']);

export type AppCheck =
  | { readonly kind: 'known'; readonly slug: string }
  /** GitHub could not be asked; why, in words. */
  | { readonly kind: 'not_asked'; readonly why: string };

/** @throws StartError where GitHub does not know the App, or not by this key. */
export async function checkApp({ appId, apiUrl, privateKeyPem }: RealApp): Promise<AppCheck> {
  try {
    const { status, body } = await within(SYSTEM_CLOCK, TIMEOUT_MS, (signal) =>
      toApp({ appId, apiUrl, privateKeyPem }).call({ method: 'GET', path: '/app' }, signal),
    );
    if (status === 200) return { kind: 'known', slug: readText(body, 'slug') ?? appId };
    const said = readText(body, 'message') ?? 'nothing';
    throw new StartError(`GitHub does not take App ${appId}: ${status} to GET /app, saying '${said}'.`);
  } catch (error) {
    if (error instanceof StartError) throw error;
    if (error instanceof ServiceFault && !OUTAGES.has(error.code)) throw explain(appId, error);
    return { kind: 'not_asked', why: error instanceof Error ? error.message : String(error) };
  }
}

function explain(appId: string, fault: ServiceFault): StartError {
  const key = fault.code === 'jwt_refused' ? ' The key is the one that GITHUB_PRIVATE_KEY_FILE names.' : '';
  return new StartError(`App ${appId} of .env cannot be used. ${fault.message}${key}`);
}

/** The App itself, for calls with its JWT. */
export function toApp({ appId, apiUrl, privateKeyPem }: Omit<RealApp, 'privateKeyFile'>) {
  const log = createLog({ level: 'error', write: () => {}, now: Date.now });
  const signers = parsePrivateKeys(privateKeyPem).map(createKeySigner);
  return createGitHubApp({
    appId,
    apiUrl,
    signers: { signers: async () => signers, refreshed: async () => signers },
    fetch: createFetch(createConnections({ now: Date.now, env: process.env })),
    clock: SYSTEM_CLOCK,
    log,
  });
}
