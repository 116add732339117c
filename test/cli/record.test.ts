/** `hookmint record`: nothing of anybody is left, and what replays is handled as its original was. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assignWorld, recordFixture } from '../../cli/record/record-fixture.ts';
import { createScramble } from '../../cli/record/scramble.ts';
import { createStandIns, parseKept } from '../../cli/record/stand-ins.ts';
import { loadExamples } from '../../cli/trigger/examples.ts';
import { redactPayload } from '../../cli/record/redact-payload.ts';
import { parseExactJson, stringifyExactJson } from '../../lib/json/exact-json.ts';
import { isObject, type JsonObject, toObject } from '../../lib/json/json.ts';
import { toFixture } from '../../local/fixtures/fixture-forms.ts';
import { handlers as table } from '../app/functions/handlers/index.ts';
import { createRouter } from '../../lib/dispatch/route.ts';
import { loadWorld } from '../harness/deliver.ts';
import { startAppScene } from './app-scene.ts';
import { expectJson } from './schemas.ts';

const GUID = '0b989ba4-242f-11e5-81e1-c7b6966d2516';
const EXAMPLES = loadExamples();

/** What a payload must be rid of, by the fields in which people find it. */
const SEEDS: Readonly<Record<string, string>> = {
  login: 'zaphod-beeblebrox',
  name: 'Tricia McMillan',
  email: 'trillian@magrathea.test',
  title: 'Slartibartfast lost ghp_16C7e42F292c6912E7710c838347Ae178B4a',
  body: 'Ask @ford-prefect <ford@betelgeuse.test>, key -----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----',
  message: 'fix: Agrajag says github_pat_11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz0123456789',
  description: 'Bearer eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ2b2dvbiJ9.c2lnbmF0dXJl',
  ref: 'refs/heads/marvin-the-android',
  head_branch: 'marvin-the-android',
  homepage:
    'https://x-access-token:ghs_16C7e42F292c6912E7710c838347Ae178B4a@magrathea.test/slartibartfast?q=vogon',
  company: 'Sirius Cybernetics',
};
const SEEDED_WORDS =
  'zaphod beeblebrox tricia mcmillan trillian magrathea slartibartfast prefect betelgeuse agrajag marvin vogon sirius cybernetics ghp_ ghs_ github_pat_ eyjhb 16c7e42f'.split(
    ' ',
  );

/** The same payload, with such people in it. */
function seed(value: unknown, nth = { login: 0 }): unknown {
  if (Array.isArray(value)) return value.map((each) => seed(each, nth));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, held]) => {
      const seeded = typeof held === 'string' || held === null ? SEEDS[key] : undefined;
      return [key, seeded ?? seed(held, nth)];
    }),
  );
}

/** Every text, and every number of an id's field, with its place. */
function listLeaves(value: unknown, key = ''): { key: string; value: unknown }[] {
  if (Array.isArray(value)) return value.flatMap((each) => listLeaves(each, key));
  if (isObject(value)) return Object.entries(value).flatMap(([name, held]) => listLeaves(held, name));
  return [{ key, value }];
}

/** A key of its own each time would once in a while scramble a text into one of the seeded words. */
const ONE_KEY = { ...createStandIns().toKept(), key: 'a'.repeat(64) };

const record = (event: string, payload: JsonObject) =>
  recordFixture({ guid: GUID, event, payload }, createStandIns(ONE_KEY)).fixture;

