/**
 * GitHub, as the campaign has it: the stand-in, with a part in front that takes the effects of the
 * handlers itself, counts them, and lets each call meet the fault that the plan has for it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { readCredential, sha256 } from '../../local/github/credentials.ts';
import type { GitHub } from '../../local/github/types.ts';
import type { HttpOutcome, HttpReply, HttpRequest, HttpServer } from '../../local/http/server.ts';
import { parseJson, readText, toObject } from '../../lib/json/json.ts';
import type { Counts } from './counts.ts';
import { createFiller, toSum } from './filler.ts';
import { type CallFault, OWNER, type PlannedDelivery } from './plan.ts';
import { openProxy } from './proxy.ts';
import type { Random } from '../../local/random.ts';
import type { Witness } from './witness.ts';

/** A worker's process, as `handlers.ts` names it. */
export interface WorkerProcess {
  readonly slot: number;
  readonly pid: number;
}

interface Deps {
  readonly github: GitHub;
  readonly planOf: ReadonlyMap<string, PlannedDelivery>;
  readonly witness: Witness;
  readonly counts: Counts;
  /** For what the App does as itself: which call meets a fault depends on their order. */
  readonly random: Random;
  readonly kill: (process: WorkerProcess) => void;
  readonly freeze: (process: WorkerProcess) => void;
}

/** A call for an effect, read. */
interface EffectCall {
  readonly guid: string;
  readonly handler: string;
  readonly repository: string;
  /** What it says of the payload's filler. */
  readonly filler: string;
  readonly process: WorkerProcess;
}

/** The share of the App's own calls that fail; never two in a row, so that none fails to its last try. */
const APP_FAULTS = 0.08;

const MINT_FAULTS = ['500', '500', '429', 'reset', 'cut after effect', 'silence', 'page of a proxy'] as const;
/** What they say of one entry is believed for ten minutes: it meets none but those that are tried again. */
const ENTRY_FAULTS = ['500', 'reset'] as const;
const LOG_FAULTS = [...ENTRY_FAULTS, 'page of a proxy', 'no JSON', 'another log'] as const;

const ANOTHER_YEAR = 'Sun, 22 Nov 2036 12:00:00 GMT';

/** Not GitHub's 404: the way to GitHub is not there. */
const PAGE_OF_A_PROXY: HttpReply = {
  status: 404,
  headers: { 'content-type': 'text/html' },
  body: '<html><body>404 Not Found</body></html>',
};

const SECONDARY_LIMIT = 'You have exceeded a secondary rate limit. Please wait a few minutes.';

