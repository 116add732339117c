/** The steps of docs/operations.md, taken against the built functions and the stand-ins, in both shapes. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteItemCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import { createSecretReader } from '../../lib/aws/secrets-manager.ts';
import { createLog } from '../../lib/log/log.ts';
import { createSecretCache } from '../../lib/secrets/secret-cache.ts';
import { createWebhookSecrets } from '../../lib/secrets/webhook-secrets.ts';
import { createAppKey } from '../../local/github/app-key.ts';
import { createLedgerTable } from '../../local/aws/dynamodb.ts';
import { createSecretsManager } from '../../local/aws/secrets-manager.ts';
import { LEDGER_TABLE } from '../../local/server/stand-ins.ts';
import { loadFixture } from '../harness/deliver.ts';
import { setScene } from '../webhook/intake-scene.ts';
import { deploy, type Delivered, type Deployment, type Shape } from './deployment.ts';

const OLD = 'the first webhook secret';
const NEW = 'the second webhook secret';
const oldKey = createAppKey();
const newKey = createAppKey();
const firstIssue = loadFixture('issues-opened-first-time');
const pullRequest = loadFixture('pull-request-opened');

async function fillSecrets(app: Deployment): Promise<void> {
  await app.put('webhook-secret', OLD);
  await app.put('private-key', oldKey.privateKeyPem);
  await app.coldStart();
}

describe.each<{ shape: Shape; taken: number }>([
  { shape: 'inline', taken: 200 },
  { shape: 'queued', taken: 202 },
])('$shape', ({ shape, taken }) => {
  let app: Deployment;
  beforeEach(async () => {
    app = await deploy(shape, { privateKey: oldKey });
  });
  afterEach(() => app.close());

  /** Deliveries without end, each of which needs a token that nobody has. */
  const startTraffic = () => {
    const sent: Promise<Delivered>[] = [];
    const stopped = new AbortController();
    const loop = (async () => {
      while (!stopped.signal.aborted) sent.push(app.deliver(await app.openIssue()));
    })();
    return {
      /** Some more have been sent, and answered or not. */
      async goesOn() {
        const goal = sent.length + 4;
        while (sent.length < goal) await sleep(5);
      },
      async stop() {
        stopped.abort();
        await loop;
        return Promise.all(sent);
      },
    };
  };
  const handled = { status: taken, outcomes: { 'issues.opened': 'handled' } };
  const notHandled = (deliveries: readonly Delivered[]) =>
    deliveries.filter(({ status, outcomes }) => status !== taken || outcomes['issues.opened'] !== 'handled');

  /** The queue would try them again. */
  const failures = () => app.lines().filter(({ outcome }) => outcome === 'failed');

  describe('the first deployment', () => {
    it('takes deliveries once both secrets have a value, and not before', async () => {
      expect(await app.deliver(loadFixture('ping'))).toMatchObject({ status: 503 });
      await expect(app.sweep()).rejects.toThrow('PRIVATE_KEY_SECRET_ID');

      await fillSecrets(app);
      expect(await app.deliver(loadFixture('ping'))).toMatchObject({ status: 202 });
      expect(await app.deliver(firstIssue)).toMatchObject(handled);
      expect(await app.sweep()).toMatchObject({ finished: true });
    });
  });

  describe('a new webhook secret, put first and entered at GitHub then', () => {
    beforeEach(() => fillSecrets(app));

    it('loses nothing of what comes before, between and after, warm or cold', async () => {
      const traffic = startTraffic();
      await traffic.goesOn();
      await app.put('webhook-secret', NEW);
      await traffic.goesOn();
      app.settings.webhookSecret = NEW;
      await traffic.goesOn();
      expect(notHandled(await traffic.stop())).toEqual([]);
      expect(failures()).toEqual([]);

      await app.coldStart();
      expect(await app.deliver(firstIssue)).toMatchObject(handled);
      const late = await app.deliver(await app.openIssue(), { secret: OLD });
      expect(late).toMatchObject(handled);
      expect(app.lines().filter(({ message }) => message === 'rejected')).toEqual([]);
    });
  });

  it('a webhook secret that is at GitHub first is refused, and the sweep brings back what was', async () => {
    await fillSecrets(app);
    app.settings.webhookSecret = NEW;
    const refused = await app.deliver(firstIssue, { at: new Date(Date.now() - 5 * 60_000) });
    expect(refused).toMatchObject({ status: 401, outcomes: {} });
    await app.put('webhook-secret', NEW);
    await app.coldStart();
    expect(await app.sweep()).toMatchObject({ asked: 1 });
    await app.github.deliveries.settled();
    expect(await app.github.seen.comments('octo-org/widgets', 14)).toHaveLength(1);
  });

  it('a new private key, added at GitHub, put, the old one deleted: no delivery fails', async () => {
    await fillSecrets(app);
    const traffic = startTraffic();
    await traffic.goesOn();
    app.github.registerKey(newKey.publicKey);
    await traffic.goesOn();
    await app.put('private-key', newKey.privateKeyPem);
    await traffic.goesOn();
    // Warm processes still sign with the old one, which is refused from here on.
    app.github.removeKey(oldKey.publicKey);
    await traffic.goesOn();
    expect(notHandled(await traffic.stop())).toEqual([]);
    expect(failures()).toEqual([]);
    const refusals = app.lines().filter(({ message }) => message === 'GitHub refused the JWT of the App');
    expect(refusals.length).toBeGreaterThan(0);

    await app.coldStart();
    expect(await app.deliver(await app.openIssue())).toMatchObject(handled);
    expect(await app.sweep()).toMatchObject({ finished: true });
  });

  it('a private key in a list before the one that GitHub knows does no harm', async () => {
    await fillSecrets(app);
    await app.put(
      'private-key',
      JSON.stringify({ privateKey: [newKey.privateKeyPem, oldKey.privateKeyPem] }),
    );
    await app.coldStart();
    expect(await app.deliver(firstIssue)).toMatchObject(handled);
  });

  it('a permission that is not accepted skips its handler alone; a redelivery after it runs that', async () => {
    await fillSecrets(app);
    app.github.grant(51230417, { issues: 'write', metadata: 'read', pull_requests: 'read' });
    const at = new Date(Date.now() - 5 * 60_000);
    const { id, status, outcomes } = await app.deliver(pullRequest, { at });
    expect(status).toBe(taken);
    expect(outcomes).toEqual({
      'pull-request-title': 'skipped: permission_not_granted: checks=write',
      'pull-request-size': 'handled',
    });
    // GitHub was answered well: nobody else brings it again.
    expect(await app.sweep()).toMatchObject({ asked: 0, open: 0 });

    app.github.grant(51230417, { checks: 'write', issues: 'write', metadata: 'read', pull_requests: 'read' });
    const again = await app.deliver(pullRequest, { id });
    expect(again.outcomes).toEqual({ 'pull-request-title': 'handled', 'pull-request-size': 'duplicate' });
  });

  it('what is done is a duplicate until its record is deleted', async () => {
    await fillSecrets(app);
    const { id } = await app.deliver(firstIssue);
    const outcome = async () => (await app.deliver(firstIssue, { id })).outcomes['issues.opened'];
    expect(await outcome()).toBe('duplicate');
    const { host } = new URL(app.github.url);
    const key = `delivery#${host}#31415#427364001#${id}#issues.opened`;
    await app.dynamodb.send(new DeleteItemCommand({ TableName: LEDGER_TABLE, Key: { id: { S: key } } }));
    expect(await outcome()).toBe('handled');
  });

  it('what was done before a table was restored stays done in the restored one, and the rest is run again', async () => {
    await fillSecrets(app);
    const before = await app.deliver(await app.openIssue());
    const restored = 'ledger-restored';
    await createLedgerTable(app.dynamodbUrl, restored);
    const { Items: records = [] } = await app.dynamodb.send(new ScanCommand({ TableName: LEDGER_TABLE }));
    for (const Item of records) await app.dynamodb.send(new PutItemCommand({ TableName: restored, Item }));
    const after = await app.deliver(firstIssue);

    // As `ledgerTableName` and a deployment do it.
    await app.coldStart({ LEDGER_TABLE: restored });
    const outcomeOf = async (id: string) => (await app.deliver(firstIssue, { id })).outcomes['issues.opened'];
    expect(await outcomeOf(before.id)).toBe('duplicate');
    expect(await outcomeOf(after.id)).toBe('handled');
  });
});

