/**
 * What other releases stored is read: everything on file, and what the next one may write. What is
 * further away than that is left as it is. With DynamoDB's stand-in, which is empty before each test.
 */
import { GetItemCommand, PutItemCommand, type AttributeValue } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLedger } from '../../lib/aws/ledger.ts';
import { toLedgerRecord } from '../../lib/aws/ledger-items.ts';
import { SWEEP_FORMAT } from '../../lib/aws/sweep-items.ts';
import type { Ledger } from '../../lib/ledger/ledger.ts';
import { LEDGER_FORMAT } from '../../lib/ledger/record.ts';
import { decodeMessage, MESSAGE_FORMAT, toRedriven } from '../../lib/queue/message.ts';
import { DELIVERY_ID, setScene } from '../webhook/intake-scene.ts';
import { type Dynamo, startDynalite } from '../sweep/dynamodb.ts';
import { openScene, type Scene } from '../sweep/sweep-scene.ts';
import { asWrittenLater, listFormats, loadStored, type Stored } from './stored.ts';
import { CLAIMED, createStore, ENVELOPE, FAILURE, NOON, PAYLOAD, takeAll, toClaimRequest } from './writes.ts';

type Item = Record<string, AttributeValue>;

const MINUTE = 60_000;
const MARK = NOON - 10 * MINUTE;
const KNOWN = loadStored('ledger', LEDGER_FORMAT.written);
const SWEPT = loadStored('sweep', SWEEP_FORMAT.written);
/** The schedule after an ask. */
const NEXT = { attempts: 1, askedAtMs: NOON, nextAtMs: NOON + 10 * MINUTE, exhausted: false };
const POSITION = 'sweep#api.github.com#31415';

let dynamo: Dynamo;
let ledger: Ledger;
let nowMs: number;
let nonces = 0;

beforeAll(async () => {
  dynamo = await startDynalite();
  ledger = createLedger({ ...dynamo, now: () => nowMs, createNonce: () => `nonce-${(nonces += 1)}` });
});
beforeEach(async () => {
  nowMs = NOON;
  await takeAll(dynamo);
});
afterAll(() => dynamo.stop());

/** Every format on file that is read, and one that this release is not out of date for yet. */
function listReadable(kind: string, { oldest, written }: { oldest: number; written: number }) {
  const onFile = listFormats(kind).filter((format) => format >= oldest && format <= written);
  return [
    ...onFile.map((format) => ({ what: `format ${format}`, stored: loadStored(kind, format) })),
    { what: 'the next format', stored: raise(loadStored(kind, written), 1) },
  ];
}

function raise(stored: Stored, by: number): Stored {
  return Object.fromEntries(Object.entries(stored).map(([name, each]) => [name, asWrittenLater(each, by)]));
}

async function put(stored: Stored): Promise<void> {
  for (const Item of Object.values(stored)) {
    // Fixtures and what is made of them are items as the SDK has them.
    await dynamo.client.send(new PutItemCommand({ TableName: dynamo.table, Item: Item as Item }));
  }
}

async function get(id: string): Promise<Item | undefined> {
  const command = new GetItemCommand({ TableName: dynamo.table, Key: { id: { S: id } } });
  return (await dynamo.client.send(command)).Item;
}

const recordId = (deliveryId: string): string =>
  `delivery#api.github.com#31415#427364001#${deliveryId}#comments`;
const failureId = (guid: string): string => `sweep-open#api.github.com#31415#${guid}`;
const claim = (deliveryId: string, carrier?: string) =>
  ledger.claim(toClaimRequest(deliveryId, carrier), new AbortController().signal);

/** One of the records on file, by a release so many formats later. */
const later = (stored: Stored, id: string, by: number): Stored => ({
  [id]: asWrittenLater(stored[id] ?? {}, by),
});