describe('a recording', () => {
  it.each(EXAMPLES)('$name keeps nobody', ({ event, payload }) => {
    const seeded = toObject(seed(payload));
    const fixture = record(event.split('.')[0] ?? '', seeded);
    const text = stringifyExactJson(fixture).toLowerCase();
    expect(SEEDED_WORDS.filter((word) => text.includes(word))).toEqual([]);
    expect(text).not.toContain(GUID);
    const original = listLeaves(payload);
    // What is longer than a word GitHub chooses, and no date, stands in no recording as it was.
    const texts = original.flatMap(({ value }) =>
      typeof value === 'string' &&
      /[ @]|^[0-9a-f]{40}$/.test(value) &&
      !/^\d{4}-|^0+$/.test(value) &&
      /[a-z]{4}/i.test(value)
        ? [value]
        : [],
    );
    const recorded = new Set(
      listLeaves(record(event.split('.')[0] ?? '', payload).body).map(({ value }) => value),
    );
    expect(texts.filter((each) => recorded.has(each) && !KEPT.test(each))).toEqual([]);
    const ids = original.flatMap(({ key, value }) =>
      /(?:^|_)ids?$/.test(key) && typeof value === 'number' && value > 0 ? [value] : [],
    );
    const recordedIds = new Set(
      listLeaves(fixture.body).flatMap(({ key, value }) => (/(?:^|_)ids?$/.test(key) ? [value] : [])),
    );
    expect(ids.filter((id) => recordedIds.has(id))).toEqual([]);
  });

  /** Labels and words that every repository has. */
  const KEPT = /^(?:good first issue|help wanted)$/;

  it.each(EXAMPLES)(
    '$name has the same shape: kinds, lengths, nulls, numbers that count',
    ({ event, payload }) => {
      const { body } = record(event.split('.')[0] ?? '', payload);
      const toShape = (value: unknown, key = ''): unknown => {
        if (Array.isArray(value)) return value.map((each) => toShape(each, key));
        if (isObject(value) && !/^(?:client_payload|inputs)$/.test(key))
          return Object.fromEntries(Object.entries(value).map(([name, held]) => [name, toShape(held, name)]));
        if (typeof value === 'number' && /(?:^|_)ids?$/.test(key)) return String(value).length;
        return typeof value === 'string' ? 'text' : value;
      };
      expect(toShape(body)).toEqual(toShape(payload));
      expect(body['action']).toBe(payload['action']);
    },
  );

  it.each(EXAMPLES)(
    '$name is a fixture of the same event, and goes to the same handlers',
    ({ name, event, payload }) => {
      const [plain = ''] = event.split('.');
      const fixture = toFixture(name, record(plain, payload));
      expect(fixture.event).toBe(event);
      const router = createRouter(table);
      const action = typeof payload['action'] === 'string' ? payload['action'] : null;
      expect(router.match(plain, action)).toHaveLength(
        router.match(fixture.headers['X-GitHub-Event'] ?? '', action).length,
      );
    },
  );

  it('keeps integers exact that a number does not hold, and gives them stand-ins that none holds either', () => {
    const original = toObject(
      parseExactJson('{"id":3804004623172239366,"deployment":{"id":9007199254740993}}'),
    );
    const { payload } = redactPayload(original, createStandIns());
    expect(stringifyExactJson(payload)).toBe(
      '{"id":1000000000000000001,"deployment":{"id":9007199254740994}}',
    );
  });

  it('says what was replaced, each place once', () => {
    const original = {
      action: 'opened',
      issue: { id: 7, title: 'Zaphod', state: 'open', labels: [{ name: 'bug' }, { name: 'vogon' }] },
    };
    expect(redactPayload(original, createStandIns()).replaced).toEqual([
      { path: 'issue.id', kind: 'id' },
      { path: 'issue.title', kind: 'text' },
      { path: 'issue.labels.name', kind: 'text' },
    ]);
  });

  it('has one stand-in for one, in texts, URLs and fields, through recordings', () => {
    const zaphod = { login: 'zaphod', id: 77, type: 'User', url: 'https://api.github.com/users/zaphod' };
    const payload = {
      sender: zaphod,
      repository: {
        id: 5150,
        name: 'improbability',
        full_name: 'heart-of-gold/improbability',
        owner: { login: 'heart-of-gold', type: 'Organization', id: 78 },
        html_url: 'https://github.com/heart-of-gold/improbability',
        issues_url: 'https://api.github.com/repos/heart-of-gold/improbability/issues{/number}',
      },
      head: { label: 'zaphod:drive', ref: 'drive' },
    };
    const first = createStandIns();
    const one = redactPayload(payload, first).payload;
    expect(one).toMatchObject({
      sender: { login: 'octocat', url: 'https://api.github.com/users/octocat' },
      repository: {
        full_name: 'octo-org/widgets',
        html_url: 'https://github.com/octo-org/widgets',
        issues_url: 'https://api.github.com/repos/octo-org/widgets/issues{/number}',
      },
      head: { label: expect.stringMatching(/^octocat:[a-z]{5}$/) },
    });
    const kept = parseKept(JSON.parse(JSON.stringify(first.toKept())));
    expect(kept).toBeDefined();
    expect(redactPayload(payload, createStandIns(kept)).payload).toEqual(one);
  });

  it('tells a repository from an owner of the same name, and leaves what is GitHub’s own', () => {
    const owner = { login: 'electron', type: 'Organization', id: 78 };
    const payload = {
      repository: { name: 'electron', full_name: 'electron/electron', owner },
      url: 'https://api.github.com/repos/electron/electron/labels',
      parent: { name: 'hello', full_name: 'github/hello', owner: { login: 'github' } },
    };
    expect(redactPayload(payload, createStandIns()).payload).toMatchObject({
      repository: { name: 'widgets', full_name: 'octo-org/widgets', owner: { login: 'octo-org' } },
      url: 'https://api.github.com/repos/octo-org/widgets/labels',
      parent: { name: 'gadgets', full_name: 'github/gadgets', owner: { login: 'github' } },
    });
  });

  it.each([
    {
      where: 'before its type is said',
      organization: { login: 'acme' },
      owner: { login: 'acme', type: 'Organization' },
    },
    { where: 'with no type at all', organization: { login: 'acme', id: 2 }, owner: { login: 'acme', id: 2 } },
  ])('gives one account one stand-in, $where', ({ organization, owner }) => {
    const standIns = createStandIns();
    const payload = {
      sender: { login: 'acme' },
      installation: { id: 4711 },
      repository: { id: 1, name: 'x', full_name: 'acme/x', owner },
      organization,
    };
    assignWorld(payload, loadWorld(), standIns);
    expect(redactPayload(payload, standIns).payload).toMatchObject({
      sender: { login: 'octo-org' },
      repository: { full_name: 'octo-org/widgets', owner: { login: 'octo-org' } },
      organization: { login: 'octo-org' },
    });
    expect(Object.values(standIns.toKept().names.person)).toEqual([]);
  });

  it('lets the GitHub of world.json stand for the real one', () => {
    const world = loadWorld();
    const [installation] = world.installations ?? [];
    const payload = {
      installation: { id: 4711 },
      repository: {
        id: 1,
        name: 'x',
        full_name: 'acme/x',
        owner: { login: 'acme', id: 2, type: 'Organization' },
      },
    };
    const standIns = createStandIns();
    assignWorld(payload, world, standIns);
    expect(redactPayload(payload, standIns).payload).toMatchObject({
      installation: { id: installation?.id },
      repository: { full_name: 'octo-org/widgets', owner: { login: 'octo-org' } },
    });
  });
});

