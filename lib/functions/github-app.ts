/** The App of the functions that run handlers or read GitHub's log, with what signs for it. */
import { SYSTEM_CLOCK } from '../async/clock.ts';
import type { AppSigners } from '../github/app-jwt.ts';
import { createGitHubApp, type GitHubApp } from '../github/app.ts';
import { createKeyRing } from '../github/key-ring.ts';
import { createFetch } from '../http/fetch.ts';
import { traceCalls } from '../tracing/trace-calls.ts';
import type { SigningKey } from './config.ts';
import type { Parts } from './parts.ts';

interface AppConfig {
  readonly appId: string;
  readonly apiUrl: string;
  readonly signingKey: SigningKey;
}

/** The App of this deployment, which calls GitHub over connections that the function keeps. */
export async function createApp({ appId, apiUrl, signingKey }: AppConfig, parts: Parts): Promise<GitHubApp> {
  return createGitHubApp({
    appId,
    apiUrl,
    signers: await createSigners(signingKey, parts),
    fetch: traceCalls(createFetch(parts.connections), parts.tracer),
    clock: SYSTEM_CLOCK,
    log: parts.log,
  });
}

/** The client of KMS is loaded by those alone whose key is there. */
async function createSigners(key: SigningKey, { secretCache, aws, now, log }: Parts): Promise<AppSigners> {
  if (key.kind === 'secret') return createKeyRing(secretCache, key.secretId, log);
  const { createKmsClient, createKmsSigners } = await import('../aws/kms-signers.ts');
  return createKmsSigners({ keyId: key.keyId, now, client: createKmsClient(aws) });
}