describe.each(listReadable('message', MESSAGE_FORMAT))('a message of $what', ({ stored }) => {
  const json = { kind: 'body', format: 'json', body: Buffer.from(PAYLOAD) };
  const bare = { ...ENVELOPE, hookId: null, targetAppId: null };
  it.each([
    { name: 'json', content: json },
    {
      name: 'form',
      envelope: bare,
      content: { ...json, format: 'form', body: Buffer.from('payload=%7B%7D') },
    },
    { name: 'reference', content: { kind: 'reference', logId: '3804004623172239366' } },
    { name: 'replay', content: json, replay: true, redriven: true },
  ])('is read: $name', ({ name, envelope = ENVELOPE, content, replay = false, redriven = false }) => {
    expect(decodeMessage(JSON.stringify(stored[name]))).toEqual({
      kind: 'delivery',
      delivery: { envelope, content, replay, redriven },
    });
  });

  it('is redriven with all that is in it', () => {
    const redriven: unknown = JSON.parse(
      toRedriven(JSON.stringify(stored['json']), { replay: true }) ?? '{}',
    );
    expect(redriven).toEqual({ ...stored['json'], replay: true, redriven: true });
  });
});

it('a message that the next format says otherwise goes back, and is not taken for broken', () => {
  const { gzip: _, ...message } = loadStored('message', MESSAGE_FORMAT.written)['json'] ?? {};
  expect(decodeMessage(JSON.stringify(message))).toEqual({ kind: 'malformed' });
  expect(decodeMessage(JSON.stringify(asWrittenLater(message, 1)))).toMatchObject({ kind: 'unknown_format' });
});

describe.each(listReadable('ledger', LEDGER_FORMAT))('a ledger record of $what', ({ stored }) => {
  beforeEach(() => put(stored));

  it('is read in every state', async () => {
    expect(await claim('claimed')).toEqual({ state: 'busy', until: new Date(NOON + 10_000) });
    expect(await claim('inline')).toMatchObject({ state: 'busy' });
    expect(await claim('done', 'message-2')).toEqual({ state: 'done' });
    expect(await claim('skipped')).toEqual({ state: 'skipped', reason: 'installation_suspended' });
    expect(await claim('given_up')).toEqual({ state: 'given_up', reason: 'handler_gave_up: no such label' });
    expect(await claim('failed')).toMatchObject({ state: 'claimed', attempt: 2, record: { fence: 2 } });
  });

  it('is left as it is where nothing is claimed', async () => {
    for (const deliveryId of ['claimed', 'inline', 'done', 'skipped', 'given_up']) await claim(deliveryId);
    const { [recordId('failed')]: _, ...others } = stored;
    expect(await takeAll(dynamo)).toMatchObject(others);
  });

  it('is claimed once when its lease has ended, and its owner settles nothing any more', async () => {
    nowMs = NOON + 10_000;
    const request = { ...toClaimRequest('claimed'), leaseUntil: new Date(NOON + 20_000) };
    const signal = new AbortController().signal;
    const claims = await Promise.all(Array.from({ length: 10 }, () => ledger.claim(request, signal)));
    expect(claims.filter(({ state }) => state === 'claimed')).toEqual([
      expect.objectContaining({ attempt: 2 }),
    ]);
    const { key } = request;
    const record = toLedgerRecord((stored[recordId('claimed')] ?? {}) as Item);
    const late = { state: 'claimed', key, attempt: 1, record } as const;
    expect(await ledger.settle(late, { state: 'done' }, signal)).toBe('lost');
  });

  it('is written anew whole, in the format of today', async () => {
    const got = await claim('failed');
    if (got.state !== 'claimed') throw new Error(`not claimed: ${got.state}`);
    await ledger.settle(got, { state: 'done' }, new AbortController().signal);
    const { reason: _, ...written } = KNOWN[recordId('failed')] ?? {};
    expect(await get(recordId('failed'))).toEqual({
      ...written,
      state: { S: 'done' },
      fence: { N: '2' },
      nonce: { S: expect.stringMatching(/^nonce-/) },
      attempts: { N: '2' },
    });
  });
});

describe('a claim of an earlier release of format 2, which told the start of a handler after its mint', () => {
  it.each([
    { what: 'died before that, is no attempt, and for anybody', started: false, alone: false, attempt: 1 },
    { what: 'died after it, is one', started: true, alone: true, attempt: 2 },
  ])('whose owner $what', async ({ started, alone, attempt }) => {
    const id = recordId('claimed');
    await put({ [id]: { ...KNOWN[id], started: { BOOL: started } } });
    nowMs = NOON + 10_000;
    const leaseUntil = new Date(NOON + 20_000);
    const request = { ...toClaimRequest('claimed'), leaseUntil, alone };
    expect(await ledger.claim(request, new AbortController().signal)).toMatchObject({
      state: 'claimed',
      attempt,
      record: { started: true },
    });
  });
});