export function openGitHubFront(deps: Deps): Promise<HttpServer> {
  const { github, planOf, witness, counts, random, kill, freeze } = deps;
  const fillers = new Map([...planOf].map(([guid, plan]) => [guid, toSum(createFiller(plan))]));
  const left = new Map([...planOf].map(([guid, { calls }]) => [guid, [...calls]]));
  let spared = false;
  const askedTwice = new Set<string>();

  return openProxy(github.url, async (request, forward) => {
    const call = readEffectCall(request);
    if (call !== undefined) return meetEffect(call, request);
    const fault = chooseAppFault(request);
    if (fault !== undefined) counts.add('faults: calls as the App', fault);
    switch (fault) {
      case '500':
        return reply(500, { message: 'Server Error' });
      case '429':
        return rateLimited(429, 'Too many requests');
      case 'reset':
      case 'silence':
        return fault;
      case 'cut after effect':
        await forward(request);
        return 'reset';
      case 'page of a proxy':
        return PAGE_OF_A_PROXY;
      case 'no JSON':
        return { ...(await forward(request)), body: '{"half of an ans' };
      case 'another log':
        return reply(200, [{ id: 1, guid: 'of another log', delivered_at: '1970-01-01T00:00:00Z' }]);
      case undefined:
        return forward(request);
    }
  });

  function chooseAppFault({ method, path }: HttpRequest) {
    // A redelivery that was asked for in vain is asked for again after ten minutes: only doubled here.
    if (path.endsWith('/attempts')) {
      if (askedTwice.has(path) || !random.chance(0.2)) return undefined;
      askedTwice.add(path);
      return 'cut after effect' as const;
    }
    spared = !spared && random.chance(APP_FAULTS);
    if (!spared) return undefined;
    if (method === 'POST') return random.pick(MINT_FAULTS);
    return path.endsWith('/deliveries') ? random.pick(LOG_FAULTS) : random.pick(ENTRY_FAULTS);
  }

  async function meetEffect(call: EffectCall, request: HttpRequest): Promise<HttpOutcome> {
    const refusal = checkToken(call, request);
    if (refusal !== undefined) return refusal;
    if (call.filler !== fillers.get(call.guid))
      witness.accuse(`${call.guid} ${call.handler}: not the payload that was sent`);
    const fault = left.get(call.guid)?.shift();
    const done = witness.watch(call);
    try {
      if (fault === undefined) return takeEffect(call);
      counts.add('faults: calls for an effect', fault.kind);
      return await meet(fault, call);
    } finally {
      done();
    }
  }

  async function meet(fault: CallFault, call: EffectCall): Promise<HttpOutcome> {
    if (UNANSWERED.has(fault.kind)) witness.expectUnanswered(call);
    switch (fault.kind) {
      case '500':
      case '502':
        return reply(Number(fault.kind), { message: 'Server Error' });
      case '429':
        return rateLimited(429, SECONDARY_LIMIT);
      case '429 of another year':
        return reply(429, { message: SECONDARY_LIMIT }, { 'retry-after': '1', date: ANOTHER_YEAR });
      case 'page of a proxy':
        return PAGE_OF_A_PROXY;
      case '403 secondary':
        return rateLimited(403, SECONDARY_LIMIT);
      case 'reset':
      case 'silence':
        return fault.kind;
      case 'cut after effect':
      case 'silence after effect':
        takeEffect(call);
        witness.excuse(call.guid, call.handler);
        return fault.kind === 'cut after effect' ? 'reset' : 'silence';
      case 'delay':
        await sleep(fault.ms);
        return takeEffect(call);
      case 'kill after effect':
        takeEffect(call);
        kill(call.process);
        return 'silence';
      case 'kill before effect':
        kill(call.process);
        return 'silence';
      case 'kill after answer':
        setTimeout(() => kill(call.process), fault.ms);
        return takeEffect(call);
      case 'freeze':
        freeze(call.process);
        return 'silence';
    }
  }

  function takeEffect(call: EffectCall): HttpReply {
    const isFirst = witness.see(call);
    if (isFirst || call.handler !== 'keyed') return reply(201, { id: 1 });
    return reply(422, { message: 'Validation Failed', errors: [{ code: 'already_exists' }] });
  }

  /** The token must be alive, and minted for this very repository and no more than was declared. */
  function checkToken(
    { guid, handler, repository }: EffectCall,
    { headers }: HttpRequest,
  ): HttpReply | undefined {
    const plan = planOf.get(guid);
    const credential = readCredential(headers.authorization);
    const digest = credential.kind === 'token' ? sha256(credential.text) : undefined;
    const token = github.tokens.find(({ sha256: known, revoked }) => known === digest && !revoked);
    const fits =
      plan !== undefined &&
      token !== undefined &&
      plan.repository.name === repository &&
      token.grant.installationId === plan.installationId &&
      token.grant.repositoryIds?.join() === String(plan.repository.id) &&
      JSON.stringify(token.grant.permissions) === '{"issues":"write"}';
    if (fits) return undefined;
    witness.accuse(`${guid} ${handler}: called with a token that is not for this`);
    return reply(403, { message: 'Resource not accessible by integration' });
  }
}

/** Of these a run says that GitHub did not answer. */
const UNANSWERED: ReadonlySet<CallFault['kind']> = new Set([
  '500',
  '502',
  'page of a proxy',
  'reset',
  'silence',
  'cut after effect',
  'silence after effect',
]);

const EFFECT = new RegExp(`^/repos/${OWNER}/([^/]+)/(?:issues/\\d+/comments|labels)$`);

function readEffectCall({ method, path, headers, body }: HttpRequest): EffectCall | undefined {
  const repository = EFFECT.exec(path)?.[1];
  if (method !== 'POST' || repository === undefined) return undefined;
  const sent = toObject(parseJson(body));
  const [slot, pid] = String(headers['x-process']).split(' ').map(Number);
  const process = { slot: slot ?? Number.NaN, pid: pid ?? Number.NaN };
  const about = { repository, process, filler: String(headers['x-filler']) };
  const name = readText(sent, 'name');
  if (name !== undefined) return { guid: name, handler: 'keyed', ...about };
  const [handler = '', guid = ''] = (readText(sent, 'body') ?? '').split(' ');
  return { guid, handler, ...about };
}

function rateLimited(status: number, message: string): HttpReply {
  return reply(status, { message }, { 'retry-after': '1' });
}

function reply(status: number, body: object, headers: Readonly<Record<string, string>> = {}): HttpReply {
  return {
    status,
    headers: { 'content-type': 'application/json', date: new Date().toUTCString(), ...headers },
    body: JSON.stringify(body),
  };
}
