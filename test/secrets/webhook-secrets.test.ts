/** Webhook secrets as deliveries meet them: the real client of Secrets Manager against its stand-in, behind an intake. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import { createSecretReader } from '../../lib/aws/secrets-manager.ts';
import { createLog } from '../../lib/log/log.ts';
import { createSecretCache } from '../../lib/secrets/secret-cache.ts';
import { createWebhookSecrets } from '../../lib/secrets/webhook-secrets.ts';
import { createSecretsManager, type SecretsManager } from '../../local/aws/secrets-manager.ts';
import { type Scene, setScene } from '../webhook/intake-scene.ts';

const ID = 'hookmint/webhook-secret';
const NOW = Date.parse('2026-11-22T12:00:00Z');
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

let clockMs: number;
let service: SecretsManager;
let client: SecretsManagerClient;
let scene: Scene;
let written: string[];

beforeEach(async () => {
  clockMs = NOW;
  written = [];
  const now = () => clockMs;
  service = await createSecretsManager({ now });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  client = new SecretsManagerClient({ endpoint: service.url, region: 'eu-central-1', credentials });
  const log = createLog({ level: 'debug', write: (line) => void written.push(line), now });
  const cache = createSecretCache({
    readSecret: createSecretReader(client),
    rotating: new Set([ID]),
    clock: { ...SYSTEM_CLOCK, now },
    log,
  });
  scene = setScene({ secrets: createWebhookSecrets({ cache, secretId: ID, now, log }), now });
});
afterEach(async () => {
  client.destroy();
  await service.close();
});

/** The status that a delivery signed with this secret gets. */
const statusWith = async (secret: string): Promise<number> => (await scene.send({ secret })).statusCode;
const forge = (): Promise<number> => statusWith('a guess');

describe('no usable secret is a 503 and lets nothing in', () => {
  it.each([
    { name: 'a line feed', value: '\n' },
    { name: 'blanks', value: '   ' },
    { name: 'a tab and line breaks', value: '\t\r\n\r\n' },
    { name: 'a blank that does not break', value: '\u00A0' },
    { name: 'an empty object', value: '{}' },
    { name: 'an object without the field', value: '{"secret":"x"}' },
    { name: 'an empty text in JSON', value: '{"webhookSecret":""}' },
    { name: 'a blank text in JSON', value: '{"webhookSecret":" \\n"}' },
    { name: 'null in JSON', value: '{"webhookSecret":null}' },
    { name: 'a number in JSON', value: '{"webhookSecret":42}' },
    { name: 'an object in JSON', value: '{"webhookSecret":{"0":"x"}}' },
    { name: 'an empty list', value: '{"webhookSecret":[]}' },
    { name: 'a list of nothing', value: '{"webhookSecret":["",null," ",0,["x"]]}' },
  ])('with $name', async ({ value }) => {
    service.put(ID, value);
    for (const guess of ['', ' ', '\n', value, 'undefined', 'null', '42', 'x', '[object Object]']) {
      const result = await scene.send({ secret: guess });
      expect(result.statusCode).toBe(503);
      expect(JSON.parse(result.body)).toEqual({
        outcome: 'failed',
        reason: 'webhook_secret_unusable',
        handlers: [],
      });
      expect(result.headers?.['retry-after']).toBe('30');
    }
  });

  it.each([
    { name: 'a secret that does not exist', prepare: () => {} },
    { name: 'a secret that never had a value', prepare: () => service.createEmpty(ID) },
  ])('with $name', async ({ prepare }) => {
    prepare();
    expect(await statusWith('')).toBe(503);
    expect(await statusWith('undefined')).toBe(503);
  });

  it.each([
    { value: ' ', reason: 'it is blank' },
    { value: '{"webhookSecret":["",null]}', reason: 'it is blank' },
    { value: '{"secret":"marker-of-the-secret"}', reason: 'it is JSON without `webhookSecret`' },
    { value: '{"webhookSecret":{"marker":1}}', reason: '`webhookSecret` in its JSON holds no text' },
    { value: undefined, reason: 'there is no value' },
  ])('and says in the log why, but not what it holds: $reason', async ({ value, reason }) => {
    if (value === undefined) service.createEmpty(ID);
    else service.put(ID, value);
    await forge();
    const lines = written.map((line): unknown => JSON.parse(line));
    expect(lines).toContainEqual(expect.objectContaining({ code: 'webhook_secret_unusable', reason }));
    expect(written.join('\n') + scene.text()).not.toContain('marker');
  });

  it('and a delivery is taken half a minute after one was put, as Retry-After promises', async () => {
    service.createEmpty(ID);
    expect(await statusWith('new')).toBe(503);
    service.put(ID, 'new');
    clockMs += 31 * SECOND;
    expect(await statusWith('new')).toBe(200);
  });

  it('and Secrets Manager is asked anew at once, but once in 30 seconds, however many come', async () => {
    service.createEmpty(ID);
    for (let round = 0; round < 10; round += 1) {
      const statuses = await Promise.all(Array.from({ length: 100 }, forge));
      expect(new Set(statuses)).toEqual(new Set([503]));
      clockMs += 2.9 * SECOND;
    }
    expect(service.calls).toHaveLength(3);
    clockMs += SECOND;
    expect(await forge()).toBe(503);
    expect(service.calls).toHaveLength(5);
  });

  it('and a delivery is taken at once where it was mended while the old value was in the cache', async () => {
    service.put(ID, ' ');
    expect(await statusWith('new')).toBe(503);
    clockMs += 4 * MINUTE;
    service.put(ID, 'new');
    expect(await statusWith('new')).toBe(200);
  });
});

