import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSecretsManager, type SecretsManager } from '../../local/aws/secrets-manager.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');

let service: SecretsManager;
let client: SecretsManagerClient;

beforeEach(async () => {
  service = await createSecretsManager({ now: () => NOW });
  client = clientOf(service);
});
afterEach(async () => {
  client.destroy();
  await service.close();
});

function clientOf({ url }: SecretsManager, maxAttempts = 1): SecretsManagerClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return new SecretsManagerClient({ endpoint: url, region: 'us-east-1', credentials, maxAttempts });
}

const read = (SecretId: string, VersionStage?: string) =>
  client.send(new GetSecretValueCommand({ SecretId, ...(VersionStage !== undefined && { VersionStage }) }));

describe('refuses', () => {
  it('a secret that does not exist', async () => {
    await expect(read('nothing')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret.",
    });
  });

  it('a secret that was made without a value', async () => {
    service.createEmpty('webhook');
    await expect(read('webhook')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
    });
  });

  it('a previous value before there was a second one', async () => {
    service.put('webhook', 'one');
    await expect(read('webhook', 'AWSPREVIOUS')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret value for staging label: AWSPREVIOUS",
    });
  });

  it('a value over 65,536 bytes, and takes one of exactly that', async () => {
    service.put('webhook', 'x'.repeat(65_536));
    expect(() => service.put('webhook', 'x'.repeat(65_537))).toThrow('between 1 and 65536 bytes');
  });

  it('a name with other characters than the service allows', async () => {
    await expect(
      client.send(new CreateSecretCommand({ Name: 'a b', SecretString: 'x' })),
    ).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('a name that is taken', async () => {
    service.createEmpty('webhook');
    await expect(client.send(new CreateSecretCommand({ Name: 'webhook' }))).rejects.toMatchObject({
      name: 'ResourceExistsException',
    });
  });

  it('another value under a request token that was used', async () => {
    service.createEmpty('webhook');
    const ClientRequestToken = 'a6fd9da1-0c45-4b42-8a3f-5b2ca2e4d7f1';
    const put = (SecretString: string) =>
      client.send(new PutSecretValueCommand({ SecretId: 'webhook', SecretString, ClientRequestToken }));
    await put('one');
    await expect(put('one')).resolves.toMatchObject({ VersionId: ClientRequestToken });
    await expect(put('two')).rejects.toMatchObject({ name: 'ResourceExistsException' });
  });

  it('to leave a secret without AWSCURRENT', async () => {
    const { VersionId: RemoveFromVersionId } = await client.send(
      new CreateSecretCommand({ Name: 'webhook', SecretString: 'one' }),
    );
    const remove = { SecretId: 'webhook', VersionStage: 'AWSCURRENT', RemoveFromVersionId };
    await expect(client.send(new UpdateSecretVersionStageCommand(remove))).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
  });
});

describe('labels', () => {
  it('turns the old current value into the previous one', async () => {
    service.put('webhook', 'one');
    service.put('webhook', 'two');
    service.put('webhook', 'three');
    await expect(read('webhook')).resolves.toMatchObject({
      SecretString: 'three',
      VersionStages: ['AWSCURRENT'],
    });
    await expect(read('webhook', 'AWSPREVIOUS')).resolves.toMatchObject({ SecretString: 'two' });
  });

  it('has no previous value once it was dropped', async () => {
    service.put('webhook', 'one');
    service.put('webhook', 'two');
    service.dropPrevious('webhook');
    await expect(read('webhook', 'AWSPREVIOUS')).rejects.toThrow('staging label: AWSPREVIOUS');
  });

  it('moves AWSPREVIOUS along when AWSCURRENT is moved back', async () => {
    const one = await client.send(new CreateSecretCommand({ Name: 'webhook', SecretString: 'one' }));
    const two = await client.send(new PutSecretValueCommand({ SecretId: 'webhook', SecretString: 'two' }));
    await client.send(
      new UpdateSecretVersionStageCommand({
        SecretId: 'webhook',
        VersionStage: 'AWSCURRENT',
        MoveToVersionId: one.VersionId,
        RemoveFromVersionId: two.VersionId,
      }),
    );
    const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId: 'webhook' }));
    expect(VersionIdsToStages).toEqual({
      [String(one.VersionId)]: ['AWSCURRENT'],
      [String(two.VersionId)]: ['AWSPREVIOUS'],
    });
  });

  it('keeps a pending version apart until it is made current', async () => {
    service.put('webhook', 'one');
    await client.send(
      new PutSecretValueCommand({
        SecretId: 'webhook',
        SecretString: 'two',
        VersionStages: ['AWSPENDING'],
      }),
    );
    await expect(read('webhook')).resolves.toMatchObject({ SecretString: 'one' });
    await expect(read('webhook', 'AWSPENDING')).resolves.toMatchObject({ SecretString: 'two' });
  });
});

