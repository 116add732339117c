import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSecretReader, createSecretsClient } from '../../lib/aws/secrets-manager.ts';
import type { ReadSecret } from '../../lib/secrets/secret-cache.ts';
import { createSecretsManager, type SecretsManager } from '../../local/aws/secrets-manager.ts';
import { toCallDeps } from '../harness/aws-calls.ts';

const ID = 'hookmint/webhook-secret';
const patient = (): AbortSignal => new AbortController().signal;

let service: SecretsManager;
let client: SecretsManagerClient;
let read: ReadSecret;

beforeEach(async () => {
  service = await createSecretsManager();
  client = createSecretsClient(toCallDeps(service.url));
  read = createSecretReader(client);
});
afterEach(async () => {
  client.destroy();
  await service.close();
});

describe('reads as undefined', () => {
  it('a secret that does not exist', async () => {
    expect(await read(ID, 'current', patient())).toBeUndefined();
  });

  it('a secret without any value', async () => {
    service.createEmpty(ID);
    expect(await read(ID, 'current', patient())).toBeUndefined();
  });

  it('a stage that no version has', async () => {
    service.put(ID, 'one');
    expect(await read(ID, 'previous', patient())).toBeUndefined();
  });
});

describe('throws', () => {
  beforeEach(() => service.put(ID, 'one'));

  it.each([
    { fault: 'access-denied', error: 'AccessDeniedException' },
    { fault: 'throttling', error: 'ThrottlingException' },
    { fault: 'internal', error: 'InternalServiceError' },
  ] as const)('when the service goes on with $fault', async ({ fault, error }) => {
    service.faults.next(fault, 10);
    await expect(read(ID, 'current', patient())).rejects.toMatchObject({ name: error });
  });

  it('as soon as its signal aborts, when the service stays silent', async () => {
    service.faults.next('silence');
    const asked = service.calls.length;
    const impatient = new AbortController();
    const refused = read(ID, 'current', impatient.signal).catch((error: unknown) => error);
    await expect.poll(() => service.calls.length).toBeGreaterThan(asked);
    impatient.abort();
    expect(await refused).toMatchObject({ name: 'AbortError' });
  });
});

describe('reads', () => {
  const createdAt = new Date('2026-11-22T12:00:00Z');

  it('the version of a stage, with its creation date', async () => {
    service.put(ID, 'one', { createdAt: new Date('2026-11-01T00:00:00Z') });
    service.put(ID, 'zwei – 🚀\n', { createdAt });
    expect(await read(ID, 'current', patient())).toEqual({ text: 'zwei – 🚀\n', createdAt });
    expect(await read(ID, 'previous', patient())).toEqual({
      text: 'one',
      createdAt: new Date('2026-11-01T00:00:00Z'),
    });
  });

  it('a secret by its ARN', async () => {
    service.put(ID, 'one', { createdAt });
    const arn = `arn:aws:secretsmanager:us-east-1:123456789012:secret:${ID}-AbCdEf`;
    expect(await read(arn, 'current', patient())).toEqual({ text: 'one', createdAt });
  });

  it.each(['throttling', 'internal', 'reset'] as const)('through one %s', async (fault) => {
    service.put(ID, 'one', { createdAt });
    service.faults.next(fault);
    expect(await read(ID, 'current', patient())).toEqual({ text: 'one', createdAt });
  });
});
