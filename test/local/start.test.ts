/** `npm start`, as a process, in either shape. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runIn } from '../cli/run.ts';
import { makeProject, type LocalProject, type LocalServer } from '../harness/local-project.ts';

describe('npm start', () => {
  let project: LocalProject;
  let server: LocalServer;
  beforeAll(async () => {
    project = await makeProject();
    server = await project.start();
  });
  afterAll(() => project.remove());

  it.each([
    ['ping', 'ping', '202 ignored'],
    ['installation.created', 'installation-created', '200 handled'],
    ['issues.opened', 'issues-opened-by-member', '202 ignored'],
    ['issues.opened', 'issues-opened-first-time', '200 handled'],
    ['pull_request.opened', 'pull-request-opened', '200 handled'],
    ['pull_request.opened', 'pull-request-opened-from-fork', '200 handled'],
    ['pull_request.edited', 'pull-request-edited-body', '202 ignored'],
    ['pull_request.edited', 'pull-request-edited-title', '200 handled'],
    ['pull_request.reopened', 'pull-request-reopened', '200 handled'],
    ['pull_request.synchronize', 'pull-request-synchronize', '200 handled'],
    ['push', 'push', '202 ignored'],
    ['installation.suspend', 'installation-suspend', '200 handled'],
    ['installation.unsuspend', 'installation-unsuspend', '200 handled'],
    ['installation.deleted', 'installation-deleted', '200 handled'],
  ])('sends %s as recorded in %s: %s', (event, name, ending) => {
    const story = server
      .output()
      .split(/\n\n/)
      .find((part) => part.includes(` ${name}.json`));
    expect(story?.split('\n')[0]).toMatch(
      new RegExp(`^  . ${event.replace('.', '\\.')}  .*${ending} +\\d+ ms$`),
    );
  });

  it('tells how a delivery was handled', () => {
    const story = server
      .output()
      .split(/\n\n/)
      .find((part) => part.includes('issues-opened-first-time'));
    expect(
      story
        ?.replaceAll(/\d+ ms/g, 'N ms')
        .replaceAll(/ +/g, ' ')
        .split('\n'),
    ).toEqual([
      ' ✓ issues.opened octo-org/widgets#14 by monalisa 200 handled N ms',
      ' 23a1fd33-35bb-11f1-8839-c6667a27df1d installation 51230417 issues-opened-first-time.json',
      ' issues.opened handled N ms token minted: issues=write on octo-org/widgets',
      ' → POST /app/installations/51230417/access_tokens 201',
      expect.stringContaining(' → GET /repos/octo-org/widgets/issues?creator=monalisa'),
      ' → GET /repos/octo-org/widgets/issues/14/comments?per_page=100&page=1 200',
      ' → POST /repos/octo-org/widgets/issues/14/comments 201',
    ]);
  });

  it('keeps the webhook secret in a file for its owner alone, and shows where, not what', async () => {
    const secret = await project.read('.hookmint/webhook-secret');
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    expect(await project.modeOf('.hookmint/webhook-secret')).toBe('600');
    expect(await project.modeOf('.hookmint')).toBe('700');
    expect(server.output()).toContain('.hookmint/webhook-secret');
    expect(server.output()).not.toContain(secret);
  });

  it('answers 401 to an unsigned request, on any path, and tells of it', async () => {
    const from = server.output().length;
    const headers = { 'content-type': 'application/json', 'x-github-event': 'issues' };
    const response = await fetch(`${server.url}/any/path`, { method: 'POST', headers, body: '{}' });
    expect([response.status, await response.json()]).toEqual([401, { outcome: 'rejected' }]);
    await server.until('signature_missing', from);
  });

  it('is what hookmint trigger sends to', async () => {
    const from = server.output().length;
    const { code, output } = await project.run('trigger', {
      args: ['pull-request-edited-title', '--form'],
      env: { PORT: server.port },
    });
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toMatch(/200 {2}\{"delivery":"[0-9a-f-]{36}","event":"pull_request","outcome":"handled"/);
    await server.until('token cached: checks=write on octo-org/widgets', from);
  });

  it('says so where the port is taken, and ends with 2', async () => {
    const { code, output } = await project.run('dev', { env: { PORT: server.port } });
    expect(code).toBe(2);
    expect(output).toMatch(/^Port \d+ is taken[^\n]*PORT=\d+ npm start\n$/);
  });

  it('handles a delivery once', async () => {
    const from = server.output().length;
    const args = [
      'trigger',
      'issues-opened-first-time',
      '--delivery',
      '23a1fd33-35bb-11f1-8839-c6667a27df1d',
    ];
    const { stdout } = await runIn(project.folder, args, { env: { PORT: server.port } });
    expect(stdout).toMatch(/200 {2}\{.*"outcome":"duplicate"/);
    await server.until('200 duplicate', from);
  });

  it('refuses what it does not know', async () => {
    const { code, stderr } = await runIn(project.folder, ['dev', '--queue']);
    expect([code, stderr]).toEqual([2, expect.stringContaining("unknown option '--queue'")]);
  });

  it('shares the webhook secret with a second server, and not the ledger', async () => {
    const secret = await project.read('.hookmint/webhook-secret');
    const second = await project.start();
    expect(await project.read('.hookmint/webhook-secret')).toBe(secret);
    expect(second.output()).toContain('Another server has the ledger in .hookmint/ledger');
    expect(await second.stop('SIGTERM')).toBe(0);
  });
});

describe('npm start -- --queued', () => {
  let project: LocalProject;
  let server: LocalServer;
  beforeAll(async () => {
    project = await makeProject();
    server = await project.start({}, ['--queued']);
  });
  afterAll(() => project.remove());

  it('tells that a delivery was queued, and what the worker did with it', () => {
    const stories = server
      .output()
      .split(/\n\n/)
      .filter((part) => part.includes('23a1fd33-35bb-11f1-8839-c6667a27df1d'));
    // Which of two functions is heard first is for the machine to say.
    const [worked, queued, ...more] = stories.toSorted((one, other) => isQueued(one) - isQueued(other));
    expect(queued).toMatch(/^ {2}» issues\.opened {2}octo-org\/widgets#14 by monalisa +202 queued +\d+ ms\n/);
    expect(worked).toMatch(
      /^ {2}✓ issues\.opened .* worker: handled +\d+ ms\n[^]*issues\.opened {2}handled +\d+ ms {3}token minted: issues=write on octo-org\/widgets\n[^]*→ POST {3}\/repos\/octo-org\/widgets\/issues\/14\/comments +201/,
    );
    expect(more).toEqual([]);
  });
  const isQueued = (story: string): number => Number(story.includes('» '));

  it('tells of a delivery that comes again', async () => {
    const from = server.output().length;
    const id = '23a1fd33-35bb-11f1-8839-c6667a27df1d';
    const args = ['trigger', 'issues-opened-first-time', '--delivery', id];
    const { stdout } = await runIn(project.folder, args, { env: { PORT: server.port } });
    expect(stdout).toContain('202 ');
    await server.until('worker: duplicate', from);
  });

  it('shows the queue, for hookmint redrive', async () => {
    const [, url = ''] = /npx hookmint redrive --queue-url (\S+) --dry-run/.exec(server.output()) ?? [];
    const { code, stdout } = await runIn(project.folder, ['redrive', '--queue-url', url, '--dry-run']);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^0 dead letters in http:/)]);
  });

  it('ends, and its functions with it', async () => {
    expect(await server.stop('SIGINT')).toBe(0);
    await expect(project.read(`.hookmint/${server.port}/functions/worker.mjs`)).rejects.toThrow('ENOENT');
  });
});
