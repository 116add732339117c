/** `hookmint key`, with a stage on this machine. */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toFingerprint } from '../../cli/app/app-key.ts';
import { CommandError } from '../../cli/command-error.ts';
import type { AppFacts } from '../../cli/doctor/ask-app.ts';
import { importKey } from '../../cli/key/import-key.ts';
import { openStageKms } from '../../cli/key/stage-kms.ts';
import { SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import { createAppKey } from '../../local/github/app-key.ts';
import { PEM } from '../github/scene.ts';
import { PRIVATE_KEY_PEM } from './app-scene.ts';
import { ALIAS, type KmsScene, startKmsScene } from './kms-scene.ts';
import { expectJson } from './schemas.ts';

/** `app.pem` of the scene, which GitHub knows. */
const FINGERPRINT = toFingerprint(createPrivateKey(PRIVATE_KEY_PEM));
const NEXT = createAppKey();
const NEXT_FINGERPRINT = toFingerprint(NEXT.publicKey);
/** Of an App whose keys are all taken. */
const FACTS: AppFacts = {
  id: 31_415,
  slug: 'x',
  owner: null,
  permissions: {},
  events: [],
  settingsUrl: 'https://github.com/settings/apps/x',
  aheadMs: undefined,
  version: { selected: null, sunset: null, isDeprecated: false },
  keys: [],
};

let scene: KmsScene;
beforeEach(async () => {
  scene = await startKmsScene();
});
afterEach(() => scene.close());

const importFile = (file = 'app.pem', ...more: string[]) =>
  scene.run('key', 'import', file, '--stage', 'prod', ...more);

/** Public half of what the functions sign with; undefined where there is no such key. */
function signing(alias = ALIAS): string | undefined {
  const found = scene.kms.keys.aliases().find((each) => each.alias === alias);
  const { material } = found === undefined ? { material: undefined } : scene.kms.keys.find(found.keyId);
  return material && toFingerprint(material);
}

const countKeys = () => scene.kms.calls.filter(({ operation }) => operation === 'CreateKey').length;

it('the fingerprint is the one that GitHub shows, by its own recipe for openssl', () => {
  expect(toFingerprint(createPrivateKey(PEM))).toBe('SHA256:jruIcxbAqxv7oiBc/IHGkkTvdF54gOGRqvUEns1IZDc=');
});

describe('hookmint key import refuses', () => {
  it.each([
    { what: 'a file that is not there', text: undefined, says: 'new.pem cannot be read (ENOENT)' },
    { what: 'no key', text: 'nothing', says: 'new.pem holds no PEM' },
    { what: 'a file that was cut', text: PRIVATE_KEY_PEM.slice(0, 400), says: 'holds a PEM without its end' },
    { what: 'two keys', text: `${PRIVATE_KEY_PEM}\n${NEXT.privateKeyPem}`, says: 'more than one key' },
    {
      what: 'a public key',
      text: NEXT.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      says: 'holds a public key or certificate',
    },
    {
      what: 'a key that GitHub does not know',
      text: NEXT.privateKeyPem,
      says: 'GitHub does not know the key in new.pem',
    },
  ])('$what, and asks nothing of KMS', async ({ text, says }) => {
    if (text !== undefined) await scene.folder.write('new.pem', text);
    const { code, stdout, stderr } = await importFile('new.pem');
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining(says)]);
    expect(scene.operations()).toEqual([]);
  });

  it('a length that KMS has not', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2560 });
    scene.github.registerKey(publicKey);
    await scene.folder.write('new.pem', privateKey.export({ type: 'pkcs1', format: 'pem' }).toString());
    const { code, stderr } = await importFile('new.pem');
    expect([code, stderr]).toEqual([2, expect.stringContaining('KMS takes RSA keys of 2048, 3072 or 4096')]);
    expect(countKeys()).toBe(0);
  });

  it('a key that is to be deleted in KMS, and says how to get it back', async () => {
    await importFile();
    scene.kms.keys.find(ALIAS).state = 'PendingDeletion';
    const { code, stderr } = await importFile();
    expect([code, stderr]).toEqual([2, expect.stringContaining('aws kms cancel-key-deletion --key-id')]);
    expect(countKeys()).toBe(1);
  });

  it('to move the alias to a key that holds other material than the file', async () => {
    await importFile();
    scene.github.registerKey(NEXT.publicKey);
    await scene.folder.write('new.pem', NEXT.privateKeyPem);
    const hex = Buffer.from(NEXT_FINGERPRINT.slice('SHA256:'.length), 'base64').toString('hex');
    scene.kms.put(`${ALIAS}/${hex}`, createAppKey().privateKeyPem);
    const { code, stderr } = await importFile('new.pem');
    expect([code, stderr]).toEqual([2, expect.stringContaining('is not signed with the key of the file')]);
    expect(signing()).toBe(FINGERPRINT);
  });
});

