/** What the console shows beside the deliveries: grants, and what stands in for AWS. */
import { parseJson, toObject } from '../../lib/json/json.ts';
import { attributeCalls } from '../terminal/attribute-calls.ts';
import { toExchangeStory, toWorkStory } from '../terminal/story.ts';
import type { ConsoleParts } from './api.ts';
import { listDeadLetters } from './dead-letters.ts';
import { judgeGrant, type MadeCall } from './grants.ts';
import type { Entry } from './journal.ts';
import type { GrantView, LedgerView, LocalView } from './messages.ts';

/** The newest records; nobody reads more of them in one go. */
const MOST_RECORDS = 500;

export function judgeGrants({
  journal,
  declared,
  tokens,
}: Pick<ConsoleParts, 'journal' | 'declared' | 'tokens'>): readonly GrantView[] {
  const made = new Map<string, MadeCall[]>();
  for (const entry of journal.all()) {
    for (const [handler, calls] of listCalls(entry, tokens)) {
      made.set(handler, [...(made.get(handler) ?? []), ...calls]);
    }
  }
  return declared().map((grant) => judgeGrant(grant, made.get(grant.name) ?? []));
}

/** Mints are the product's own. */
function listCalls(
  entry: Entry,
  tokens: ConsoleParts['tokens'],
): readonly (readonly [string, readonly MadeCall[]])[] {
  const { exchange, works } = entry;
  const stories = [
    ...(exchange === undefined ? [] : [toExchangeStory(exchange, undefined)]),
    ...works.map(({ work }) => toWorkStory(work)),
  ];
  return stories.flatMap((story) => {
    const { byHandler } = attributeCalls(story.handlers, story, tokens);
    return [...byHandler].map(
      ([name, calls]) => [name, calls.filter(({ path }) => !path.startsWith('/app/'))] as const,
    );
  });
}

export async function describeLocal({
  ledger,
  sqs,
  sweeper,
  github,
  redaction,
}: ConsoleParts): Promise<LocalView> {
  const last = sweeper?.last();
  const {
    timestamp: _,
    level: __,
    code: ___,
    message: ____,
    version: _____,
    ...fields
  } = toObject(parseJson(last?.line ?? ''));
  return {
    shape: sqs === undefined ? 'inline' : 'queued',
    github,
    ledger: await listLedger(ledger),
    ...(sqs !== undefined && { queue: await sqs.depth(), deadLetters: await listDeadLetters(sqs) }),
    ...(last !== undefined && {
      sweep: { at: last.at.toISOString(), fields: toObject(redaction.value(fields)) },
    }),
    canSweep: sweeper !== undefined,
  };
}

async function listLedger(ledger: ConsoleParts['ledger']): Promise<readonly LedgerView[]> {
  const entries = (await ledger?.list()) ?? [];
  return entries
    .map(({ id, key, record }) => {
      const { state, attempts, reason, endedAtMs, leaseUntilMs } = record;
      const { deliveryId, handler } = key;
      return {
        id,
        deliveryId,
        handler,
        state,
        attempts,
        ...(reason !== null && { reason }),
        ...(endedAtMs !== null && { endedAt: new Date(endedAtMs).toISOString() }),
        ...(state === 'claimed' && { leaseUntil: new Date(leaseUntilMs).toISOString() }),
      };
    })
    .toSorted((a, b) => (b.endedAt ?? '9').localeCompare(a.endedAt ?? '9'))
    .slice(0, MOST_RECORDS);
}
