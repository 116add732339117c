/** Calls to GitHub as the App that a command works for. */
import { createSender } from '../../lib/github/api.ts';
import { type CallAsApp, createAppCalls } from '../../lib/github/app-calls.ts';
import { createAppJwtSource } from '../../lib/github/app-jwt.ts';
import { createKeySigner } from '../../lib/github/key-signer.ts';
import { createConnections } from '../../lib/http/connections.ts';
import { createFetch } from '../../lib/http/fetch.ts';
import { createLog } from '../../lib/log/log.ts';
import { parsePrivateKeys } from '../../lib/secrets/private-key.ts';
import type { CommandIo } from '../io/io.ts';
import type { NamedApp } from './named-app.ts';

/** @throws CommandError Where the App's private key is missing or is none. */
export async function createCalls(app: NamedApp, { clock, stderr }: CommandIo): Promise<CallAsApp> {
  const now = () => clock.now();
  const signers = parsePrivateKeys(await app.privateKeyPem()).map(createKeySigner);
  return createAppCalls({
    send: createSender(app.apiUrl, createFetch(createConnections(now)), clock),
    jwts: createAppJwtSource(app.appId, now),
    // What was read is all there is: reading it anew would bring the same keys.
    signers: { signers: async () => signers, refreshed: async () => signers },
    log: createLog({ level: 'error', write: (line) => stderr.write(`${line}\n`), now }),
  });
}
