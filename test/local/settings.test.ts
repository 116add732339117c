/** What `npm start` reads from `.env` and the environment, and what it refuses. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAppKey } from '../../local/github/app-key.ts';
import { loadHandlerSettings } from '../../local/server/handler-settings.ts';
import { loadLocalSettings } from '../../local/server/settings.ts';
import { makeProject, type LocalProject } from '../harness/local-project.ts';

describe('the settings', () => {
  let project: LocalProject;
  beforeAll(async () => {
    project = await makeProject();
    await project.write('app.pem', createAppKey().privateKeyPem);
  });
  afterAll(() => project.remove());

  const load = (env: Record<string, string> = {}) => loadLocalSettings(project.folder, env);
  const REAL = { GITHUB_APP_ID: '31415', GITHUB_PRIVATE_KEY_FILE: 'app.pem', GITHUB_WEBHOOK_SECRET: 's' };

  it('need nothing at all', async () => {
    await project.write('.env', '');
    expect(await load()).toEqual({
      port: 3000,
      webhookSecret: undefined,
      github: { kind: 'stand-in' },
      passedOn: {},
    });
  });

  it('come from .env, and from the environment first', async () => {
    await project.write(
      '.env',
      'GITHUB_APP_ID=1\nGITHUB_PRIVATE_KEY_FILE=app.pem\nGITHUB_WEBHOOK_SECRET=s\nPORT=1',
    );
    const { port, github } = await load({ PORT: '2', GITHUB_APP_ID: 'Iv23abc' });
    expect({ port, github }).toMatchObject({ port: 2, github: { kind: 'real', appId: 'Iv23abc' } });
    await project.write('.env', '');
  });

  it('take a blank variable for a missing one', async () => {
    expect(await load({ GITHUB_APP_ID: '', GITHUB_API_URL: ' ' })).toMatchObject({
      github: { kind: 'stand-in' },
    });
  });

  it('of handlers are each read by its own name, and a secret among them goes into Secrets Manager', async () => {
    const declared = { NOTIFY_URL: 'text', NOTIFY_TOKEN: 'secret' } as const;
    await project.write('.env', 'NOTIFY_TOKEN=s3cret\nNOTIFY_URL=\n');
    await expect(loadHandlerSettings(project.folder, {}, declared)).rejects.toThrow(
      /^NOTIFY_URL is missing: handlers declare it as a text. Write it into .env$/,
    );
    const env = { NOTIFY_URL: 'https://chat.example' };
    expect(await loadHandlerSettings(project.folder, env, declared)).toEqual({
      variables: {
        NOTIFY_URL: 'https://chat.example',
        NOTIFY_TOKEN_SECRET_ID: 'hookmint/settings/NOTIFY_TOKEN',
      },
      secrets: { 'hookmint/settings/NOTIFY_TOKEN': 's3cret' },
    });
    await project.write('.env', '');
  });

  it.each([
    { dotEnv: 'APP_ID=1', says: 'APP_ID in .env is not read. It is called GITHUB_APP_ID' },
    { dotEnv: 'GITHUB_APPID=1', says: 'It is called GITHUB_APP_ID' },
    {
      dotEnv: 'PRIVATE_KEY="-----BEGIN"',
      says: 'It is called GITHUB_PRIVATE_KEY_FILE, the path of the .pem file',
    },
    { dotEnv: 'WEBHOOK_SECRET=s', says: 'It is called GITHUB_WEBHOOK_SECRET' },
    { dotEnv: 'GHE_HOST=git.example', says: 'It is called GITHUB_API_URL: https://HOST/api/v3' },
  ])("by Probot's names are refused, and the name that is meant is told: $says", async ({ dotEnv, says }) => {
    await project.write('.env', `${dotEnv}\n`);
    await expect(load()).rejects.toThrow(says);
    await project.write('.env', `${dotEnv}\nGITHUB_APP_ID=\n`);
    await expect(load()).rejects.toThrow(says);
    await project.write('.env', '');
  });

  it('take GITHUB_API_URL alone for another stand-in, if it is on this machine', async () => {
    const near = await load({ GITHUB_API_URL: 'http://127.0.0.1:4000/' });
    const far = await load({ GITHUB_API_URL: 'https://api.github.com' });
    expect([near.github, far.github]).toEqual([
      { kind: 'other-stand-in', apiUrl: 'http://127.0.0.1:4000' },
      { kind: 'stand-in' },
    ]);
  });

  it.each([
    { env: { ...REAL, GITHUB_APP_ID: '' }, problem: 'GITHUB_APP_ID is missing' },
    {
      env: { ...REAL, GITHUB_APP_ID: 'my app!' },
      problem: 'GITHUB_APP_ID is neither a client id nor a number',
    },
    { env: { ...REAL, GITHUB_PRIVATE_KEY_FILE: '' }, problem: 'GITHUB_PRIVATE_KEY_FILE is missing' },
    {
      env: { ...REAL, GITHUB_PRIVATE_KEY_FILE: 'package.json' },
      problem: "where the App's private key belongs",
    },
    { env: { ...REAL, GITHUB_PRIVATE_KEY_FILE: '-----BEGIN RSA' }, problem: 'takes the path' },
    { env: { ...REAL, GITHUB_PRIVATE_KEY_FILE: 'LS0tLS1C/+'.repeat(200) }, problem: 'not the key itself' },
    { env: { ...REAL, GITHUB_WEBHOOK_SECRET: '' }, problem: 'GITHUB_WEBHOOK_SECRET is missing' },
    {
      env: { ...REAL, GITHUB_API_URL: 'http://ghes.test' },
      problem: 'GITHUB_API_URL must begin with https://',
    },
    { env: { PORT: 'x1' }, problem: 'PORT is not a number' },
    { env: { LOG_LEVEL: 'loud' }, problem: 'LOG_LEVEL is none of' },
  ])('are refused: $problem', async ({ env, problem }) => {
    const refusal = await load(env).catch(String);
    expect(refusal).toContain(problem);
    expect(refusal).not.toMatch(/package\.json|BEGIN|LS0t|my app|ghes|x1|loud/);
  });

  it.each(['no.pem', './keys/../no.pem'])(
    'are refused with the whole path of a key that is not there: %s',
    async (file) => {
      await expect(load({ ...REAL, GITHUB_PRIVATE_KEY_FILE: file })).rejects.toThrow(
        `GITHUB_PRIVATE_KEY_FILE names a file that cannot be read (ENOENT): ${project.folder}/no.pem`,
      );
    },
  );

  it('are refused with every problem at once', async () => {
    await expect(load({ GITHUB_APP_ID: '1', PORT: 'x' })).rejects.toThrow(/PORT[^]*SECRET[^]*KEY_FILE/);
  });
});
