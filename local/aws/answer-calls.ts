/**
 * What the stand-ins for services with AWS's JSON protocol do with each request: the call is noted, a fault that was
 * asked for is taken, and what the service refuses becomes an answer with the error's name.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type JsonObject, parseJson, toObject } from '../../lib/json/json.ts';
import { type HttpReply, type HttpServer, listen } from '../http/server.ts';
import { ServiceError } from './service-error.ts';

/** What a request meets instead of an answer, or (`delayMs`, real time) before it. */
export type Fault<Refusal extends string> = Refusal | 'reset' | 'silence' | { readonly delayMs: number };

export interface Faults<Call, Refusal extends string> {
  /** The next requests meet it, in the order in which it was said. */
  next(fault: Fault<Refusal>, times?: number): void;
  /** So do the next ones of a kind. */
  at(isMeant: (call: Call) => boolean, fault: Fault<Refusal>, times?: number): void;
}

interface Service<Call, Refusal extends string> {
  /** `TrentService.Sign` and what came with it, as tests look at it. */
  readonly toCall: (target: string, input: JsonObject) => Call;
  /** @throws ServiceError For everything that the service refuses. */
  readonly perform: (target: string, input: JsonObject) => JsonObject;
  readonly toError: (refusal: Refusal, call: Call, target: string) => ServiceError;
  /** What the service calls the text of an error. */
  readonly messageField: 'message' | 'Message';
}

interface Answering<Call, Refusal extends string> extends Pick<HttpServer, 'url' | 'close'> {
  readonly calls: readonly Call[];
  readonly faults: Faults<Call, Refusal>;
}

export async function answerCalls<Call, Refusal extends string>({
  toCall,
  perform,
  toError,
  messageField,
}: Service<Call, Refusal>): Promise<Answering<Call, Refusal>> {
  const calls: Call[] = [];
  const waiting: { readonly isMeant: (call: Call) => boolean; readonly fault: Fault<Refusal> }[] = [];
  const at: Faults<Call, Refusal>['at'] = (isMeant, fault, times = 1) =>
    void waiting.push(...Array.from({ length: times }, () => ({ isMeant, fault })));

  const server = await listen(async (request) => {
    const target = String(request.headers['x-amz-target'] ?? '');
    const input = toObject(parseJson(request.body));
    const call = toCall(target, input);
    calls.push(call);
    const index = waiting.findIndex(({ isMeant }) => isMeant(call));
    const [{ fault } = { fault: undefined }] = index === -1 ? [] : waiting.splice(index, 1);
    if (isCut(fault)) return fault;
    if (typeof fault === 'object') await sleep(fault.delayMs);
    try {
      if (typeof fault === 'string') throw toError(fault, call, target);
      return reply(200, perform(target, input));
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      return reply(error.status, { __type: error.name, [messageField]: error.message });
    }
  });

  return {
    url: server.url,
    calls,
    faults: { at, next: (fault, times) => at(() => true, fault, times) },
    close: () => server.close(),
  };
}

function isCut(fault: unknown): fault is 'reset' | 'silence' {
  return fault === 'reset' || fault === 'silence';
}

function reply(status: number, body: JsonObject): HttpReply {
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() },
    body: JSON.stringify(body),
  };
}
