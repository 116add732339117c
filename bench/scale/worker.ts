/**
 * One execution environment of the worker: put together as `functions/worker.ts` does it, from the same
 * parts, with its own token cache. What it calls is virtual, and so is its time.
 */
import { createDispatch } from '../../lib/dispatch/dispatch.ts';
import { createParking } from '../../lib/dispatch/parking.ts';
import { createRouter } from '../../lib/dispatch/route.ts';
import type { HandlerTable } from '../../lib/dispatch/define-handler.ts';
import type { Ledger } from '../../lib/ledger/ledger.ts';
import { createGitHubApp } from '../../lib/github/app.ts';
import type { AppSigners, SignAppJwt } from '../../lib/github/app-jwt.ts';
import type { Answer } from '../../lib/http/answer.ts';
import type { Fetch } from '../../lib/http/fetch.ts';
import { createLog } from '../../lib/log/log.ts';
import type { QueueReader } from '../../lib/queue/queue.ts';
import { toRecords } from '../../lib/queue/records.ts';
import { createWorkOff } from '../../lib/queue/work.ts';
import type { Random } from '../../local/random.ts';
import type { Clock } from './clock.ts';
import type { GitHub, Received } from './github.ts';

/** An invocation: the event in, the ids of what goes back out. */
export type Invoke = (event: unknown, remainingMs: number) => Promise<readonly string[]>;

export interface EnvironmentDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly github: GitHub;
  readonly ledger: Ledger;
  readonly queue: QueueReader;
  readonly handlers: HandlerTable;
  readonly onLine: (line: string) => void;
}

export const APP = { appId: '31415', host: 'api.github.com', apiUrl: 'https://api.github.com' };

/** Assumptions, each in milliseconds: GitHub's answers, a secret's, and the processor's time for one request. */
const MINT_MS = [100, 250] as const;
const CALL_MS = [60, 180] as const;
const SECRET_MS = 20;
const PROCESSOR_MS = 2;

export function createEnvironment(deps: EnvironmentDeps): Invoke {
  const { clock, random, github, ledger, queue, handlers } = deps;
  const { now } = clock;
  const log = createLog({ level: 'info', write: deps.onLine, now });
  const app = createGitHubApp({
    ...APP,
    signers: createSigners(clock),
    fetch: createFetch(clock, random, github),
    clock,
    log,
  });
  const workOff = createWorkOff({
    router: createRouter(handlers),
    dispatch: createDispatch({ app, ledger, ledgerScope: APP, parking: createParking(now), clock }),
    noteIgnored: () => Promise.reject(new Error('every delivery of this simulation is wanted')),
    ledgerScope: APP,
    readBack: () => Promise.reject(new Error('no payload of this simulation is too large for a message')),
    queue,
    clock,
    random: () => random.next(),
    log,
  });
  return (event, remainingMs) => workOff(toRecords(event, now()), remainingMs);
}

/**
 * As the key ring, but for the signature: WebCrypto makes it on a thread of its own, for which virtual time does not
 * wait, and no run would be like another.
 */
function createSigners(clock: Clock): AppSigners {
  const signers: readonly SignAppJwt[] = [async () => 'header.claims.signature'];
  let read: Promise<void> | undefined;
  const get = async (): Promise<readonly SignAppJwt[]> => {
    await (read ??= clock.sleep(SECRET_MS));
    return signers;
  };
  return { signers: get, refreshed: get };
}

/** Leaves the caller's signal alone: no answer here takes too long. */
function createFetch(clock: Clock, random: Random, github: GitHub): Fetch {
  let processorFreeMs = 0;
  return async (input, init) => {
    const { pathname: path } = new URL(input);
    const isMint = path.startsWith('/app/');
    processorFreeMs = Math.max(processorFreeMs, clock.now()) + PROCESSOR_MS;
    await clock.sleep(processorFreeMs - clock.now());
    const credential = init?.headers?.['authorization']?.replace('Bearer ', '') ?? '';
    const body = typeof init?.body === 'string' ? init.body : undefined;
    const { answer, leave } = github.receive({ method: init?.method ?? 'GET', path, credential, body });
    const [least, most] = isMint ? MINT_MS : CALL_MS;
    await clock.sleep(random.int(least, most));
    leave();
    return toWhole(String(input), answer);
  };
}

/** An answer that is there to its end, as the product's own `fetch` hands it on: it can be read as often as one likes. */
function toWhole(url: string, { status, headers, body }: Received['answer']): Answer {
  const text = JSON.stringify(body);
  return {
    status,
    statusText: '',
    url,
    headers: new Headers({ 'content-type': 'application/json; charset=utf-8', ...headers }),
    body: text,
    text: () => Promise.resolve(text),
    arrayBuffer: () => Promise.resolve(new TextEncoder().encode(text).buffer),
  };
}
