/** The App's numeric id: what webhook headers and payloads call it, whatever the JWT's issuer is. */
import { ServiceFault } from '../faults.ts';
import { isId, readField } from '../json/json.ts';
import type { CallAsApp } from './app-calls.ts';

export interface AppIdentity {
  /** The id, from `GET /app` where the configuration has the client id. Asked once, when first needed. */
  numericId(signal: AbortSignal): Promise<number>;
}

/** @param appId The number itself, or a client id, which does not say it. */
export function createAppIdentity(appId: string, call: CallAsApp): AppIdentity {
  let id = /^\d+$/.test(appId) ? Number(appId) : undefined;
  return {
    async numericId(signal) {
      id ??= readId(await call({ method: 'GET', path: '/app' }, signal));
      return id;
    },
  };
}

function readId({ status, body }: { readonly status: number; readonly body: unknown }): number {
  const id = readField(body, 'id');
  if (status === 200 && isId(id)) return id;
  throw new ServiceFault('github_unexpected', 'GitHub did not say which App this is.', {
    detail: `GET /app: ${status}`,
  });
}
