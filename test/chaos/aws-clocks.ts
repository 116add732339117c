/**
 * The clocks of AWS: each of its servers refuses what was signed more than five minutes away from its own time. Nearly
 * all of them are right. A few are hours off: some in what they refuse, some only in the `Date` of what they answer.
 */
import { crc32 } from 'node:zlib';
import type { HttpOutcome, HttpReply, HttpRequest } from '../../local/http/server.ts';
import type { Random } from '../../local/random.ts';
import type { Counts } from './counts.ts';

export type AwsService = 'DynamoDB' | 'SQS' | 'Secrets Manager';

export interface AwsClocks {
  /** Has some server of a service take a request; `answer` is how it answers what it does not refuse. */
  serve(service: AwsService, request: HttpRequest, answer: () => Promise<HttpOutcome>): Promise<HttpOutcome>;
}

interface Deps {
  /** Which request meets a wrong clock depends on their order. */
  readonly random: Random;
  readonly counts: Counts;
}

/** The share of requests that meet a server whose clock is wrong: of the tries of a call the first that is refused, no more. */
const WRONG_CLOCKS = 0.01;
const MOST_HOURS_OFF = 12;
const HOUR_MS = 3_600_000;

const MOST_SKEW_MINUTES = 5;
const MOST_SKEW_MS = MOST_SKEW_MINUTES * 60_000;

export function createAwsClocks({ random, counts }: Deps): AwsClocks {
  /** Calls that were refused. */
  const refused = new Set<string>();
  return {
    async serve(service, request, answer) {
      const isRight = refused.has(toCallId(request)) || !random.chance(WRONG_CLOCKS);
      if (isRight) return serveBy(new Date(), service, request, answer);
      const offMs = random.pick([-1, 1]) * random.int(1, MOST_HOURS_OFF) * HOUR_MS;
      const wrong = new Date(Date.now() + offMs);
      if (random.chance(0.5)) return serveBy(wrong, service, request, answer);
      counts.add(`faults: ${service}`, 'an answer with a wrong date');
      const outcome = await answer();
      return typeof outcome === 'string' ? outcome : withDate(outcome, wrong);
    },
  };

  async function serveBy(
    now: Date,
    service: AwsService,
    request: HttpRequest,
    answer: () => Promise<HttpOutcome>,
  ): Promise<HttpOutcome> {
    const refusal = refuseSkewed(String(request.headers['x-amz-date']), now);
    if (refusal === undefined) return answer();
    refused.add(toCallId(request));
    const isWrong = Math.abs(now.getTime() - Date.now()) > MOST_SKEW_MS;
    counts.add(`faults: ${service}`, isWrong ? 'refused by a wrong clock' : 'refused for a wrong clock');
    return refusal;
  }
}

/** The same for each try of a call. */
function toCallId({ headers, body }: HttpRequest): string {
  return String(headers['amz-sdk-invocation-id'] ?? `${String(headers['x-amz-target'])} ${crc32(body)}`);
}

/** In AWS's words. @param signedAt As a signature has it: `20261128T235959Z`. */
function refuseSkewed(signedAt: string, now: Date): HttpReply | undefined {
  const aheadMs = Date.parse(signedAt.replace(/^(....)(..)(..T..)(..)/, '$1-$2-$3:$4:')) - now.getTime();
  if (Math.abs(aheadMs) <= MOST_SKEW_MS) return undefined;
  const limit = toSigningTime(new Date(now.getTime() + Math.sign(aheadMs) * MOST_SKEW_MS));
  const compared =
    aheadMs < 0
      ? `expired: ${signedAt} is now earlier than ${limit} (${toSigningTime(now)} - ${MOST_SKEW_MINUTES} min.)`
      : `not yet current: ${signedAt} is still later than ${limit} (${toSigningTime(now)} + ${MOST_SKEW_MINUTES} min.)`;
  const body = {
    __type: 'com.amazon.coral.service#InvalidSignatureException',
    message: `Signature ${compared}`,
  };
  const headers = { 'content-type': 'application/x-amz-json-1.0' };
  return withDate({ status: 400, headers, body: JSON.stringify(body) }, now);
}

function toSigningTime(at: Date): string {
  return at.toISOString().replaceAll(/[-:]|\.\d+/g, '');
}

function withDate(reply: HttpReply, date: Date): HttpReply {
  return { ...reply, headers: { ...reply.headers, date: date.toUTCString() } };
}
