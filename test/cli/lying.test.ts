/** Every command that asks GitHub or AWS, while one of them lies: it ends, and never says that all is well. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hasJson, listCommands } from '../../cli/list-commands.ts';
import { createIo } from '../../cli/io/io.ts';
import { surroundingsOfProcess } from '../../cli/io/surroundings.ts';
import { createProgram } from '../../cli/program.ts';
import type { HttpOutcome } from '../../local/http/server.ts';
import { leakedFrom } from './leaked.ts';
import { GUID, type LyingScene, type Service, startLyingScene } from './lying-scene.ts';
import { expectJson } from './schemas.ts';

let scene: LyingScene;
beforeAll(async () => {
  scene = await startLyingScene();
});
afterAll(() => scene.close());
afterEach(() => scene.tellTruth());

const run = ({ command, args = [] }: Pick<Case, 'command' | 'args'>) =>
  scene.start([...command.split(' '), ...args]).ended;

interface Case {
  readonly command: string;
  readonly args?: readonly string[];
  /** Whom it asks, and cannot do without. */
  readonly needs: readonly Service[];
  /** Whose silence it tells, with the exit code that it has then. */
  readonly tells?: Partial<Readonly<Record<Service, 0 | 1>>>;
  /** Of those the ones that no command before it reads in the same way. */
  readonly readsItself: readonly Service[];
  /** Its exit code where everybody tells the truth. */
  readonly well: 0 | 1;
}

const NEEDED: readonly Service[] = ['cloudformation', 'secrets', 'github'];

const CASES: readonly Case[] = [
  { command: 'deliveries', needs: NEEDED, readsItself: NEEDED, well: 0 },
  {
    command: 'show',
    args: [GUID],
    needs: ['cloudformation'],
    tells: { secrets: 1, github: 1, dynamodb: 1, sqs: 1, logs: 1 },
    readsItself: ['github', 'dynamodb', 'sqs', 'logs'],
    well: 1, // nothing shows that a handler began
  },
  {
    command: 'redeliver',
    args: [GUID, '--handler', 'issues.opened'],
    needs: [...NEEDED, 'dynamodb'],
    readsItself: [],
    well: 0,
  },
  { command: 'record', args: [GUID, '--no-try'], needs: NEEDED, readsItself: [], well: 0 },
  { command: 'account', needs: [...NEEDED, 'dynamodb', 'sqs'], readsItself: [], well: 1 },
  { command: 'installations', needs: NEEDED, readsItself: ['github'], well: 0 },
  {
    command: 'token',
    args: ['--repo', 'octo-org/widgets', '--permissions', 'issues=read'],
    needs: NEEDED,
    readsItself: ['github'],
    well: 0,
  },
  {
    command: 'doctor',
    needs: ['cloudformation'],
    tells: { secrets: 1, github: 1, sqs: 1, logs: 0 },
    readsItself: [],
    well: 1, // it was never swept
  },
  { command: 'redrive', needs: ['cloudformation', 'sqs'], readsItself: ['sqs'], well: 0 },
  { command: 'rotate webhook-secret', needs: NEEDED, readsItself: ['github'], well: 0 },
  { command: 'rotate private-key', args: ['new.pem'], needs: NEEDED, readsItself: [], well: 0 },
];

const json = (status: number, body: unknown, headers = {}): HttpOutcome => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

const LIES: Readonly<Record<string, HttpOutcome>> = {
  'a 500': { status: 500 },
  'a cut connection': 'reset',
  'the page of a proxy': {
    status: 200,
    headers: { 'content-type': 'text/html' },
    body: '<html>Hello</html>',
  },
};

const LIES_OF_GITHUB: Readonly<Record<string, HttpOutcome>> = {
  ...LIES,
  'a rate limit': json(
    403,
    { message: 'API rate limit exceeded' },
    { 'x-ratelimit-remaining': '0', 'retry-after': '77' },
  ),
  'an empty page': { status: 200 },
  'a list of nothing that can be read': json(200, [{}]),
  'a 404 without words': { status: 404 },
};

/** What is read in one place for several commands meets each lie in the first of them, and one or two in the others. */
function liesOf(service: Service, { readsItself }: Case): Readonly<Record<string, HttpOutcome>> {
  const all = service === 'github' ? LIES_OF_GITHUB : LIES;
  return readsItself.includes(service)
    ? all
    : Object.fromEntries(Object.entries(all).filter(([what]) => what === 'a 500' || what === 'a rate limit'));
}

const COMBINATIONS = CASES.flatMap((each) =>
  [...each.needs, ...Object.keys(each.tells ?? {})].flatMap((name) => {
    const service = name as Service;
    return Object.entries(liesOf(service, each)).map(([what, lie]) => ({ ...each, service, what, lie }));
  }),
);

describe('against a service that lies,', () => {
  it.each(COMBINATIONS)(
    'hookmint $command: $service answers with $what',
    async ({ command, args = [], ...each }) => {
      const { service, lie, tells = {} } = each;
      let lies = 0;
      scene.lie(service, () => {
        lies += 1;
        return lie;
      });
      const { code, stdout, stderr } = await run({ command, args });
      expect({ code, stderr }).toEqual({ code: tells[service] ?? 2, stderr });
      expect(lies).toBeGreaterThan(0);
      expect(leakedFrom(scene.secrets, stdout + stderr)).toEqual([]);
      // Words for whoever typed the command, and no stack of ours.
      expect(stderr).not.toMatch(/^\s+at /m);
      if (code !== 2) return expectSilence(expectJson(command.replaceAll(' ', '-'), stdout));
      expect([stdout, stderr]).toEqual(['', expect.stringMatching(/^\S.{10,}\n/)]);
    },
  );
});

