/** `npm start -- --kms`: the private key is in the stand-in for KMS, and in no secret that a function could read. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFixture, toSignedRequest } from '../../local/fixtures/fixtures.ts';
import { readWebhookSecret } from '../../local/server/webhook-secret.ts';
import { type Scene, startScene } from '../console/scene.ts';

describe.each([
  { shape: 'inline', queued: false },
  { shape: 'queued', queued: true },
])('npm start -- --kms, $shape', ({ queued }) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await startScene({ queued, kms: true });
  });
  afterAll(() => scene.close());

  it('says where the key is, and handles the recorded deliveries with what KMS signs', () => {
    expect(scene.output()).toMatch(/private key +http:\/\/127\.0\.0\.1:\d+ \(stand-in for KMS\)/);
    expect(scene.output()).toContain('token minted');
    expect(scene.output()).not.toMatch(/kms_\w+|private_key_unusable|jwt_refused/);
    const statuses = scene.journal.all().map(({ exchange }) => exchange?.status ?? 0);
    expect(statuses).toContain(queued ? 202 : 200);
    expect(statuses.filter((status) => status >= 500)).toEqual([]);
  });

  it('handles a delivery that comes from outside', async () => {
    const fixture = await readFixture(join(scene.folder, 'functions/fixtures/issues-opened-first-time.json'));
    const secret = (await readWebhookSecret(scene.folder)) ?? '';
    const request = toSignedRequest(fixture, { secret, id: randomUUID() });
    const response = await fetch(scene.url, { method: 'POST', ...request });
    expect([response.status, await response.json()]).toMatchObject(
      queued ? [202, { outcome: 'queued' }] : [200, { outcome: 'handled' }],
    );
  });
});