describe('a ledger record that is not read', () => {
  it.each(['claimed', 'done', 'skipped', 'failed', 'given_up'])('is left alone: %s', async (state) => {
    const record = later(KNOWN, recordId(state), 2);
    await put(record);
    nowMs = NOON + 60_000;
    await expect(claim(state, 'message-2')).rejects.toMatchObject({ code: 'ledger_unreadable' });
    expect(await takeAll(dynamo)).toEqual(record);
  });

  it('is answered 503 inline, and nothing runs', async () => {
    const id = `delivery#api.github.com#31415#458#${DELIVERY_ID}#issues`;
    const record = asWrittenLater({ ...KNOWN[recordId('failed')], id: { S: id } }, 2);
    await put({ [id]: record });
    const scene = setScene({ ledger, appId: '31415' });
    const { statusCode, headers, body } = await scene.send();
    expect([statusCode, headers?.['retry-after']]).toEqual([503, '30']);
    expect(JSON.parse(body)).toMatchObject({
      handlers: [{ outcome: 'failed', reason: 'ledger_unreadable' }],
    });
    expect(await get(id)).toEqual(record);
  });

  it('is not written where it came between reading and claiming', async () => {
    const id = recordId('failed');
    await put({ [id]: KNOWN[id] ?? {} });
    const late = later(KNOWN, id, 2);
    let reads = 0;
    dynamo.after = async (operation) => {
      if (operation === 'GetItem' && (reads += 1) === 1) await put(late);
    };
    const claimed = claim('failed').finally(() => (dynamo.after = () => {}));
    await expect(claimed).rejects.toMatchObject({ code: 'ledger_unreadable' });
    expect(reads).toBe(2);
    expect(await takeAll(dynamo)).toEqual(late);
  });
});

describe.each(listReadable('sweep', SWEEP_FORMAT))('the record of a sweep of $what', ({ stored }) => {
  beforeEach(() => put(stored));

  it('is read: position, index and failures', async () => {
    const store = createStore(dynamo);
    expect(await store.readPosition()).toEqual({
      markMs: MARK,
      scan: { startedAtMs: NOON, floorMs: NOON - 25 * MINUTE, cursor: 'v1_2' },
      pausedUntilMs: NOON + MINUTE,
    });
    const { entries, unreadable } = await store.listOpen();
    expect(unreadable).toEqual([]);
    expect(new Set(entries.map(({ guid }) => guid[0]))).toEqual(new Set(['a', 'b', 'c']));
    const started = { attempts: 0, exhausted: false, leaseUntilMs: undefined, version: 1 };
    // Format 1 does not say whose it is.
    const known = stored[failureId(FAILURE.guid)]?.['installationId'] !== undefined;
    const whose = known ? {} : { installationId: null, repositoryId: null };
    expect(await store.read(FAILURE.guid)).toEqual({ ...FAILURE, ...started, ...whose });
    expect(await store.read(CLAIMED.guid)).toMatchObject({ version: 2, leaseUntilMs: NOON + 15 * MINUTE });
    expect(await store.read('c0000000-0000-4000-8000-000000000003')).toMatchObject({
      action: null,
      attempts: 1,
      version: 3,
    });
    expect(await store.read('d0000000-0000-4000-8000-000000000004')).toBe('ended');
    expect(await store.read('e0000000-0000-4000-8000-000000000005')).toBe('ended');
  });

  it('is changed in what changed, and keeps the rest', async () => {
    const store = createStore(dynamo);
    await store.finishScan({ startedAtMs: NOON, floorMs: NOON - 25 * MINUTE });
    const failure = await store.read(FAILURE.guid);
    const claimed = typeof failure === 'object' && (await store.claim(failure, NOON + MINUTE, NEXT));
    if (!claimed) throw new Error('not claimed');
    await store.open([{ ...FAILURE, guid: 'a1' }]);
    const now = { v: { N: String(SWEEP_FORMAT.written) } };
    const { scanStartedAtMs, scanFloorMs, scanCursor, ...position } = stored[POSITION] ?? {};
    expect([scanStartedAtMs, scanFloorMs, scanCursor]).not.toContain(undefined);
    expect(await get(POSITION)).toEqual({ ...position, ...now, markMs: { N: String(NOON) } });
    expect(await get(failureId(FAILURE.guid))).toEqual({
      ...stored[failureId(FAILURE.guid)],
      ...now,
      attempts: { N: '1' },
      askedAtMs: { N: String(NOON) },
      nextAtMs: { N: String(NOON + 10 * MINUTE) },
      version: { N: '2' },
      leaseUntilMs: { N: String(NOON + MINUTE) },
    });
    const index = 'sweep-index#api.github.com#31415#2992247#a';
    expect(await get(index)).toEqual({
      ...stored[index],
      ...now,
      guids: { SS: ['a0000000-0000-4000-8000-000000000001', 'a1'] },
    });
  });

  it('does not give away a failure that is at work', async () => {
    const store = createStore(dynamo);
    const failure = await store.read(CLAIMED.guid);
    if (typeof failure !== 'object') throw new Error(failure);
    expect(await store.claim(failure, NOON + MINUTE, NEXT)).toBeUndefined();
  });
});

