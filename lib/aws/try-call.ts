/** One try of a call to AWS: signed, sent, and what came of it. */
import { crc32 } from 'node:zlib';
import { fromEnv } from '@aws-sdk/credential-provider-env';
import { followFor } from '../async/abort.ts';
import type { Clock } from '../async/clock.ts';
import type { Answer } from '../http/answer.ts';
import type { Fetch } from '../http/fetch.ts';
import { isObject, parseJson } from '../json/json.ts';
import { toAwsError, toFailureKind, toSkewMs, type FailureKind } from './aws-error.ts';
import { toEndpoint, type Environment, type ServiceName } from './endpoint.ts';
import { createSign, type Credentials } from './signing.ts';

export interface TryDeps {
  /** Says where the services are. */
  readonly env: Environment;
  readonly clock: Clock;
  readonly fetch: Fetch;
  /** Default: those of the environment, as Lambda hands them over. */
  readonly credentials?: Credentials;
}

/** What an operation is called with. A queue's own address says where it is, unless the environment does. */
export interface Input {
  readonly QueueUrl?: string | undefined;
}

type Tried =
  | { readonly output: object }
  | { readonly failure: unknown; readonly kind: Exclude<FailureKind, 'skewed'> }
  /** By how much AWS's clock is ahead, as the server says that refused. */
  | { readonly failure: unknown; readonly kind: 'skewed'; readonly aheadMs: number };

/**
 * Never throws.
 *
 * @param aheadMs How far AWS's clock is ahead of this one. Default: as far as it was for a request that AWS took.
 */
export type TryCall = (
  operation: string,
  input: Input,
  signal: AbortSignal,
  aheadMs?: number,
) => Promise<Tried>;

/**
 * How long one try may take until its answer is there to the end, in milliseconds. AWS takes a few; three tries fit
 * into the time of an inline delivery, 8.5 s.
 */
export const TRY_MS = 2_000;

/** Of each service: its name for people, and that of its protocol. */
const NAMES = {
  dynamodb: { title: 'DynamoDB', target: 'DynamoDB_20120810' },
  sqs: { title: 'SQS', target: 'AmazonSQS' },
} as const satisfies Readonly<Record<ServiceName, object>>;

/** @throws Error Where the environment does not say where the service is. */
export function createTryCall(service: ServiceName, deps: TryDeps): TryCall {
  const { env, clock, fetch, credentials = fromEnv() } = deps;
  const { title, target } = NAMES[service];
  const endpoint = toEndpoint(service, env);
  const sign = createSign({ service, region: endpoint.region, credentials });
  // One server of AWS's whose clock is wrong is believed by the call that it refused, and by no other.
  let provenAheadMs = 0;

  return async (operation, input, signal, aheadMs = provenAheadMs) => {
    const url = input.QueueUrl === undefined || endpoint.named ? endpoint.url : new URL('/', input.QueueUrl);
    const body = JSON.stringify(input);
    const signedAtMs = clock.now() + aheadMs;
    const signing = sign({
      url,
      headers: toHeaders(`${target}.${operation}`, env),
      body,
      at: new Date(signedAtMs),
    });
    const headers = await signing.catch((failure: unknown) => ({ failure }));
    if ('failure' in headers) return { failure: headers.failure, kind: 'refused' };
    const time = followFor(clock, TRY_MS, signal);
    try {
      const answer = await fetch(url.href, {
        method: 'POST',
        headers,
        body,
        redirect: 'manual',
        signal: time.signal,
      });
      const text = await readWhole(answer);
      if (answer.status === 200) {
        const output = toOutput(text);
        provenAheadMs = aheadMs;
        return { output };
      }
      const requestId = answer.headers.get('x-amzn-requestid');
      const failure = toAwsError({ what: `${title} ${operation}`, status: answer.status, text, requestId });
      const skewMs = toSkewMs(failure, answer.headers.get('date'), { nowMs: clock.now(), signedAtMs });
      return skewMs === undefined
        ? { failure, kind: toFailureKind(failure) }
        : { failure, kind: 'skewed', aheadMs: skewMs };
    } catch (failure) {
      return { failure, kind: 'broken' };
    } finally {
      time.end();
    }
  };
}

function toHeaders(target: string, env: Environment): Readonly<Record<string, string>> {
  const trace = env['_X_AMZN_TRACE_ID'];
  return {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': target,
    'accept-encoding': 'identity',
    // By this Lambda notices messages that go round in circles. It is not signed.
    ...(trace !== undefined && { 'x-amzn-trace-id': trace }),
  };
}

/** @throws Error For an answer that is not what DynamoDB says that it sent. */
async function readWhole(answer: Answer): Promise<string> {
  const text = await answer.text();
  const sum = answer.headers.get('x-amz-crc32');
  if (sum !== null && Number(sum) !== crc32(text))
    throw new Error('an answer that does not match its checksum');
  return text;
}

/** @throws Error For what is no JSON object: something on the way has answered. */
function toOutput(text: string): object {
  const output = parseJson(text === '' ? '{}' : text);
  if (!isObject(output)) throw new Error('an answer that is no JSON object');
  return output;
}
