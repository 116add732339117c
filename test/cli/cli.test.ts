import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiResponse } from '../../lib/github/api.ts';
import type { CallAsApp } from '../../lib/github/app-calls.ts';
import { type Installation, listInstallations } from '../../cli/installations/list-installations.ts';
import { createAppKey } from '../../local/github/app-key.ts';
import { createGitHub } from '../../local/github/server.ts';
import { openFrontDoor } from '../../local/aws/function-url.ts';
import { loadWorld } from '../harness/deliver.ts';
import { makeProject, type LocalProject } from '../harness/local-project.ts';
import { makeFolder, runIn } from './run.ts';
import { expectJson } from './schemas.ts';

const GUID = 'aaaaaaaa-0000-4000-8000-000000000000';

const page = (body: unknown, link?: string, status = 200): ApiResponse => ({
  status,
  headers: new Headers(link === undefined ? {} : { link }),
  body,
});

describe('listInstallations', () => {
  const { signal } = new AbortController();
  const answering = (...pages: ApiResponse[]) => {
    const paths: string[] = [];
    const call: CallAsApp = async ({ path }) => {
      paths.push(path);
      return pages[paths.length - 1] ?? page([], undefined, 500);
    };
    return { paths, call };
  };
  const list = async (call: CallAsApp): Promise<readonly Installation[]> => {
    const listed: Installation[] = [];
    for await (const installation of listInstallations(call, signal)) listed.push(installation);
    return listed;
  };

  it('gives every field its type', async () => {
    const { call } = answering(
      page([
        {
          id: 1,
          account: { login: 'octo-org', type: 'Organization' },
          target_type: 'Organization',
          repository_selection: 'selected',
          suspended_at: '2026-01-02T03:04:05Z',
          permissions: { issues: 'write' },
        },
        { id: 2, account: { slug: 'octo-inc' }, target_type: 'Enterprise' },
        { id: 3, account: null, suspended_at: null },
      ]),
    );
    const nothing = { suspendedAt: null, repositorySelection: null, permissions: {} };
    expect(await list(call)).toEqual([
      {
        id: 1,
        account: 'octo-org',
        accountType: 'Organization',
        suspendedAt: new Date('2026-01-02T03:04:05Z'),
        repositorySelection: 'selected',
        permissions: { issues: 'write' },
      },
      { id: 2, account: 'octo-inc', accountType: 'Enterprise', ...nothing },
      { id: 3, account: null, accountType: null, ...nothing },
    ]);
  });

  it('follows the number of the next page, whatever host the link names', async () => {
    const { paths, call } = answering(
      page(
        [{ id: 1 }],
        '<https://elsewhere.test/x?per_page=100&page=2>; rel="next", <https://elsewhere.test/x?page=9>; rel="last"',
      ),
      page([{ id: 2 }], '<https://api.github.com/app/installations?page=1>; rel="prev"'),
    );
    expect((await list(call)).map(({ id }) => id)).toEqual([1, 2]);
    expect(paths).toEqual([
      '/app/installations?per_page=100&page=1',
      '/app/installations?per_page=100&page=2',
    ]);
  });

  it('asks for no page that nobody reads', async () => {
    const { paths, call } = answering(page([{ id: 1 }, { id: 2 }], '<https://a.test/?page=2>; rel="next"'));
    for await (const { id } of listInstallations(call, signal)) if (id === 1) break;
    expect(paths).toHaveLength(1);
  });

  it.each([
    { what: 'another status', answer: page([], undefined, 404), detail: '404' },
    { what: 'what is no list', answer: page({}), detail: '200' },
    { what: 'a record without an id', answer: page([{ id: '1' }]), detail: 'no id' },
    {
      what: 'a link that goes back',
      answer: page([], '<https://a.test/?page=1>; rel="next"'),
      detail: 'Link',
    },
  ])('refuses $what', async ({ answer, detail }) => {
    await expect(list(answering(answer).call)).rejects.toMatchObject({
      code: 'github_unexpected',
      detail: expect.stringContaining(detail),
    });
  });

  it('reads page after page of a GitHub', async () => {
    const { privateKeyPem, publicKey } = createAppKey();
    const world = loadWorld();
    const [installation] = world.installations ?? [];
    if (installation === undefined) throw new Error('nobody installed the App in this world');
    const github = await createGitHub({
      ...world,
      app: { ...world.app, publicKeys: [publicKey] },
      installations: Array.from({ length: 201 }, (_, index) => ({
        ...installation,
        id: index + 1,
        account: { login: `user-${index + 1}`, type: 'User' },
        repositories: 'all',
        suspended: index === 200,
      })),
    });
    const folder = await makeFolder();
    await folder.write('app.pem', privateKeyPem);
    const app = { GITHUB_APP_ID: '31415', GITHUB_PRIVATE_KEY_FILE: 'app.pem' };
    const env = { ...app, GITHUB_API_URL: github.url };
    const json = await folder.run(['installations', '--json'], { env });
    expect(expectJson('installations', json.stdout)).toHaveLength(201);
    const before = github.calls.length;
    const { code, stdout: output } = await folder.run(['installations'], { env });
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toMatch(/^user-1 {2}1\n {2}User, all repositories\n {2}.*issues=write/);
    expect(output).toMatch(/user-201 {2}201\n {2}User, all repositories, suspended since \d{4}-/);
    expect(output).toContain(`201 installations of App 31415 at ${github.url}`);
    expect(github.calls.slice(before).map(({ path }) => path)).toEqual([
      '/app/installations?per_page=100&page=1',
      '/app/installations?per_page=100&page=2',
      '/app/installations?per_page=100&page=3',
      '/app',
    ]);
    await folder.remove();
    await github.close();
  });
});

