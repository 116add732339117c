/**
 * What a client of the AWS SDK in this folder is made with. It puts requests into words and takes answers apart; they are
 * signed, sent and repeated as every other call of ours to AWS (`try-call.ts`), over the same connections. The SDK's own
 * parts for that take longer to start than all that a function does otherwise at its start.
 */
import { fromEnv } from '@aws-sdk/credential-provider-env';
import { followFor } from '../async/abort.ts';
import { type CallDeps, NEVER } from './call.ts';
import { findNamedEndpoint, isTrue } from './endpoint.ts';
import { createRetries, MAX_TRIES } from './retries.ts';
import { type AwsCredentials, createSign } from './signing.ts';
import { TRY_MS } from './try-call.ts';

/** As the SDK has it: `HttpRequest` of `@smithy/types`, as far as it is looked at. */
interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

/** Services that are called by a client of the SDK, by the names that signatures have for them. */
type SdkService = 'kms' | 'secretsmanager';

/** The same as the names of variables have them. */
const VARIABLES = { kms: 'KMS', secretsmanager: 'SECRETS_MANAGER' } as const;

/**
 * Everything that the SDK would look for is told: what it finds nowhere else it reads from files of profiles, which a
 * function does not have. Lambda hands the credentials of the role over in the environment.
 *
 * A kept connection that a firewall dropped without a word, or that died while Lambda had frozen the process,
 * costs one try: after it, all connections that wait for the next call are closed, and the next try opens one.
 *
 * @param limitMs How long one try of a call may take until its answer is there to its end. The SDK's own limit is none.
 */
export function createClientOptions(
  service: SdkService,
  { env, credentials = fromEnv(), closeIdle, random, ...sending }: CallDeps,
  limitMs = TRY_MS,
) {
  const region = env['AWS_REGION'] ?? '';
  const endpoint = findNamedEndpoint(`AWS_ENDPOINT_URL_${VARIABLES[service]}`, env);
  return {
    region,
    ...(endpoint && { endpoint }),
    ignoreConfiguredEndpointUrls: true, // those have just been read
    useFipsEndpoint: isTrue('AWS_USE_FIPS_ENDPOINT', env),
    useDualstackEndpoint: isTrue('AWS_USE_DUALSTACK_ENDPOINT', env),
    credentials,
    signer: createSigner(service, region, credentials),
    authSchemePreference: async () => [],
    disableClockSkewCorrection: false,
    requestHandler: createRequestHandler(sending, limitMs),
    defaultsMode: 'standard',
    maxAttempts: MAX_TRIES,
    retryMode: 'standard',
    retryStrategy: createRetries({ onBroken: closeIdle, random }),
    userAgentAppId: async () => undefined,
  } as const;
}

/** Steps of the SDK's on the way of a call that are done otherwise here, or by nobody. */
const NOT_NEEDED = [
  'contentLengthMiddleware', // whatever sends says where a body ends
  'getUserAgentMiddleware',
  'hostHeaderMiddleware', // whatever signs adds the host
  'loggerMiddleware',
  'recursionDetectionMiddleware', // nothing that these services are asked leads back to a function
];

/** What matters here of the SDK's clients, each of which has types of its own for it. */
interface Client {
  readonly middlewareStack: { remove(name: string): boolean };
}

/** The client, without the steps that take a tenth of what it takes to start and change nothing that matters. */
export function withoutExtras<C extends Client>(client: C): C {
  for (const name of NOT_NEEDED) client.middlewareStack.remove(name);
  return client;
}

/** When, the SDK says: it knows how far AWS's clock is ahead, as far as that has mattered. */
function createSigner(service: SdkService, region: string, credentials: () => Promise<AwsCredentials>) {
  const sign = createSign({ service, region, credentials });
  return {
    async sign<R extends SdkRequest>(
      request: R,
      { signingDate = new Date() }: { readonly signingDate?: Date | number | string } = {},
    ): Promise<R> {
      const { headers } = request;
      const at = new Date(signingDate);
      const signed = await sign({ url: toUrl(request), headers, body: toBytes(request), at });
      return { ...request, headers: { ...signed } };
    },
  };
}

/** Sends a request as the SDK has it. A try that takes too long fails with a `TimeoutError`, which is repeated. */
function createRequestHandler({ fetch, clock }: Pick<CallDeps, 'fetch' | 'clock'>, limitMs: number) {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(request: SdkRequest, { abortSignal }: { abortSignal?: AbortSignal } = {}) {
      const caller = abortSignal ?? NEVER;
      const time = followFor(clock, limitMs, caller);
      try {
        const { method } = request;
        const headers = { 'accept-encoding': 'identity', ...request.headers };
        const init = {
          method,
          headers,
          body: toBytes(request),
          redirect: 'manual',
          signal: time.signal,
        } as const;
        const answer = await fetch(toUrl(request), init);
        const body = new Uint8Array(await answer.arrayBuffer());
        return {
          response: { statusCode: answer.status, headers: Object.fromEntries(answer.headers), body },
        };
      } catch (error) {
        if (!caller.aborted) throw error;
        throw Object.assign(new Error('The time for a call to AWS was up.', { cause: error }), {
          name: 'AbortError',
        });
      } finally {
        time.end();
      }
    },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
  };
}

function toUrl({ protocol, hostname, port, path }: SdkRequest): URL {
  return new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`);
}

/** In the JSON protocol, which these services speak, the SDK makes bytes. */
function toBytes({ body }: SdkRequest): Uint8Array {
  if (body instanceof Uint8Array) return body;
  throw new TypeError('a request of another protocol');
}