describe('hookmint key import', () => {
  it('makes the key as the file is, imports it, tries it at GitHub, and moves the alias last', async () => {
    const { code, stdout, stderr } = await importFile('app.pem', '--json');
    expect([code, stderr]).toEqual([0, '']);
    expect(expectJson('key-import', stdout)).toMatchObject({
      key: { spec: 'RSA_2048', fingerprint: FINGERPRINT },
      alias: ALIAS,
      imported: true,
      moved: true,
      deployed: true,
      deleteAtGitHub: [],
    });
    // Between the first two and the last, every step looks and then does.
    expect(scene.operations().slice(0, 10)).toEqual([
      'DescribeKey',
      'ListAliases',
      'DescribeKey',
      'CreateKey',
      'CreateAlias',
      'GetParametersForImport',
      'ImportKeyMaterial',
      'Sign',
      'Sign',
      'DescribeKey',
    ]);
    expect(scene.kms.calls.find(({ operation }) => operation === 'CreateKey')?.input).toMatchObject({
      KeySpec: 'RSA_2048',
      KeyUsage: 'SIGN_VERIFY',
      Origin: 'EXTERNAL',
      Tags: [{ TagKey: 'hookmint', TagValue: 'hookmint-prod' }],
    });
    expect(signing()).toBe(FINGERPRINT);
  });

  it('makes no second key of the same file, and says that all is done', async () => {
    await importFile();
    scene.operations();
    const { stdout } = await importFile('app.pem', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ imported: false, moved: false });
    expect(scene.operations()).not.toContain('ImportKeyMaterial');
    expect(countKeys()).toBe(1);
  });

  it('takes PKCS#8 and a file whose line breaks were lost, and says to delete the file', async () => {
    const pkcs8 = createPrivateKey(PRIVATE_KEY_PEM).export({ type: 'pkcs8', format: 'pem' }).toString();
    await scene.folder.write('mangled.pem', JSON.stringify(pkcs8));
    const { code, stdout } = await importFile('mangled.pem');
    expect([code, stdout]).toEqual([0, expect.stringContaining('shred -u mangled.pem')]);
    expect(signing()).toBe(FINGERPRINT);
  });

  it('makes a longer KMS key for a longer key', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 3072 });
    scene.github.registerKey(publicKey);
    await scene.folder.write('long.pem', privateKey.export({ type: 'pkcs1', format: 'pem' }).toString());
    const { stdout } = await importFile('long.pem', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      key: { spec: 'RSA_3072', fingerprint: toFingerprint(publicKey) },
    });
    expect(scene.kms.keys.find(ALIAS).spec).toBe('RSA_3072');
  });

  it.each([
    { outputs: { PrivateKeySecretArn: 'hookmint/private-key' }, says: 'still reads its key from a secret' },
    {
      outputs: { PrivateKeyKmsKey: 'arn:aws:kms:us-east-1:123456789012:key/1' },
      says: 'still signs with arn:aws:kms:us-east-1:123456789012:key/1',
    },
  ])(
    'leaves the stage as it is where that has no alias, and says what to deploy',
    async ({ outputs, says }) => {
      scene.deploy(outputs);
      const { code, stdout } = await importFile();
      expect([code, stdout]).toEqual([0, expect.stringContaining(says)]);
      expect(stdout).toContain(`write privateKeyKmsKey: ${ALIAS} under params`);
      expect(signing()).toBe(FINGERPRINT);
    },
  );

  it('names the key of before for deletion at GitHub, until it is gone there', async () => {
    await importFile();
    scene.github.registerKey(NEXT.publicKey);
    await scene.folder.write('new.pem', NEXT.privateKeyPem);
    const first = await importFile('new.pem', '--json');
    expect(JSON.parse(first.stdout)).toMatchObject({
      moved: true,
      deleteAtGitHub: [FINGERPRINT],
      notAsked: [],
    });
    expect(signing()).toBe(NEXT_FINGERPRINT);
    scene.github.removeKey(createPublicKey(PRIVATE_KEY_PEM));
    const again = await importFile('new.pem', '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ moved: false, deleteAtGitHub: [] });
    expect(scene.kms.calls.map(({ operation }) => operation)).not.toContain('ScheduleKeyDeletion');
  });
});