describe('a rotation', () => {
  const version = 'a6fd9da1-0c45-4b42-8a3f-5b2ca2e4d7f1';
  const begin = (ClientRequestToken = version) =>
    client.send(new RotateSecretCommand({ SecretId: 'webhook', ClientRequestToken }));

  it('is begun by nobody where no function is named', async () => {
    service.put('webhook', 'one');
    await expect(begin()).rejects.toMatchObject({ name: 'InvalidRequestException' });
  });

  it('begins with a label on a version without a value, and takes the steps up to the first that fails', async () => {
    service.put('webhook', 'one');
    const steps: string[] = [];
    service.rotateBy('webhook', async ({ Step, ClientRequestToken }) => {
      steps.push(`${Step} ${ClientRequestToken}`);
      if (Step === 'setSecret') throw new Error('no');
    });
    await begin();
    await expect(read('webhook', 'AWSPENDING')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    expect(steps).toEqual([`createSecret ${version}`, `setSecret ${version}`]);
    await client.send(
      new PutSecretValueCommand({
        SecretId: 'webhook',
        ClientRequestToken: version,
        SecretString: 'two',
        VersionStages: ['AWSPENDING'],
      }),
    );
    await expect(read('webhook', 'AWSPENDING')).resolves.toMatchObject({ SecretString: 'two' });
  });

  it('is refused while another is under way', async () => {
    service.put('webhook', 'one');
    service.rotateBy('webhook', async () => {});
    await begin();
    await expect(begin('another-one-of-thirty-two-characters')).rejects.toThrow("isn't complete");
    await expect(client.send(new DescribeSecretCommand({ SecretId: 'webhook' }))).resolves.toMatchObject({
      RotationEnabled: true,
    });
  });
});

it('gives values back as they were put: text, bytes, dates, and by name or ARN', async () => {
  service.put('app/key', 'päss', { createdAt: new Date('2026-01-02T03:04:05Z') });
  const { ARN = '', CreatedDate } = await read('app/key');
  expect(CreatedDate).toEqual(new Date('2026-01-02T03:04:05Z'));
  await expect(read(ARN)).resolves.toMatchObject({ Name: 'app/key', SecretString: 'päss' });

  const SecretBinary = new Uint8Array([0, 255, 10]);
  await client.send(new CreateSecretCommand({ Name: 'bytes', SecretBinary }));
  const bytes = await read('bytes');
  expect([...(bytes.SecretBinary ?? [])]).toEqual([0, 255, 10]);
  expect(bytes.CreatedDate).toEqual(new Date(NOW));
});

describe('faults', () => {
  beforeEach(() => service.put('webhook', 'one'));

  it.each([
    { fault: 'throttling', name: 'ThrottlingException' },
    { fault: 'internal', name: 'InternalServiceError' },
    { fault: 'access-denied', name: 'AccessDeniedException' },
  ] as const)('answers $name where $fault was ordered, once', async ({ fault, name }) => {
    service.faults.next(fault);
    await expect(read('webhook')).rejects.toMatchObject({ name });
    await expect(read('webhook')).resolves.toMatchObject({ SecretString: 'one' });
  });

  it('cuts the connection', async () => {
    service.faults.next('reset');
    await expect(read('webhook')).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('stays silent until the client gives up', async () => {
    service.faults.next('silence');
    const answer = client.send(new GetSecretValueCommand({ SecretId: 'webhook' }), {
      abortSignal: AbortSignal.timeout(100),
    });
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('answers late', async () => {
    service.faults.next({ delayMs: 80 });
    const before = performance.now();
    await expect(read('webhook')).resolves.toMatchObject({ SecretString: 'one' });
    expect(performance.now() - before).toBeGreaterThan(75);
  });

  it('can be outlasted by a client that tries again', async () => {
    service.faults.next('internal', 2);
    const patient = clientOf(service, 3);
    const answer = await patient.send(new GetSecretValueCommand({ SecretId: 'webhook' }));
    patient.destroy();
    expect(answer.SecretString).toBe('one');
    expect(service.calls).toHaveLength(3);
  });
});

it('records every call, refused ones too', async () => {
  service.put('webhook', 'one');
  await read('webhook');
  await expect(read('nothing', 'AWSPREVIOUS')).rejects.toThrow('find the specified secret');
  expect(service.calls).toEqual([
    { target: 'secretsmanager.GetSecretValue', secretId: 'webhook', stage: 'AWSCURRENT' },
    { target: 'secretsmanager.GetSecretValue', secretId: 'nothing', stage: 'AWSPREVIOUS' },
  ]);
});