describe('a sweep that meets what it does not read', () => {
  let scene: Scene;
  beforeEach(async () => {
    scene = await openScene(dynamo);
  });
  afterEach(() => scene.close());
  const run = () => scene.run({}, { store: createStore(dynamo) });
  const UNREADABLE = 'records of another version are left alone';

  it('leaves a failure alone, says so once, and goes on with the others', async () => {
    const unread = later(SWEPT, failureId(FAILURE.guid), 2);
    await put({ ...SWEPT, ...unread, [POSITION]: withoutPause() });
    scene.deliver(5, { guid: FAILURE.guid });
    const { id } = scene.deliver(5, { guid: 'a2' });
    expect(await run()).toMatchObject({ asked: 1, unreadable: 1, finished: true });
    expect(scene.asked()).toEqual([id]);
    expect(scene.lines(UNREADABLE)).toMatchObject([{ level: 'ERROR', records: [FAILURE.guid] }]);
    expect(await get(failureId(FAILURE.guid))).toEqual(unread[failureId(FAILURE.guid)]);
    expect((await createStore(dynamo).listOpen()).entries).toContainEqual(
      expect.objectContaining({ guid: FAILURE.guid }),
    );
  });

  it('does not take a state that it does not know for an end', async () => {
    const id = failureId(FAILURE.guid);
    const parked = { ...later(SWEPT, id, 1)[id], state: { S: 'parked' } };
    await put({ ...SWEPT, [id]: parked, [POSITION]: withoutPause() });
    expect(await run()).toMatchObject({ unreadable: 1 });
    expect(await get(id)).toEqual(parked);
    expect((await createStore(dynamo).listOpen()).entries).toContainEqual(
      expect.objectContaining({ guid: FAILURE.guid }),
    );
  });

  it('moves no mark in a position, and whoever reads it next finds the failure', async () => {
    const position = asWrittenLater(withoutPause(), 2);
    await put({ [POSITION]: position });
    const { id } = scene.deliver(5, { guid: 'a3' });
    await expect(run()).rejects.toMatchObject({ code: 'ledger_unreadable' });
    expect(scene.lines('sweep')).toMatchObject([
      { level: 'ERROR', finished: false, error: { code: 'ledger_unreadable' } },
    ]);
    expect(await takeAll(dynamo)).toEqual({ [POSITION]: position });
    await put({ [POSITION]: withoutPause() });
    expect(await run()).toMatchObject({ asked: 1, finished: true });
    expect(scene.asked()).toEqual([id]);
  });

  it('says so where the position was taken over while it ran', async () => {
    const store = createStore(dynamo);
    await put({ [POSITION]: asWrittenLater(withoutPause(), 2) });
    expect(await store.open([FAILURE])).toMatchObject({ unreadable: [POSITION] });
  });

  /** The position on file, with no rate limit and no scan under way. */
  function withoutPause() {
    const { id, v, expiresAt, markMs, buckets } = SWEPT[POSITION] ?? {};
    return { id, v, expiresAt, markMs, buckets };
  }
});