describe('a key that was imported by hand', () => {
  beforeEach(async () => {
    scene.kms.put(ALIAS, PRIVATE_KEY_PEM);
    scene.github.registerKey(NEXT.publicKey);
    await scene.folder.write('new.pem', NEXT.privateKeyPem);
  });

  it('is named for deletion at GitHub when another takes its place, and can be ended by its fingerprint', async () => {
    const { stdout } = await importFile('new.pem', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ moved: true, deleteAtGitHub: [FINGERPRINT] });
    expect((await scene.run('key', 'delete', FINGERPRINT, '--stage', 'prod')).code).toBe(0);
  });

  it('is told by its ARN where it could not be named', async () => {
    const old = scene.kms.keys.find(ALIAS);
    scene.kms.faults.at(
      ({ operation, input }) => operation === 'CreateAlias' && input['TargetKeyId'] === old.id,
      'access-denied',
    );
    const { code, stderr } = await importFile('new.pem');
    expect([code, stderr]).toEqual([0, expect.stringContaining(`${old.arn} signed until now`)]);
    expect(signing()).toBe(NEXT_FINGERPRINT);
  });
});

describe('a step that fails leaves the alias where it was, and the next run goes on:', () => {
  it.each(['CreateKey', 'CreateAlias', 'GetParametersForImport', 'ImportKeyMaterial', 'Sign', 'UpdateAlias'])(
    '%s',
    async (step) => {
      await importFile();
      scene.github.registerKey(NEXT.publicKey);
      await scene.folder.write('new.pem', NEXT.privateKeyPem);
      scene.kms.faults.at(({ operation }) => operation === step, 'access-denied', 9);
      const failed = await importFile('new.pem');
      expect([failed.code, failed.stdout]).toEqual([2, '']);
      expect(failed.stderr).toContain(`It takes the right kms:${step}`);
      expect(failed.stderr).toContain(`${ALIAS} is moved last: the functions sign as before`);
      expect(signing()).toBe(FINGERPRINT);
    },
  );

  it('an internal error of KMS at every step but one after the other, and one key in the end', async () => {
    const steps = ['CreateKey', 'GetParametersForImport', 'ImportKeyMaterial', 'Sign', 'CreateAlias'];
    for (const step of steps.filter((each) => each !== 'CreateAlias')) {
      scene.kms.faults.at(({ operation }) => operation === step, 'internal', 3);
      const { code, stderr } = await importFile();
      expect([step, code, stderr]).toEqual([step, 2, expect.stringContaining('Run the same again')]);
      expect(signing()).toBeUndefined();
    }
    const { code } = await importFile();
    expect([code, signing()]).toEqual([0, FINGERPRINT]);
    const aliases = scene.kms.keys.aliases();
    expect(new Set(aliases.map(({ keyId }) => keyId)).size).toBe(1);
  });

  it('the alias of its own: the empty key is named, and how to end it', async () => {
    scene.kms.faults.at(({ operation }) => operation === 'CreateAlias', 'internal', 3);
    const { code, stderr } = await importFile();
    expect([code, stderr]).toEqual([2, expect.stringContaining('aws kms schedule-key-deletion')]);
  });

  it('a GitHub that does not know the key by the time KMS signs', async () => {
    scene.github.faults.next(
      { method: 'GET', path: /^\/app$/ },
      { status: 200, body: { id: 31_415, slug: 'x' } },
    );
    scene.github.removeKey(createPublicKey(PRIVATE_KEY_PEM));
    const { code, stderr } = await importFile();
    expect([code, stderr]).toEqual([2, expect.stringContaining('the functions sign as before')]);
    expect(signing()).toBeUndefined();
  });

  it('Ctrl-C', async () => {
    scene.kms.faults.at(({ operation }) => operation === 'ImportKeyMaterial', { delayMs: 200 });
    const command = scene.start('key', 'import', 'app.pem', '--stage', 'prod');
    await expect.poll(() => scene.operations()).toContain('ImportKeyMaterial');
    command.interrupt();
    const { code, stderr } = await command.ended;
    expect([code, stderr]).toEqual([2, expect.stringContaining('Ended between two steps')]);
    expect(signing()).toBeUndefined();
    expect((await importFile()).code).toBe(0);
    expect([countKeys(), signing()]).toEqual([1, FINGERPRINT]);
  });

  it('a right that comes seconds after the key it is for is waited for', async () => {
    scene.kms.faults.at(({ operation }) => operation === 'GetParametersForImport', 'access-denied', 3);
    expect((await importFile()).code).toBe(0);
    expect(signing()).toBe(FINGERPRINT);
  });
});