describe('a new webhook secret', () => {
  const HANDLED = { status: 200, outcomes: { 'issues.opened': 'handled' } };
  let app: Deployment;
  beforeEach(async () => {
    app = await deploy('inline', { privateKey: oldKey });
    await fillSecrets(app);
  });
  afterEach(() => app.close());

  it('may be put again under the same token', async () => {
    const token = randomUUID();
    await app.put('webhook-secret', NEW, { token });
    await app.put('webhook-secret', NEW, { token });
    await app.coldStart();
    expect(await app.deliver(firstIssue, { secret: OLD })).toMatchObject(HANDLED);
  });

  it('shuts the old one out when it is put twice; the old one and then the new one mends that', async () => {
    await app.put('webhook-secret', NEW);
    await app.put('webhook-secret', NEW);
    await app.coldStart();
    expect(await app.deliver(firstIssue, { secret: OLD })).toMatchObject({ status: 401 });
    await app.put('webhook-secret', OLD);
    await app.put('webhook-secret', NEW);
    await app.coldStart();
    expect(await app.deliver(firstIssue, { secret: OLD })).toMatchObject(HANDLED);
    expect(await app.deliver(await app.openIssue(), { secret: NEW })).toMatchObject(HANDLED);
  });

  it('works beside the old one for as long as both stand in a list', async () => {
    const both = JSON.stringify({ webhookSecret: [NEW, OLD] });
    await app.put('webhook-secret', both);
    await app.put('webhook-secret', both);
    await app.coldStart();
    for (const secret of [OLD, NEW])
      expect(await app.deliver(await app.openIssue(), { secret })).toMatchObject(HANDLED);
  });
});

it('a warm process that a stranger made ask takes a new webhook secret half a minute after the put', async () => {
  let clockMs = Date.parse('2026-11-22T12:00:00Z');
  const now = () => clockMs;
  const service = await createSecretsManager({ now });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new SecretsManagerClient({ endpoint: service.url, region: 'eu-central-1', credentials });
  const log = createLog({ level: 'error', write: () => {}, now });
  const cache = createSecretCache({
    readSecret: createSecretReader(client),
    rotating: new Set(['secret']),
    clock: { ...SYSTEM_CLOCK, now },
    log,
  });
  const scene = setScene({ secrets: createWebhookSecrets({ cache, secretId: 'secret', now, log }), now });
  const statusWith = async (secret: string) => (await scene.send({ secret })).statusCode;
  service.put('secret', OLD);

  expect(await statusWith('a guess')).toBe(401);
  service.put('secret', NEW);
  expect(await statusWith(NEW)).toBe(401);
  for (let second = 0; second < 30; second += 1) {
    clockMs += 1_000;
    await statusWith('a guess');
  }
  expect(await statusWith(NEW)).toBe(200);
  expect(await statusWith(OLD)).toBe(200);
  client.destroy();
  await service.close();
});
