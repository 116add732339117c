/** What `hookmint record` tells of handlers: they come to the same end, and which fields they read were replaced. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compareHandlers } from '../../cli/record/compare-handlers.ts';
import { recordFixture } from '../../cli/record/record-fixture.ts';
import { createStandIns } from '../../cli/record/stand-ins.ts';
import { noteReads } from '../../cli/record/watch-reads.ts';
import { loadExamples } from '../../cli/trigger/examples.ts';
import { defineHandler } from '../../lib/index.ts';
import { run } from '../../lib/testing/run.ts';
import { type AppScene, startAppScene } from './app-scene.ts';
import { calls, rules } from './every-event.ts';
import { expectJson } from './schemas.ts';

const GUID = '0b989ba4-242f-11e5-81e1-c7b6966d2516';
const EXAMPLES = loadExamples();

/** Those that can have a token. */
const INSTALLED = EXAMPLES.filter(({ payload }) => 'installation' in payload);

const record = ({ event, payload }: (typeof EXAMPLES)[number]) =>
  recordFixture({ guid: GUID, event: event.split('.')[0] ?? '', payload }, createStandIns());

describe('the recording of every example', () => {
  it('looks to the rules of a handler as its original does', async () => {
    for (const example of EXAMPLES) {
      const { event, payload } = example;
      const [before, after] = await Promise.all(
        [payload, record(example).fixture.body].map((each) => run(rules, { event, payload: each })),
      );
      expect([event, after?.outcome, after?.reason]).toEqual([event, 'skipped', before?.reason]);
    }
  });

  it('leads a handler to the same outcome and the same calls', async () => {
    const ends = new Map<string, number>(); // outcome and number of calls
    for (const example of INSTALLED) {
      const [comparison] = await compareHandlers([calls], example.payload, record(example));
      expect({ name: example.name, ...comparison }).toMatchObject({
        name: example.name,
        alike: true,
        recording: comparison?.original,
      });
      const { outcome = '', calls: made = [] } = comparison?.original ?? {};
      ends.set(`${outcome} ${made.length}`, (ends.get(`${outcome} ${made.length}`) ?? 0) + 1);
    }
    // Most of them did something.
    expect(Object.fromEntries(ends)).toEqual({
      'handled 2': 48,
      'handled 3': 44,
      'handled 4': 1,
      'failed 3': 17,
      'skipped 0': 23,
    });
  });
});

describe('what a handler reads', () => {
  const payload = {
    action: 'opened',
    issue: {
      title: 'Zaphod',
      labels: [{ name: 'vogon', color: 'ededed' }],
      user: { login: 'zaphod', id: 9 },
    },
    repository: { id: 1, full_name: 'acme/x' },
  };
  const notesOf = async (work: (payload: never) => unknown): Promise<readonly string[]> => {
    const notes: string[] = [];
    const handler = defineHandler('*', {
      permissions: {},
      handle: (context) => void work(context.payload as never),
    });
    const { outcome, error } = await run(
      noteReads(handler, (path) => notes.push(path)),
      { event: 'issues.opened', payload },
    );
    expect([outcome, error]).toEqual(['handled', undefined]);
    return notes;
  };
  type Issue = typeof payload.issue;

  it.each([
    { how: 'by name', work: ({ issue }: { issue: Issue }) => issue.title, reads: ['issue.title'] },
    { how: 'not at all, only what holds it', work: ({ issue }: { issue: Issue }) => issue.user, reads: [] },
    {
      how: 'in a list, whose places are one',
      work: ({ issue }: { issue: Issue }) => issue.labels.map(({ name }) => name),
      reads: ['issue.labels.name'],
    },
    {
      how: 'printed whole',
      work: ({ issue }: { issue: Issue }) => JSON.stringify(issue.user),
      reads: ['issue.user.login', 'issue.user.id'],
    },
    {
      how: 'as a copy of its own',
      work: ({ issue }: { issue: Issue }) => structuredClone(issue.labels),
      reads: ['issue.labels.name', 'issue.labels.color'],
    },
    {
      how: 'after it changed it itself',
      work: ({ issue }: { issue: Issue }) => {
        issue.title = 'mine';
        issue.labels = [];
        return `${issue.title}${issue.labels.length}`;
      },
      reads: ['issue.title'],
    },
  ])('is noted: $how', async ({ work, reads }) => {
    expect(await notesOf(work)).toEqual(reads);
  });

  it('is noted in `when` and `repositories` as well', async () => {
    const notes: string[] = [];
    const handler = defineHandler('*', {
      permissions: { metadata: 'read' },
      when: ({ payload: { sender } }) => sender === undefined,
      repositories: ({ payload: asked }) => [
        'repository' in asked ? String(asked.repository?.full_name) : '',
      ],
      handle() {},
    });
    await run(
      noteReads(handler, (path) => notes.push(path)),
      { event: 'issues.opened', payload: { ...payload, installation: { id: 7 } } },
    );
    expect(notes).toEqual(['repository.full_name']);
  });
});

