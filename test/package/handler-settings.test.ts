/** What handlers declare that they need to be told, as it is deployed. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { copyService, osls, packageService, type Resource, type Template } from './packaged.ts';

const DECLARED = { NOTIFY_URL: 'text', NOTIFY_TOKEN: 'secret', CHAT_KEY: 'secret' } as const;
const CHAT_ARN = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:chat-AbCdEf';
const PARAMS = ['NOTIFY_URL=https://chat.example', `CHAT_KEY_SECRET_ARN=${CHAT_ARN}`];
const TOKEN = { Ref: 'SettingNotifyToken' };

const ENVIRONMENT = {
  NOTIFY_URL: 'https://chat.example',
  NOTIFY_TOKEN_SECRET_ID: TOKEN,
  CHAT_KEY_SECRET_ID: CHAT_ARN,
};
const RIGHT = {
  Sid: 'ReadSettings',
  Effect: 'Allow',
  Action: 'secretsmanager:GetSecretValue',
  Resource: [TOKEN, CHAT_ARN],
};

function environmentOf(resource: Resource | undefined): Readonly<Record<string, unknown>> {
  return resource?.Properties['Environment'].Variables;
}

function rightsOf(resource: Resource | undefined): readonly unknown[] {
  return resource?.Properties['Policies'][0].PolicyDocument.Statement;
}

async function toTemplate(params: readonly string[]): Promise<Template> {
  return (await packageService(params, 'dev', DECLARED)).template;
}

/** Logical id of the version that a release would move to. */
function versionOf({ Resources }: Template, name: string): string | undefined {
  const isOfIt = ({ Type, Properties }: Resource): boolean =>
    Type === 'AWS::Lambda::Version' && Properties['FunctionName'].Ref === `${name}LambdaFunction`;
  return Object.keys(Resources).find((id) => Resources[id] !== undefined && isOfIt(Resources[id]));
}

describe.each([
  { shape: 'queued', runs: ['Worker'], others: ['Webhook', 'Sweeper'] },
  { shape: 'inline', runs: ['Webhook', 'Sweeper'], others: [] },
])('a deployment that is $shape', ({ shape, runs, others }) => {
  it('gives settings, and the right to read them, to what runs handlers alone', async () => {
    const { Resources, Outputs } = await toTemplate([`shape=${shape}`, ...PARAMS]);
    for (const name of runs) {
      expect(environmentOf(Resources[`${name}LambdaFunction`])).toMatchObject(ENVIRONMENT);
      expect(rightsOf(Resources[`${name}Role`])).toContainEqual(RIGHT);
    }
    for (const name of others) {
      expect(Object.keys(environmentOf(Resources[`${name}LambdaFunction`]))).not.toContain('NOTIFY_URL');
      expect(JSON.stringify(rightsOf(Resources[`${name}Role`]))).not.toContain('Setting');
    }
    expect(Resources['SettingNotifyToken']).toMatchObject({
      Type: 'AWS::SecretsManager::Secret',
      DeletionPolicy: 'RetainExceptOnCreate',
    });
    expect(Resources['SettingNotifyToken']?.Properties).not.toHaveProperty('SecretString');
    expect(Resources).not.toHaveProperty('SettingChatKey');
    // In dev nothing rotates by itself.
    expect(Object.keys(Resources).filter((id) => /Rotat/.test(id))).toEqual([]);
    expect(Outputs).toMatchObject({
      SettingNotifyTokenArn: { Value: TOKEN },
      SettingChatKeyArn: { Value: CHAT_ARN },
    });
  });
});

it('a text that is changed makes a new version, which alone a release moves to', async () => {
  const [, ...others] = PARAMS;
  const [one, other] = await Promise.all(
    [PARAMS, ['NOTIFY_URL=https://other.example', ...others]].map((params) =>
      toTemplate(['shape=queued', ...params]),
    ),
  );
  const versions = [one, other].map((template) => template && versionOf(template, 'Worker'));
  expect(versions).toEqual([expect.stringMatching(/^Worker/), expect.stringMatching(/^Worker/)]);
  expect(versions[0]).not.toBe(versions[1]);
});

describe('nothing is packaged', () => {
  it.each([
    { name: 'without a text', params: [], says: ['Handlers need to be told NOTIFY_URL: write it'] },
    {
      name: 'with a secret in place of its ARN, or with one that no handler declares',
      params: [...PARAMS, 'NOTIFY_TOKEN_SECRET_ARN=s3cret', 'NOTIFY_UR=x'],
      says: [
        'NOTIFY_TOKEN_SECRET_ARN must be the whole ARN of a secret: the value itself never stands here',
        'NOTIFY_UR is not one of',
      ],
    },
  ])('$name, and the message says why', async ({ params, says }) => {
    const folder = await copyService();
    try {
      await writeFile(join(folder, 'dist/settings.json'), JSON.stringify(DECLARED));
      const args = params.flatMap((param) => ['--param', param]);
      const { code, output } = await osls(folder, ['package', ...args]);
      for (const each of says) expect(output).toContain(each);
      expect(output).not.toContain('s3cret');
      expect(code).toBe(1);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
