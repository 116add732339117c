/** The App of the functions that run handlers or read GitHub's log: its keys come from the secret. */
import { SYSTEM_CLOCK } from '../async/clock.ts';
import { createGitHubApp, type GitHubApp } from '../github/app.ts';
import { createKeyRing } from '../github/key-ring.ts';
import { createFetch } from '../http/fetch.ts';
import { traceCalls } from '../tracing/trace-calls.ts';
import type { Parts } from './parts.ts';

interface AppConfig {
  readonly appId: string;
  readonly apiUrl: string;
  readonly privateKeySecretId: string;
}

export function createApp(config: AppConfig, { secretCache, connections, log, tracer }: Parts): GitHubApp {
  const { appId, apiUrl, privateKeySecretId } = config;
  const signers = createKeyRing(secretCache, privateKeySecretId, log);
  return createGitHubApp({
    appId,
    apiUrl,
    signers,
    fetch: traceCalls(createFetch(connections), tracer),
    clock: SYSTEM_CLOCK,
    log,
  });
}
