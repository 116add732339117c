/** `hookmint trigger`: what is chosen, changed and sent. */
import { createHmac } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadExamples } from '../../cli/trigger/examples.ts';
import { parseChange, withChange } from '../../cli/trigger/set-field.ts';
import { type HttpRequest, type HttpServer, listen } from '../../local/http/server.ts';
import { type Folder, makeFolder } from './run.ts';
import { expectJson } from './schemas.ts';

const SECRET = 'the secret there is';

describe('hookmint trigger', () => {
  let folder: Folder;
  let server: HttpServer;
  let status = 202;
  const requests: HttpRequest[] = [];
  beforeEach(async () => {
    status = 202;
    requests.length = 0;
    folder = await makeFolder();
    await mkdir(join(folder.path, 'functions/fixtures'), { recursive: true });
    await folder.write(
      'functions/fixtures/issues-opened.json',
      '{"action":"opened","issue":{"title":"Ours"}}',
    );
    server = await listen(async (request) => {
      requests.push(request);
      return { status, body: '{"outcome":"ignored"}' };
    });
  });
  afterEach(async () => {
    await server.close();
    await folder.remove();
  });
  const trigger = (...args: string[]) =>
    folder.run(['trigger', '--url', server.url, ...args], { env: { GITHUB_WEBHOOK_SECRET: SECRET } });

  it('sends a fixture of the app, signed, where there is one', async () => {
    const { code, stdout } = await trigger('issues.opened', '--json');
    expect(code).toBe(0);
    expect(expectJson('trigger', stdout)).toMatchObject([
      {
        event: 'issues.opened',
        name: 'issues-opened',
        of: 'app',
        status: 202,
        answer: '{"outcome":"ignored"}',
      },
    ]);
    const [request] = requests;
    const body = request?.body ?? '';
    expect(JSON.parse(body)).toEqual({ action: 'opened', issue: { title: 'Ours' } });
    expect(request?.headers['x-hub-signature-256']).toBe(
      `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`,
    );
  });

  it.each(['issue-comment-created', 'issue_comment.created', 'issue_comment'])(
    'sends nothing where the fixture that %s means cannot be read',
    async (name) => {
      await folder.write('functions/fixtures/issue-comment-created.json', '{ "action": "created", ');
      const { code, stdout, stderr } = await trigger('issues.opened', name, '--json');
      expect([code, stdout, requests]).toEqual([2, '', []]);
      expect(stderr).toMatch(/issue-comment-created\.json: is not JSON/);
      expect(stderr).toContain(`Nothing was sent: '${name}' means issue-comment-created.json`);
    },
  );

  it('sends nothing where only some of the fixtures of an event can be read, and still the one of a name', async () => {
    await folder.write('functions/fixtures/issues-opened-by-a-bot.json', '{');
    expect(await trigger('issues.opened')).toMatchObject({ code: 2, stdout: '' });
    expect(requests).toEqual([]);
    expect(await trigger('issues-opened')).toMatchObject({ code: 0 });
    expect(requests).toHaveLength(1);
  });

  it.each(['issue-comment-edited', 'pull-request-review-submitted'])(
    'is not kept from another event or action by %s, which cannot be read',
    async (name) => {
      await folder.write(`functions/fixtures/${name}.json`, '{');
      const { code, stdout } = await trigger('issue_comment.created', 'pull_request', '--json');
      expect([code, expectJson('trigger', stdout)]).toMatchObject([
        0,
        [{ of: 'examples' }, { of: 'examples' }],
      ]);
    },
  );

  it('sends an example of GitHub where there is none, and only one, and says so', async () => {
    const { code, stdout } = await trigger('workflow_run.completed', 'issues.opened');
    expect({ code, stdout }).toMatchObject({ code: 0 });
    const [example, , own] = stdout.split('\n');
    expect(example).toMatch(/^workflow_run\.completed .*  GitHub's example: the app has no such fixture$/);
    expect(own).toMatch(/^issues\.opened {2}issues-opened {2}[0-9a-f-]{36}$/);
    expect(requests.map(({ headers }) => headers['x-github-event'])).toEqual(['workflow_run', 'issues']);
    expect(JSON.parse(requests[0]?.body ?? '')).toMatchObject({ action: 'completed', workflow_run: {} });
  });

  it('changes what it is told to, the action with its event included', async () => {
    const args = [
      '--set',
      'issue.title=It crashes',
      '--set',
      'action=closed',
      '--set',
      'issue.id=3804004623172239366',
    ];
    const { stdout } = await trigger('issues.opened', ...args);
    expect(stdout).toMatch(/^issues\.closed {2}issues-opened /);
    expect(requests[0]?.body).toBe(
      '{"action":"closed","issue":{"title":"It crashes","id":3804004623172239366}}',
    );
  });

  it('lists the fixtures of the app, and every event that GitHub has an example of', async () => {
    const { code, stdout } = await trigger('--list');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^ {2}issues\.opened {2}issues-opened\n\nAnd 329 examples of GitHub's: .*workflow_run/,
    );
    expect(expectJson('trigger', (await trigger('--list', '--json')).stdout)).toHaveLength(330);
  });

  it('ends with 1 where it is not taken', async () => {
    status = 500;
    expect(await trigger('issues.opened')).toMatchObject({ code: 1 });
  });

  it('does not guess what is like nothing', async () => {
    const { code, stderr } = await trigger('nope');
    expect([code, stderr]).toEqual([2, expect.stringContaining('no example of one. The app')]);
  });

  it('says what was meant', async () => {
    const { code, stderr } = await trigger('isues.opened');
    expect([code, stderr]).toEqual([2, expect.stringContaining("Did you mean 'issues.opened'")]);
    expect(requests).toEqual([]);
  });
});

it('every example has a name of its own, by which it is found', () => {
  const names = loadExamples().map(({ name }) => name);
  expect(new Set(names).size).toBe(329);
});

describe('--set', () => {
  const set = (payload: object, text: string) => withChange({ ...payload }, parseChange(text));

  const CHANGES: readonly { text: string; from: object; to: object }[] = [
    { text: 'a.b=1', from: {}, to: { a: { b: 1 } } },
    { text: 'a.b=x=y', from: { a: { c: 2 } }, to: { a: { c: 2, b: 'x=y' } } },
    { text: 'a.1.n=false', from: { a: [{ n: true }, { n: true }] }, to: { a: [{ n: true }, { n: false }] } },
    { text: 'a.0=', from: { a: [1] }, to: { a: [''] } },
    { text: 'a=null', from: { a: 1 }, to: { a: null } },
    { text: 'a.b="1"', from: { a: null }, to: { a: { b: '1' } } },
    { text: 'a=[1,{"b":2}]', from: {}, to: { a: [1, { b: 2 }] } },
    { text: 'constructor.x=1', from: {}, to: { constructor: { x: 1 } } },
  ];
  it.each(CHANGES)('$text makes $to', ({ text, from, to }) => {
    expect(set(from, text)).toEqual(to);
  });

  it.each(['title', '=x', 'a..b=1', '__proto__.x=1', 'a.__proto__=1'])('refuses %s', (text) => {
    expect(() => set({}, text)).toThrow('--set takes a field and its value');
  });

  it.each([
    { text: 'a.b=1', why: "'a' has no fields" },
    { text: 'l.x=1', why: "'l' is a list: l.0 is its first" },
  ])('refuses $text where $why', ({ text, why }) => {
    expect(() => set({ a: 'text', l: [] }, text)).toThrow(why);
  });
});