/** Who did not answer is named: a source of `show`, a check of the doctor. */
function expectSilence(value: unknown): void {
  const { sources = [], checks = [] } = value as {
    readonly sources?: readonly { readonly ok: boolean; readonly problem: string | null }[];
    readonly checks?: readonly { readonly status: string; readonly message: string }[];
  };
  const told = [
    ...sources.filter(({ ok }) => !ok).map(({ problem }) => problem),
    ...checks.filter(({ status }) => status !== 'pass').map(({ message }) => message),
  ];
  expect(told.join('\n')).toMatch(/GitHub|AWS|CloudWatch/);
}

/** Where GitHub is silent. */
const PATIENT = CASES.filter(
  ({ needs, tells = {} }) => needs.includes('github') || tells.github !== undefined,
);

/** Lets a service fall silent. @returns Resolves when it is asked. */
const silence = (service: Service): Promise<void> =>
  new Promise((resolve) => {
    scene.lie(service, () => {
      resolve();
      return 'silence';
    });
  });

describe('while a service keeps silent', () => {
  it.each([
    ...PATIENT.map((each) => ({ ...each, service: 'github' as const })),
    { command: 'redrive', args: [], service: 'sqs' as const },
  ])('hookmint $command says what it does, and ends by Ctrl-C', async ({ command, args = [], service }) => {
    const asked = silence(service);
    const running = scene.start([...command.split(' '), ...args], { isTTY: true });
    await asked;
    await expect.poll(() => running.stderr(), { interval: 5 }).toMatch(/\r\S*\[2K[A-Z].* …$/);
    running.interrupt();
    const { code, stdout, stderr } = await running.ended;
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringMatching(/Ended\.\n$/)]);
  });
});

describe('after all those lies nothing is half done,', () => {
  it.each(CASES)('hookmint $command does its work', async ({ command, args = [], well }) => {
    const { code, stdout, stderr } = await run({ command, args });
    expect({ code, stderr }).toEqual({ code: well, stderr: '' });
    expectJson(command.replaceAll(' ', '-'), stdout);
  });
});

it('are all the commands that ask somebody by --stage', () => {
  const program = createProgram(createIo({ ...surroundingsOfProcess(), endProcess() {} }));
  const all = listCommands(program).filter(
    ({ command }) => hasJson(command) && command.options.some(({ long }) => long === '--stage'),
  );
  const names = CASES.map(({ command }) => command);
  expect(
    all.map(({ name }) => name.replace(/ [A-Z].*$/, '')).filter((name) => !names.includes(name)),
  ).toEqual([
    'register', // test/cli/register-stage.test.ts
    'key show', // these three: test/cli/key.test.ts
    'key import',
    'key delete',
  ]);
});

describe('GitHub’s log that shrinks while it is read', () => {
  const isList = ({ path }: { readonly path: string }): boolean => path.endsWith('/app/hook/deliveries');
  const lost = json(404, { message: 'Not Found' });

  it.each([
    { command: 'record', args: [GUID], code: 2, says: 'no longer has the payload' },
    { command: 'redeliver', args: [GUID], code: 2, says: `GitHub no longer has the delivery ${GUID}` },
    { command: 'account', args: [], code: 2, says: 'lists deliveries that it no longer has' },
    { command: 'deliveries', args: [], code: 0, says: '' },
    { command: 'show', args: [GUID], code: 1, says: '' },
  ])('ends hookmint $command with $code', async ({ command, args, code, says }) => {
    scene.lie('github', (request) =>
      isList(request) || !request.path.includes('/deliveries/') ? undefined : lost,
    );
    const ended = await run({ command, args });
    expect([ended.code, ended.stderr]).toEqual([code, expect.stringContaining(says)]);
    if (code !== 2) expectJson(command, ended.stdout);
  });

  /** Of a log that goes on. */
  const firstPage = () => {
    const entry = {
      id: 1,
      guid: GUID,
      delivered_at: new Date().toISOString(),
      status: 'OK',
      status_code: 200,
      event: 'push',
    };
    const link = `<${scene.github.url}/app/hook/deliveries?per_page=100&cursor=v1_1>; rel="next"`;
    return json(200, [entry], { link });
  };

  it('keeps what was read of it, where the next page is empty', async () => {
    scene.lie('github', (request) =>
      isList(request) ? (request.query.has('cursor') ? json(200, []) : firstPage()) : undefined,
    );
    const { code, stdout } = await run({ command: 'deliveries' });
    expect([code, expectJson('deliveries', stdout)]).toEqual([0, [expect.objectContaining({ id: '1' })]]);
  });

  it('says so where it does not take the cursor any more', async () => {
    scene.lie('github', (request) =>
      isList(request)
        ? request.query.has('cursor')
          ? json(422, { message: 'Cursor' })
          : firstPage()
        : undefined,
    );
    const { code, stdout, stderr } = await run({ command: 'deliveries' });
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining('log of deliveries')]);
  });
});