describe('the commands', () => {
  let project: LocalProject;
  beforeAll(async () => {
    project = await makeProject();
  });
  afterAll(() => project.remove());

  const run = async (args: readonly string[], env: Record<string, string> = {}) => {
    const { code, stdout, stderr } = await runIn(project.folder, args, { env });
    return { code, output: stdout + stderr };
  };
  const deliver = (args: readonly string[], env: Record<string, string> = {}) =>
    run(['trigger', ...args], env);
  const SECRET = { GITHUB_WEBHOOK_SECRET: 's' };

  it('deliver --list shows events and names', async () => {
    const { code, output } = await deliver(['--list']);
    expect(code).toBe(0);
    expect(output).toMatch(/^ {2}ping +ping\n[^]*issues\.opened +issues-opened-by-member\n/);
  });

  it('deliver with an unknown name shows the names', async () => {
    const { code, output } = await deliver(['issues.shut']);
    expect(code).toBe(2);
    expect(output).toMatch(/no recorded delivery 'issues\.shut'[^]*pull-request-opened/);
  });

  it('deliver without a server says what to run', async () => {
    const door = await openFrontDoor(0);
    await door.close();
    const { code, output } = await deliver(['ping', '--url', door.url], SECRET);
    expect([code, output]).toEqual([2, expect.stringContaining('Run npm start first')]);
  });

  it('deliver without a secret says where one comes from', async () => {
    const { code, output } = await deliver(['ping']);
    expect([code, output]).toEqual([2, expect.stringContaining('There is no webhook secret yet')]);
  });

  it('deliver gives an id to one delivery only', async () => {
    const { code, output } = await deliver(['issues.opened', '--delivery', GUID], SECRET);
    expect(code).toBe(2);
    expect(output).toMatch(/these are 2:\n {2}issues\.opened/);
  });

  it('deliver repeats a delivery by its id, and says so where the secret is another', async () => {
    const server = await project.start();
    const again = await deliver(['ping', '--delivery', GUID], { PORT: server.port });
    expect(again.output).toContain(`202  {"delivery":"${GUID}","event":"ping"`);
    const wrong = await deliver(['ping'], { PORT: server.port, ...SECRET });
    expect([wrong.code, wrong.output]).toEqual([1, expect.stringContaining('another webhook secret')]);
    await server.stop('SIGTERM');
  });

  it('installations asks for an App', async () => {
    const { code, output } = await run(['installations']);
    expect([code, output]).toEqual([2, expect.stringContaining('GITHUB_APP_ID is missing')]);
  });
});