describe('once the alias has moved, the command has succeeded:', () => {
  let old: { readonly id: string };
  beforeEach(async () => {
    await importFile();
    old = scene.kms.keys.find(ALIAS);
    scene.github.registerKey(NEXT.publicKey);
    await scene.folder.write('new.pem', NEXT.privateKeyPem);
  });
  const hasMoved = () => scene.kms.calls.some(({ operation }) => operation === 'UpdateAlias');
  const signsWithOld = ({ operation, input }: { operation: string; input: Record<string, unknown> }) =>
    operation === 'Sign' && input['KeyId'] === old.id;
  /** What two questions about the new key are answered, before there is one about the old. */
  const answerTwice = () =>
    scene.github.faults.next(
      { method: 'GET', path: /^\/app$/ },
      { status: 200, body: { id: 31_415, slug: 'x' } },
      2,
    );

  it.each([
    {
      what: 'a KMS that refuses everything from then on',
      order: () =>
        scene.kms.faults.at(
          ({ operation }) => operation !== 'UpdateAlias' && hasMoved(),
          'access-denied',
          99,
        ),
    },
    {
      what: 'an old key that may not be used',
      order: () => scene.kms.faults.at(signsWithOld, 'access-denied', 9),
    },
    {
      what: 'a GitHub that fails from then on',
      order: () => {
        answerTwice();
        scene.github.faults.next({ method: 'GET', path: /^\/app$/ }, { status: 500 }, 9);
      },
    },
  ])('$what is told, and which key to look at', async ({ order }) => {
    order();
    const { code, stdout, stderr } = await importFile('new.pem', '--json');
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining(
        `Whether GitHub still takes ${FINGERPRINT}, a key of before, could not be asked`,
      ),
    ]);
    expect(expectJson('key-import', stdout)).toMatchObject({
      moved: true,
      deleteAtGitHub: [],
      notAsked: [FINGERPRINT],
    });
    expect(signing()).toBe(NEXT_FINGERPRINT);
  });

  it('rotate private-key tells it as well', async () => {
    scene.kms.faults.at(signsWithOld, 'access-denied', 9);
    const { code, stdout } = await scene.run('rotate', 'private-key', 'new.pem', '--stage', 'prod', '--json');
    expect([code, expectJson('rotate-private-key', stdout)]).toMatchObject([
      0,
      { key: NEXT_FINGERPRINT, notAsked: [FINGERPRINT] },
    ]);
  });

  it('Ctrl-C ends the looking alone, and says that the alias has moved', async () => {
    scene.kms.faults.at(signsWithOld, { delayMs: 200 });
    const before = scene.kms.calls.length;
    const command = scene.start('key', 'import', 'new.pem', '--stage', 'prod', '--json');
    await expect.poll(() => scene.kms.calls.slice(before).some(signsWithOld)).toBe(true);
    command.interrupt();
    const { code, stdout, stderr } = await command.ended;
    expect([code, stderr]).toEqual([0, expect.stringContaining(`${ALIAS} leads to the key already`)]);
    expect(stderr).not.toContain('moved last');
    expect(JSON.parse(stdout)).toMatchObject({ moved: true, notAsked: [FINGERPRINT] });
    expect(signing()).toBe(NEXT_FINGERPRINT);
  });

  it('though nobody heard the answer to the move', async () => {
    const kms = openStageKms({ name: 'prod', region: 'eu-central-1', stackName: 'hookmint-prod' });
    const { isMoved } = await importKey(createPrivateKey(NEXT.privateKeyPem), ALIAS, {
      kms: {
        ...kms,
        async moveAlias(alias, keyId) {
          await kms.moveAlias(alias, keyId);
          throw new CommandError('AWS: no answer');
        },
      },
      clock: SYSTEM_CLOCK,
      askApp: async () => FACTS,
      say: () => {},
      signal: new AbortController().signal,
    });
    expect([isMoved, signing()]).toEqual([true, NEXT_FINGERPRINT]);
  });
});

