/** The App's webhook at GitHub, as a rotation sees it. */
import { ServiceFault } from '../faults.ts';
import type { Clock } from '../async/clock.ts';
import type { CallAsApp } from '../github/app-calls.ts';
import { proveSecret } from './prove-secret.ts';
import type { AppWebhook } from './rotation.ts';

/** @see GitHub docs, "REST API endpoints for GitHub App webhooks" */
export function createAppWebhook(call: CallAsApp, clock: Clock): AppWebhook {
  return {
    async setSecret(secret, signal) {
      const request = { method: 'PATCH', path: '/app/hook/config', body: { secret } } as const;
      const { status } = await call(request, signal);
      if (status === 200) return;
      throw new ServiceFault('github_unexpected', "GitHub did not take the App's new webhook secret.", {
        detail: `PATCH /app/hook/config: ${status}`,
      });
    },
    prove: (secret, others, signal) => proveSecret(secret, { call, clock, others }, signal),
  };
}