describe('a value of Secrets Manager', () => {
  it.each([
    { name: 'is the secret itself', value: 's3cret', secrets: ['s3cret'] },
    { name: 'may end in a line feed', value: 's3cret\n', secrets: ['s3cret'] },
    { name: 'may end in several line breaks', value: 's3cret\r\n\n', secrets: ['s3cret'] },
    { name: 'may begin and end in blanks that count', value: ' s3cret ', secrets: [' s3cret '] },
    { name: 'may be no ASCII', value: 'Geheimnis – 🔑', secrets: ['Geheimnis – 🔑'] },
    { name: 'may look like JSON and be none', value: '{s3cret}', secrets: ['{s3cret}'] },
    { name: 'may look like a list', value: '["s3cret"]', secrets: ['["s3cret"]'] },
    { name: 'may be JSON that names it', value: '{"webhookSecret":"s3cret"}', secrets: ['s3cret'] },
    { name: 'may be JSON after blanks', value: ' \n{"webhookSecret":"s3cret\\n"}\n', secrets: ['s3cret'] },
    { name: 'may be JSON with more in it', value: '{"privateKey":"p","webhookSecret":"s"}', secrets: ['s'] },
    { name: 'may be JSON with a list', value: '{"webhookSecret":["new","old"]}', secrets: ['new', 'old'] },
    {
      name: 'may be a list with blanks among it',
      value: '{"webhookSecret":["","new",null]}',
      secrets: ['new'],
    },
  ])('$name', async ({ value, secrets }) => {
    service.put(ID, value);
    for (const secret of secrets) expect(await statusWith(secret)).toBe(200);
    for (const guess of ['', value, `${value} `].filter(
      (text) => !secrets.includes(text.replace(/[\r\n]+$/, '')),
    )) {
      expect(await statusWith(guess)).toBe(401);
    }
  });
});