describe('hookmint key', () => {
  it('shows the key of .env, as GitHub shows it', async () => {
    const { code, stdout } = await scene.run('key', '--json');
    expect(code).toBe(0);
    expect(expectJson('key-show', stdout)).toMatchObject({
      keyIsIn: 'file',
      kmsKey: null,
      keys: [{ fingerprint: FINGERPRINT, signs: true, takenByGitHub: true, kms: null }],
    });
  });

  it('shows which of the keys in a secret signs, and ends with 1 where GitHub takes none', async () => {
    scene.deploy({ PrivateKeySecretArn: 'hookmint/private-key' });
    scene.secrets.put(
      'hookmint/private-key',
      JSON.stringify({ privateKey: [NEXT.privateKeyPem, PRIVATE_KEY_PEM] }),
    );
    const { code, stdout } = await scene.run('key', '--stage', 'prod', '--json');
    expect([code, expectJson('key-show', stdout)]).toMatchObject([
      0,
      {
        keyIsIn: 'secret',
        keys: [
          { fingerprint: NEXT_FINGERPRINT, signs: false, takenByGitHub: false },
          { fingerprint: FINGERPRINT, signs: true, takenByGitHub: true },
        ],
      },
    ]);
    scene.secrets.put('hookmint/private-key', NEXT.privateKeyPem);
    const refused = await scene.run('key', '--stage', 'prod');
    expect([refused.code, refused.stdout]).toEqual([1, expect.stringContaining('GitHub does not know it')]);
  });

  it('shows the key in KMS that signs, and those of before', async () => {
    await importFile();
    scene.github.registerKey(NEXT.publicKey);
    await scene.folder.write('new.pem', NEXT.privateKeyPem);
    await importFile('new.pem');
    const { code, stdout } = await scene.run('key', 'show', '--stage', 'prod', '--json');
    expect([code, expectJson('key-show', stdout)]).toMatchObject([
      0,
      {
        keyIsIn: 'kms',
        kmsKey: ALIAS,
        keys: [
          { fingerprint: NEXT_FINGERPRINT, signs: true, takenByGitHub: true, kms: { state: 'Enabled' } },
          { fingerprint: FINGERPRINT, signs: false, takenByGitHub: true, kms: { spec: 'RSA_2048' } },
        ],
      },
    ]);
  });

  it('asks KMS for the fingerprint of a key that was imported by hand', async () => {
    scene.kms.put(ALIAS, PRIVATE_KEY_PEM);
    const { code, stdout } = await scene.run('key', '--stage', 'prod', '--json');
    expect([code, JSON.parse(stdout)]).toMatchObject([
      0,
      { keys: [{ fingerprint: FINGERPRINT, signs: true }] },
    ]);
  });

  it.each([
    { what: 'nothing is behind the alias', change: () => {}, says: 'hookmint key import FILE --stage prod' },
    {
      what: 'the key is disabled',
      change: () => {
        scene.kms.put(ALIAS, PRIVATE_KEY_PEM);
        scene.kms.keys.find(ALIAS).state = 'Disabled';
      },
      says: 'RSA_2048, Disabled',
    },
  ])('ends with 1 where $what', async ({ change, says }) => {
    change();
    const { code, stdout } = await scene.run('key', '--stage', 'prod');
    expect([code, stdout]).toEqual([1, expect.stringContaining(says)]);
  });
});

