/**
 * Lambda as one process of one function sees it: the Runtime API on loopback. It hands out events, one at a
 * time, takes what became of them, and freezes and ends the process when Lambda would.
 *
 * Source: AWS docs, "Using the Lambda runtime API for custom runtimes" and "Understanding the Lambda
 * execution environment lifecycle".
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { type HttpOutcome, type HttpReply, type HttpRequest, listen } from '../../local/http/server.ts';
import { parseJson, readText, toObject } from '../../lib/json/json.ts';

export interface RuntimeApi {
  /** What `AWS_LAMBDA_RUNTIME_API` is set to. */
  readonly address: string;
  /** When the process first asked for an event; rejects with what it reported in its place. */
  readonly initialised: Promise<void>;
  /** Rejects where the function failed, with the words that it reported, or ran out of time. */
  invoke(event: unknown): Promise<unknown>;
  /** The process has ended: so has what it was at, and what waits for it. @param how For those who wait. */
  end(how: string): void;
  close(): Promise<void>;
}

/** What Lambda does to the process. */
interface Sandbox {
  /** No event is there: nothing of the process runs until the next one. */
  freeze(): void;
  thaw(): void;
  /** The invocation took too long. */
  kill(): void;
}

interface Invocation {
  readonly id: string;
  readonly event: string;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

const PREFIX = '/2018-06-01/runtime';
const ACCEPTED = { status: 202, body: '{"status":"OK"}' };
const REFUSED = { status: 400, body: '{"errorType":"InvalidRequest","errorMessage":"no such invocation"}' };

interface RuntimeApiOptions {
  /** Of the function: from when an event is handed out to its answer. */
  readonly timeoutMs: number;
  /** Told of every body that the process sends. */
  readonly onReport: (body: string) => void;
}

export async function openRuntimeApi(
  sandbox: Sandbox,
  { timeoutMs, onReport }: RuntimeApiOptions,
): Promise<RuntimeApi> {
  const waiting: Invocation[] = [];
  const initialised = Promise.withResolvers<void>();
  let underWay: { readonly invocation: Invocation; readonly timer: NodeJS.Timeout } | undefined;
  let timedOut = false;
  let ended: Error | undefined;
  /** Gives the frozen process its next event. */
  let wake: ((invocation: Invocation) => void) | undefined;

  async function answer({ method, path, body }: HttpRequest): Promise<HttpOutcome> {
    const resource = path.startsWith(PREFIX) ? path.slice(PREFIX.length) : '';
    if (method === 'GET' && resource === '/invocation/next') return handOut(await nextInvocation());
    if (method !== 'POST') return REFUSED;
    onReport(body);
    if (resource === '/init/error') {
      initialised.reject(toError(body));
      return ACCEPTED;
    }
    const [, id = '', ending] = /^\/invocation\/([^/]+)\/(response|error)$/.exec(resource) ?? [];
    const invocation = take(id);
    if (ending === 'response') invocation?.resolve(parseJson(body));
    else invocation?.reject(toError(body));
    return invocation === undefined ? REFUSED : ACCEPTED;
  }

  function nextInvocation(): Promise<Invocation> {
    initialised.resolve();
    const next = waiting.shift();
    if (next !== undefined) return Promise.resolve(next);
    sandbox.freeze();
    return new Promise((resolve) => {
      wake = resolve;
    });
  }

  function handOut(invocation: Invocation): HttpReply {
    const timer = setTimeout(() => {
      timedOut = true;
      sandbox.kill();
    }, timeoutMs);
    underWay = { invocation, timer };
    return {
      status: 200,
      headers: {
        'content-type': 'application/json',
        'lambda-runtime-aws-request-id': invocation.id,
        'lambda-runtime-deadline-ms': String(Date.now() + timeoutMs),
        'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:eu-west-1:123456789012:function:hookmint',
        'lambda-runtime-trace-id': toTraceHeader(),
      },
      body: invocation.event,
    };
  }

  /** The invocation under way, which is over. */
  function take(id: string): Invocation | undefined {
    if (underWay?.invocation.id !== id) return undefined;
    const { invocation, timer } = underWay;
    clearTimeout(timer);
    underWay = undefined;
    return invocation;
  }

  const server = await listen(answer);
  return {
    address: new URL(server.url).host,
    initialised: initialised.promise,
    invoke: (event) =>
      new Promise((resolve, reject) => {
        const invocation = { id: randomUUID(), event: JSON.stringify(event), resolve, reject };
        if (ended !== undefined) reject(ended);
        else if (wake === undefined) waiting.push(invocation);
        else {
          sandbox.thaw();
          wake(invocation);
          wake = undefined;
        }
      }),
    end(how) {
      const seconds = timeoutMs / 1000;
      ended = new Error(timedOut ? `Sandbox.Timedout: Task timed out after ${seconds} seconds` : how);
      initialised.reject(ended);
      if (underWay !== undefined) take(underWay.invocation.id)?.reject(ended);
      for (const invocation of waiting.splice(0)) invocation.reject(ended);
    },
    close: () => server.close(),
  };
}

/**
 * Another one for each invocation, with a parent and sampled, as where X-Ray is active. Source: X-Ray docs, "Tracing
 * header".
 */
function toTraceHeader(): string {
  const hex = randomBytes(20).toString('hex');
  const root = `1-${Math.floor(Date.now() / 1000).toString(16)}-${hex.slice(0, 24)}`;
  return `Root=${root};Parent=${hex.slice(24)};Sampled=1;Lineage=1:2b5f7a1c:0`;
}

/** As the console shows it: `ErrorType: message`. */
function toError(body: string): Error {
  const report = toObject(parseJson(body));
  return new Error(`${readText(report, 'errorType')}: ${readText(report, 'errorMessage')}`);
}