describe('rotation', () => {
  it('takes the first delivery that is signed with the new secret', async () => {
    service.put(ID, 'old');
    expect(await statusWith('old')).toBe(200);
    clockMs += MINUTE;
    service.put(ID, 'new');
    expect(await statusWith('new')).toBe(200);
  });

  it('takes all of a hundred deliveries that come at once, signed with the new secret', async () => {
    service.put(ID, 'old');
    expect(await statusWith('old')).toBe(200);
    clockMs += MINUTE;
    service.put(ID, 'new');
    const statuses = await Promise.all(Array.from({ length: 100 }, () => statusWith('new')));
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  it('takes the old secret for 24 hours after the new one was put, and then no more', async () => {
    service.put(ID, 'old');
    clockMs += HOUR;
    service.put(ID, 'new');
    for (const hours of [0, 1, 12, 23.99]) {
      clockMs = NOW + HOUR + hours * HOUR;
      expect(await statusWith('old')).toBe(200);
      expect(await statusWith('new')).toBe(200);
    }
    clockMs = NOW + 25 * HOUR;
    expect(await statusWith('old')).toBe(401);
    expect(await statusWith('new')).toBe(200);
  });

  it('ends at 24 hours although the old secret is in the cache', async () => {
    service.put(ID, 'old');
    service.put(ID, 'new', { createdAt: new Date(NOW) });
    clockMs = NOW + 24 * HOUR - MINUTE;
    expect(await statusWith('old')).toBe(200);
    service.faults.next('internal', 100);
    clockMs = NOW + 24 * HOUR;
    expect(await statusWith('old')).toBe(401);
  });

  it('does not read what is too old to matter', async () => {
    service.put(ID, 'old', { createdAt: new Date(NOW - 90 * 24 * HOUR) });
    service.put(ID, 'new', { createdAt: new Date(NOW - 25 * HOUR) });
    expect(await statusWith('old')).toBe(401);
    expect(service.calls.map(({ stage }) => stage)).not.toContain('AWSPREVIOUS');
  });

  it('is not needed: a secret without a previous version is fine', async () => {
    service.put(ID, 'only');
    expect(await statusWith('only')).toBe(200);
    expect(service.calls.map(({ stage }) => stage)).toEqual(['AWSCURRENT']);
  });

  it('may be ended early', async () => {
    service.put(ID, 'leaked');
    service.put(ID, 'new');
    expect(await statusWith('leaked')).toBe(200);
    service.dropPrevious(ID);
    clockMs += 5 * SECOND;
    expect(await statusWith('leaked')).toBe(401);
    expect(await statusWith('new')).toBe(200);
  });

  it('may be ended early, and is refused after five minutes by a process that had not noticed', async () => {
    service.put(ID, 'leaked');
    expect(await statusWith('leaked')).toBe(200);
    service.put(ID, 'new');
    service.dropPrevious(ID);
    clockMs += 5 * MINUTE;
    expect(await statusWith('leaked')).toBe(401);
  });

  it('lets whoever holds the old secret cost one reading more in 5 seconds', async () => {
    service.put(ID, 'leaked');
    service.put(ID, 'new');
    await statusWith('leaked');
    const before = service.calls.length;
    for (let second = 0; second < 10; second += 1) {
      clockMs += SECOND;
      await Promise.all(Array.from({ length: 10 }, () => statusWith('leaked')));
    }
    // Two readings: the current version, the pending one and the previous one.
    expect(service.calls.length - before).toBe(6);
  });

  it('goes on with the old secret while the new one is blank', async () => {
    service.put(ID, 'old');
    service.put(ID, '\n');
    expect(await statusWith('old')).toBe(200);
    expect(await statusWith('')).toBe(401);
    clockMs += 24 * HOUR;
    expect(await statusWith('old')).toBe(503);
  });

  it('goes on with the new secret where the previous one cannot be read', async () => {
    service.put(ID, 'old');
    service.put(ID, 'new');
    service.faults.next({ delayMs: 0 });
    service.faults.next('access-denied', 3);
    expect(await statusWith('new')).toBe(200);
  });
});

describe('forged deliveries', () => {
  it('cost one reading more in 30 seconds, a thousand of them', async () => {
    service.put(ID, 's3cret');
    await statusWith('s3cret');
    const before = service.calls.length;
    for (let round = 0; round < 10; round += 1) {
      const statuses = await Promise.all(Array.from({ length: 100 }, forge));
      expect(new Set(statuses)).toEqual(new Set([401]));
      clockMs += 2.9 * SECOND;
    }
    // One reading: the current version, the pending one and the previous one.
    expect(service.calls.length - before).toBe(3);
    clockMs += SECOND;
    expect(await forge()).toBe(401);
    expect(service.calls.length - before).toBe(6);
  });

  it('do not keep a good one out', async () => {
    service.put(ID, 's3cret');
    const [first, second, good] = await Promise.all([forge(), forge(), statusWith('s3cret')]);
    expect([first, second, good]).toEqual([401, 401, 200]);
  });
});