describe('a scrambled text', () => {
  const scramble = createScramble('a key');

  it.each([
    'Fix: Zaphod broke the drive (#42)',
    'v1.22.333-rc.1',
    'größer als 漢字 🎉',
    'feat(api)!: add `thing`\n\n- [x] done',
    '',
  ])('%j has the same length and kind', (text) => {
    const scrambled = scramble(text);
    const toKind = (each: string): string =>
      each
        .replaceAll(/[a-z]/g, 'a')
        .replaceAll(/[A-Z]/g, 'A')
        .replaceAll(/\d/g, '0')
        .replaceAll(/[^ -~\n🎉]/gu, '?');
    expect(toKind(scrambled)).toBe(toKind(text));
    expect(scramble(text)).toBe(scrambled);
  });

  it('keeps words that rules go by, and another key makes another text', () => {
    expect(scramble('WIP: fix vogon')).toMatch(/^WIP: fix [a-z]{5}$/);
    expect(createScramble('another')('Slartibartfast')).not.toBe(scramble('Slartibartfast'));
  });
});

describe('hookmint record', () => {
  it('writes a fixture that npm start replays, and does not overwrite one', async () => {
    const scene = await startAppScene();
    const payload = {
      action: 'opened',
      issue: {
        id: 3804004623172239n,
        number: 14,
        title: 'Zaphod',
        user: { login: 'zaphod', id: 9, type: 'User' },
      },
    };
    scene.github.deliveries.add({
      guid: GUID,
      event: 'issues',
      action: 'opened',
      statusCode: 202,
      request: { headers: { 'X-GitHub-Event': 'issues', 'X-Github-Encoded-Secret': 'c2VjcmV0' }, payload },
    });
    const { code, stdout, stderr } = await scene.run(['record', GUID, '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(expectJson('record', stdout)).toMatchObject({
      file: 'functions/fixtures/issues-opened.json',
      event: 'issues.opened',
    });
    const text = await readFile(join(scene.folder.path, 'functions/fixtures/issues-opened.json'), 'utf8');
    expect(text).not.toMatch(/zaphod|secret|0b989ba4/i);
    expect(toFixture('issues-opened', JSON.parse(text))).toMatchObject({
      event: 'issues.opened',
      payload: { action: 'opened', issue: { number: 14, user: { login: 'octocat', type: 'User' } } },
    });
    const again = await scene.run(['record', GUID]);
    expect(again.stdout).toContain('is recorded in functions/fixtures/issues-opened-2.json');
    expect(again.stdout).toContain('login    issue.user.login');
    const named = await scene.run(['record', GUID, '--name', 'issues-opened']);
    expect([named.code, named.stderr]).toEqual([2, expect.stringContaining('is there already')]);
    await scene.close();
  });

  it.each([
    { what: 'a delivery that GitHub has lost', request: {}, says: 'no longer has the payload' },
    { what: 'no delivery at all', request: undefined, says: 'has no delivery' },
  ])('of $what writes nothing', async ({ request, says }) => {
    const scene = await startAppScene();
    if (request !== undefined)
      scene.github.deliveries.add({ guid: GUID, event: 'push', statusCode: 202, request });
    const { code, stderr } = await scene.run(['record', GUID]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(says)]);
    await expect(readFile(join(scene.folder.path, '.hookmint/stand-ins.json'))).rejects.toThrow('ENOENT');
    await scene.close();
  });
});
