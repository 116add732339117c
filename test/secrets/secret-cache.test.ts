import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSecretReader } from '../../lib/aws/secrets-manager.ts';
import { createLog } from '../../lib/log/log.ts';
import { createSecretCache, type SecretCache } from '../../lib/secrets/secret-cache.ts';
import { createManualClock, type ManualClock } from '../harness/clock.ts';
import { createSecretsManager, type SecretsManager } from '../../local/aws/secrets-manager.ts';

const ID = 'hookmint/private-key';
const NOW = Date.parse('2026-11-22T12:00:00Z');
const SECOND = 1_000;
const MINUTE = 60 * SECOND;

let clock: ManualClock;
let service: SecretsManager;
let client: SecretsManagerClient;
let cache: SecretCache;
let written: string[];

beforeEach(async () => {
  clock = createManualClock(NOW);
  written = [];
  const now = () => clock.now();
  service = await createSecretsManager({ now });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  client = new SecretsManagerClient({ endpoint: service.url, region: 'eu-central-1', credentials });
  const log = createLog({ level: 'debug', write: (line) => void written.push(line), now });
  cache = createSecretCache({ readSecret: createSecretReader(client), clock, log });
});
afterEach(async () => {
  client.destroy();
  await service.close();
});

const patient = (): AbortSignal => new AbortController().signal;
const textOf = async (id = ID): Promise<string | undefined> =>
  (await cache.read(id, patient())).current?.text;

/** What came of it, a failure included. */
const settled = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);

describe('cold, when Secrets Manager fails', () => {
  beforeEach(() => service.put(ID, 'one'));

  it.each(['throttling', 'internal', 'access-denied', 'reset'] as const)(
    'with %s for good: secrets_unavailable',
    async (fault) => {
      service.faults.next(fault, 20);
      await expect(textOf()).rejects.toMatchObject({ code: 'secrets_unavailable', disposition: 502 });
    },
  );

  it('once: the failure is not kept', async () => {
    service.faults.next('access-denied');
    await expect(textOf()).rejects.toMatchObject({ code: 'secrets_unavailable' });
    expect(await textOf()).toBe('one');
  });

  it('by staying silent: secrets_unavailable when the time is up, and the next call is served', async () => {
    service.faults.next('silence');
    const time = new AbortController();
    const reading = settled(cache.read(ID, time.signal));
    await expect.poll(() => service.calls.length).toBe(1);
    time.abort();
    expect(await reading).toMatchObject({ code: 'secrets_unavailable' });
    expect(await textOf()).toBe('one');
  });

  it('by staying silent: gives up by itself after four seconds', async () => {
    service.faults.next('silence');
    const reading = settled(textOf());
    await clock.pass(4 * SECOND);
    expect(await reading).toMatchObject({ code: 'secrets_unavailable' });
    expect(clock.waiting).toBe(0);
  });

  it('with a fault that names neither value nor credentials', async () => {
    service.faults.next('access-denied', 3);
    await expect(textOf()).rejects.toMatchObject({
      message: expect.not.stringMatching(/one|local/),
      cause: { name: 'AccessDeniedException' },
    });
  });
});

describe('warm, when Secrets Manager fails', () => {
  beforeEach(async () => {
    service.put(ID, 'one');
    await textOf();
    await clock.advance(6 * MINUTE);
  });

  it.each(['throttling', 'internal', 'access-denied', 'reset', 'silence'] as const)(
    'with %s for good, the old value is served after 1.5 seconds, and the store left alone for 10',
    async (fault) => {
      service.faults.next(fault, 50);
      const reading = textOf();
      await clock.pass(1.5 * SECOND);
      expect(await reading).toBe('one');
      const calls = service.calls.length;
      await clock.advance(9 * SECOND);
      expect(await textOf()).toBe('one');
      expect(service.calls).toHaveLength(calls);
      expect(written.join()).toContain('secret not refreshed');
    },
  );

  it('and comes back, the new value is found', async () => {
    service.faults.next('access-denied', 3);
    expect(await textOf()).toBe('one');
    service.put(ID, 'two');
    await clock.advance(11 * SECOND);
    while (service.calls.length < 20 && (await textOf()) === 'one') await clock.advance(11 * SECOND);
    expect(await textOf()).toBe('two');
  });
});

describe('a value', () => {
  beforeEach(() => service.put(ID, 'one'));

  it('is kept for 5 minutes, and asked for anew then', async () => {
    expect(await textOf()).toBe('one');
    service.put(ID, 'two');
    const calls = service.calls.length;
    await clock.advance(5 * MINUTE - 1);
    expect(await textOf()).toBe('one');
    expect(service.calls).toHaveLength(calls);
    await clock.advance(1);
    expect(await textOf()).toBe('two');
  });

  it('is asked for once by a hundred who want it at the same time', async () => {
    service.faults.next({ delayMs: 50 });
    const texts = await Promise.all(Array.from({ length: 100 }, () => textOf()));
    expect(new Set(texts)).toEqual(new Set(['one']));
    expect(service.calls.map(({ stage }) => stage)).toEqual(['AWSCURRENT']);
  });

  it('is kept by its id', async () => {
    service.put('other', 'another');
    expect(await Promise.all([textOf(), textOf('other'), textOf()])).toEqual(['one', 'another', 'one']);
  });

  it('that was asked for anew is not asked for again within 30 seconds', async () => {
    await textOf();
    const refresh = async () => (await cache.refresh(ID, patient())).current?.text;
    service.put(ID, 'two');
    expect(await refresh()).toBe('two');
    service.put(ID, 'three');
    await clock.advance(29_999);
    expect(await refresh()).toBe('two');
    await clock.advance(1);
    expect(await refresh()).toBe('three');
  });
});

describe('who stops waiting', () => {
  beforeEach(() => service.put(ID, 'one'));

  it('leaves the others their answer', async () => {
    service.faults.next({ delayMs: 100 });
    const time = new AbortController();
    const impatient = settled(cache.read(ID, time.signal));
    const other = textOf();
    time.abort();
    expect(await impatient).toMatchObject({ code: 'secrets_unavailable' });
    expect(await other).toBe('one');
  });

  it('as the last one ends the call, so that nothing of it lingers', async () => {
    service.faults.next('silence');
    const time = new AbortController();
    const reading = settled(cache.read(ID, time.signal));
    await expect.poll(() => service.calls.length).toBe(1);
    time.abort();
    await reading;
    await expect.poll(() => clock.waiting).toBe(0);
    expect(await textOf()).toBe('one');
  });

  it('before it began is told at once, and asks for nothing', async () => {
    await expect(cache.read(ID, AbortSignal.abort())).rejects.toMatchObject({ code: 'secrets_unavailable' });
    expect(service.calls).toEqual([]);
  });
});