describe('hookmint key delete', () => {
  const remove = (fingerprint: string, ...more: string[]) =>
    scene.run('key', 'delete', fingerprint, '--stage', 'prod', ...more);

  it('refuses the key that signs, one that is unknown, and one that is behind another alias', async () => {
    await importFile();
    expect((await remove(FINGERPRINT)).stderr).toContain('import another key first');
    expect((await remove(NEXT_FINGERPRINT)).stderr).toContain(`KMS has no key ${NEXT_FINGERPRINT}`);
    scene.github.registerKey(NEXT.publicKey);
    await scene.folder.write('new.pem', NEXT.privateKeyPem);
    const old = scene.kms.keys.find(ALIAS);
    await importFile('new.pem');
    scene.kms.keys.createAlias('alias/somebody-elses', old.id);
    const { code, stderr } = await remove(FINGERPRINT);
    expect([code, stderr]).toEqual([2, expect.stringContaining('behind alias/somebody-elses as well')]);
    expect(old.state).toBe('Enabled');
  });

  it('schedules the deletion of one that signs no more, in thirty days, and says how to take it back', async () => {
    await importFile();
    scene.github.registerKey(NEXT.publicKey);
    await scene.folder.write('new.pem', NEXT.privateKeyPem);
    const old = scene.kms.keys.find(ALIAS);
    await importFile('new.pem');
    const { code, stdout } = await remove(FINGERPRINT, '--json');
    expect([code, expectJson('key-delete', stdout)]).toMatchObject([
      0,
      { key: { arn: old.arn, fingerprint: FINGERPRINT } },
    ]);
    expect(old.state).toBe('PendingDeletion');
    const again = await remove(FINGERPRINT);
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('aws kms cancel-key-deletion')]);
    expect(signing()).toBe(NEXT_FINGERPRINT);
  });
});

describe('on a stage whose App signs in KMS', () => {
  const onStage = (...args: string[]) => scene.run(...args, '--stage', 'prod');
  const readSecrets = () => scene.secrets.calls.map(({ secretId }) => secretId);

  it('rotate private-key brings the new key into KMS, and names the old one', async () => {
    await importFile();
    scene.github.registerKey(NEXT.publicKey);
    await scene.folder.write('new.pem', NEXT.privateKeyPem);
    const { code, stdout } = await onStage('rotate', 'private-key', 'new.pem', '--json');
    expect([code, expectJson('rotate-private-key', stdout)]).toMatchObject([
      0,
      { key: NEXT_FINGERPRINT, accepted: 1, deleteAtGitHub: [FINGERPRINT] },
    ]);
    expect(signing()).toBe(NEXT_FINGERPRINT);
    expect(readSecrets()).toEqual([]);
  });

  it('token and deliveries ask GitHub with what KMS signs', async () => {
    await importFile();
    for (const args of [
      ['token', '--repo', 'octo-org/widgets', '--permissions', 'issues=read'],
      ['deliveries'],
    ]) {
      expect([args[0], (await onStage(...args)).code]).toEqual([args[0], 0]);
    }
    expect(readSecrets()).toEqual([]);
  });

  it('the doctor knows the key by its fingerprint, and says what to do where there is none', async () => {
    const read = (stdout: string) =>
      (
        JSON.parse(stdout) as { checks: { id: string; status: string; message: string; mend: string }[] }
      ).checks.find(({ id }) => id === 'key');
    const missing = await onStage('doctor', '--check', '--json');
    expect([missing.code, read(missing.stdout)]).toMatchObject([
      1,
      { status: 'fail', mend: expect.stringContaining('hookmint key import FILE --stage STAGE') },
    ]);
    await importFile();
    const { stdout } = await onStage('doctor', '--check', '--json');
    expect(read(stdout)).toMatchObject({ status: 'pass', message: expect.stringContaining(FINGERPRINT) });
  });

  it('a right that is missing is named', async () => {
    await importFile();
    scene.kms.faults.at(({ operation }) => operation === 'Sign', 'access-denied', 9);
    const { code, stderr } = await onStage('deliveries');
    expect([code, stderr]).toEqual([2, expect.stringContaining('It takes the right kms:Sign')]);
  });
});
