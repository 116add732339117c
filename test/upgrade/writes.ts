/** Has this release write one of each thing that it stores, for the clock of noon. */
import { DeleteItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { createLedger } from '../../lib/aws/ledger.ts';
import { createSweepStore } from '../../lib/aws/sweep-store.ts';
import type { ClaimRequest, Settlement } from '../../lib/ledger/ledger.ts';
import { encodeMessage, toRedriven } from '../../lib/queue/message.ts';
import type { NewFailure } from '../../lib/sweep/store.ts';
import type { Dynamo } from '../sweep/dynamodb.ts';
import type { Stored } from './stored.ts';

export const NOON = Date.UTC(2026, 10, 22, 12);
const MINUTE = 60_000;

export const ENVELOPE = {
  id: '72d3162e-cc78-11e3-81ab-4c9367dc0958',
  event: 'issues',
  hookId: '427364001',
  targetAppId: '31415',
  receivedAt: new Date(NOON),
};

/** What the handlers of `test/queue/handlers.ts` need. */
export const PAYLOAD =
  '{"action":"opened","issue":{"number":14},"repository":{"id":186853002,"name":"widgets","full_name":"octo-org/widgets","owner":{"login":"octo-org"}},"installation":{"id":51230417}}';

export function writeMessages(): Stored {
  const json = { kind: 'body', format: 'json', body: Buffer.from(PAYLOAD) } as const;
  const form = { ...json, format: 'form', body: Buffer.from('payload=%7B%7D') } as const;
  const reference = { kind: 'reference', logId: '3804004623172239366' } as const;
  const bare = { ...ENVELOPE, hookId: null, targetAppId: null };
  const message = { envelope: ENVELOPE, content: json, replay: false } as const;
  return {
    json: JSON.parse(encodeMessage(message)),
    form: JSON.parse(encodeMessage({ ...message, envelope: bare, content: form })),
    reference: JSON.parse(encodeMessage({ ...message, content: reference })),
    replay: JSON.parse(encodeMessage({ ...message, replay: true })),
    redriven: JSON.parse(toRedriven(encodeMessage(message), { replay: false }) ?? '{}'),
  };
}

/** @param deliveryId Names the record: each has a delivery of its own. */
export function toClaimRequest(deliveryId: string, messageId: string | null = 'message-1'): ClaimRequest {
  return {
    key: { host: 'api.github.com', appId: '31415', hookId: '427364001', deliveryId, handler: 'comments' },
    leaseUntil: new Date(NOON + 10_000),
    messageId,
    askedAt: new Date(NOON - MINUTE),
    byPerson: false,
    maxAttempts: 3,
    replay: false,
    alone: true,
  };
}

export async function writeLedger(dynamo: Dynamo): Promise<Stored> {
  const ledger = createLedger({ ...dynamo, now: () => NOON, createNonce: () => 'nonce-1' });
  const signal = new AbortController().signal;
  const claim = async (deliveryId: string, messageId?: null) => {
    const claimed = await ledger.claim(toClaimRequest(deliveryId, messageId), signal);
    if (claimed.state !== 'claimed') throw new Error(`not claimed: ${claimed.state}`);
    return claimed;
  };
  const end = async (settlement: Settlement) => {
    await ledger.settle(await claim(settlement.state), settlement, signal);
  };
  await claim('claimed');
  await claim('inline', null);
  await end({ state: 'done' });
  await end({ state: 'skipped', reason: 'installation_suspended' });
  await end({ state: 'failed', reason: 'handler_error', counts: true });
  await end({ state: 'given_up', reason: 'handler_gave_up: no such label' });
  return takeAll(dynamo);
}

export const FAILURE: NewFailure = {
  guid: 'a0000000-0000-4000-8000-000000000001',
  logId: '3804004623172239366',
  event: 'issues',
  action: 'opened',
  statusCode: 500,
  deliveredAtMs: NOON - 5 * MINUTE,
  latestAtMs: NOON - 5 * MINUTE,
  nextAtMs: NOON - 3 * MINUTE,
  installationId: '51230417',
  repositoryId: '186853002',
};

export const CLAIMED = { ...FAILURE, guid: 'b0000000-0000-4000-8000-000000000002' };
const ASKED = { ...FAILURE, guid: 'c0000000-0000-4000-8000-000000000003', event: 'push', action: null };
const ENDED = { ...FAILURE, guid: 'd0000000-0000-4000-8000-000000000004' };

export async function writeSweep(dynamo: Dynamo): Promise<Stored> {
  const store = createStore(dynamo);
  const earlier = { startedAtMs: NOON - 10 * MINUTE, floorMs: NOON - 70 * MINUTE };
  await store.finishScan(earlier);
  await store.saveScan({ startedAtMs: NOON, floorMs: NOON - 25 * MINUTE, cursor: 'v1_2' });
  await store.pauseUntil(NOON + MINUTE);
  const { entries } = await store.open([FAILURE, CLAIMED, ASKED, ENDED]);
  for (const { guid } of [CLAIMED, ASKED]) {
    const failure = await store.read(guid);
    const next = { attempts: 1, askedAtMs: NOON, nextAtMs: NOON + 10 * MINUTE, exhausted: false };
    const claimed = typeof failure === 'object' && (await store.claim(failure, NOON + 15 * MINUTE, next));
    if (!claimed) throw new Error('not claimed');
    if (guid === ASKED.guid) await store.giveBack(claimed, next);
  }
  for (const entry of entries) if (entry.guid === ENDED.guid) await store.close(entry, 'gave_up');
  await store.rememberGood(['e0000000-0000-4000-8000-000000000005']);
  return takeAll(dynamo);
}

export function createStore({ call, table }: Dynamo) {
  return createSweepStore({ call, table, host: 'api.github.com', appId: '31415', now: () => NOON });
}

/** All records of the table, which is empty afterwards, so that every use of it begins anew. */
export async function takeAll({ client, table: TableName }: Dynamo): Promise<Stored> {
  const { Items = [] } = await client.send(new ScanCommand({ TableName, ConsistentRead: true }));
  for (const { id } of Items) {
    if (id !== undefined) await client.send(new DeleteItemCommand({ TableName, Key: { id } }));
  }
  return Object.fromEntries(Items.map((item) => [item['id']?.S ?? '', item]));
}