describe('hookmint record', () => {
  let scene: AppScene;
  beforeEach(async () => {
    scene = await startAppScene({ handlers: 'real' });
    scene.github.deliveries.add({
      guid: GUID,
      event: 'issues',
      action: 'opened',
      statusCode: 202,
      request: {
        headers: { 'X-GitHub-Event': 'issues' },
        payload: {
          action: 'opened',
          issue: {
            id: 3804004623172239n,
            number: 14,
            title: 'Zaphod',
            author_association: 'FIRST_TIMER',
            user: { login: 'zaphod', id: 9, type: 'User' },
          },
          repository: {
            id: 5150,
            name: 'gold',
            full_name: 'heart/gold',
            owner: { login: 'heart', id: 78, type: 'Organization' },
          },
          installation: { id: 4711 },
          sender: { login: 'zaphod', id: 9, type: 'User' },
        },
      },
    });
  });
  afterEach(() => scene.close());

  const HANDLER = 'functions/handlers/issues-opened.ts';
  const toHandler = (work: string): string => `import { defineHandler, skip } from 'hookmint';
    export default defineHandler('issues.opened', {
      permissions: {},
      settings: { NOTIFY_TOKEN: 'secret' },
      async handle({ payload, settings }) { ${work} },
    });\n`;

  it('names the fields that a handler reads and that have stand-ins', async () => {
    const { code, stdout, stderr } = await scene.run(['record', GUID, '--json']);
    expect([code, stderr]).toEqual([0, '']);
    const { handlers } = expectJson('record', stdout) as { handlers: readonly object[] };
    expect(handlers).toMatchObject([{ handler: 'issues.opened', alike: true, problem: null }]);
    expect(handlers[0]).toMatchObject({
      original: {
        outcome: 'handled',
        calls: expect.arrayContaining([expect.stringMatching(/^POST .* 201$/)]),
      },
      lost: expect.arrayContaining([{ path: 'issue.user.login', kind: 'login' }]),
    });
    expect(stdout).not.toMatch(/zaphod|heart/i);
  });

  it('ends with 1 where a handler comes to another end, and says what it read', async () => {
    await scene.folder.write(
      HANDLER,
      toHandler(`if (payload.issue.title !== 'Zaphod') skip('another title');`),
    );
    const { code, stdout } = await scene.run(['record', GUID]);
    expect(code).toBe(1);
    expect(stdout).toContain('  issues.opened  not alike  handled; the recording: skipped\n');
    expect(stdout).toContain('    reads what has stand-ins: issue.title\n');
    expect(stdout).toContain('is recorded in functions/fixtures/issues-opened.json');
  });

  it('lets a handler reach nothing but this machine, with settings that are none', async () => {
    const server = createServer((_, response) => response.writeHead(204).end()).listen(0, 'localhost');
    await once(server, 'listening');
    const address = server.address();
    const here = `http://localhost:${typeof address === 'object' ? address?.port : ''}/`;
    const urls = [here, 'http://192.0.2.1/', 'https://192.0.2.1/', 'https://hooks.example.com/'];
    const work = `const ends = [];
      for (const url of ${JSON.stringify(urls)})
        ends.push(await fetch(url).then(({ status }) => status, ({ cause }) => cause.message));
      throw new Error([...ends, settings.NOTIFY_TOKEN].join('; '));`;
    await scene.folder.write(HANDLER, toHandler(work));
    const { code, stdout } = await scene.run(['record', GUID, '--json'], {
      env: { NOTIFY_TOKEN: 'a secret of the app' },
    });
    server.close();
    const refused = 'no connection but to this machine while handlers are tried';
    expect([code, expectJson('record', stdout)]).toMatchObject([
      0,
      {
        handlers: [
          {
            alike: true,
            original: { outcome: 'failed' },
            problem: ['204', refused, refused, refused, 'http://127.0.0.1:9/'].join('; '),
          },
        ],
      },
    ]);
  });

  it('runs handlers in a process of their own, and keeps what they print out of the answer', async () => {
    await scene.folder.write(HANDLER, toHandler(`console.log(process.pid); process.stdout.write('too\\n');`));
    const { code, stdout, stderr } = await scene.run(['record', GUID, '--json']);
    expect(expectJson('record', stdout)).toMatchObject({ handlers: [{ alike: true }] });
    const printed = stderr.split('\n').filter((line) => /^\d+$/.test(line));
    expect([code, printed.length, stderr.match(/^too$/gm)?.length]).toEqual([0, 2, 2]);
    expect(printed).not.toContain(String(process.pid));
  });

  it('goes on where a handler ends its process, and says so', async () => {
    await scene.folder.write(HANDLER, toHandler('process.exit(3);'));
    const { code, stdout, stderr } = await scene.run(['record', GUID, '--json']);
    expect([code, stderr]).toEqual([
      0,
      'The process that tries the handlers ended with 3.\nNo handler was tried with the recording.\n',
    ]);
    expect(expectJson('record', stdout)).toMatchObject({ handlers: null });
  });

  it.each([
    { what: 'handlers that do not load', args: [], says: 'No handler was tried with the recording.\n' },
    { what: '--no-try', args: ['--no-try'], says: '' },
  ])('records with $what all the same', async ({ args, says }) => {
    await scene.folder.write(HANDLER, 'throw new Error("no such luck");');
    const { code, stdout, stderr } = await scene.run(['record', GUID, '--json', ...args]);
    expect([code, stderr.endsWith(says)]).toEqual([0, true]);
    expect(expectJson('record', stdout)).toMatchObject({ handlers: null });
  });
});
