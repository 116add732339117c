/** Calls to AWS's stand-ins, as the functions make them. */
import { SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import type { CallDeps } from '../../lib/aws/call.ts';
import { createConnections } from '../../lib/http/connections.ts';
import { createFetch } from '../../lib/http/fetch.ts';
import { LOCAL_AWS } from '../../local/aws/dynamodb.ts';

const connections = createConnections({ now: Date.now, env: {} });
const fetch = createFetch(connections);

/** @param url Of the stand-in. */
export function toCallDeps(url: string): CallDeps {
  return {
    env: { AWS_REGION: LOCAL_AWS.region, AWS_ENDPOINT_URL: url },
    clock: SYSTEM_CLOCK,
    fetch,
    closeIdle: () => connections.closeIdle(),
    random: Math.random,
    credentials: async () => LOCAL_AWS.credentials,
  };
}
