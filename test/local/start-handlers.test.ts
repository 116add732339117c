/** `npm start` with handlers that behave badly, and with none that can be built. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sign } from '../harness/deliver.ts';
import { makeProject, type LocalProject } from '../harness/local-project.ts';

describe('npm start with handlers of your own', () => {
  let project: LocalProject;
  beforeAll(async () => {
    project = await makeProject();
  });
  afterAll(() => project.remove());

  const useHandler = async (code: string): Promise<void> => {
    const head = "import { defineHandler } from 'hookmint';\n";
    await project.write('functions/handlers/push.ts', head + code);
    const table = `export const handlers = { push: () => import('./push.ts') };`;
    await project.write('functions/handlers/index.ts', table);
  };
  const define = (handle: string) =>
    useHandler(`export default defineHandler('push', { permissions: {}, ${handle} });`);

  it('tells what a handler logs, prints and throws', async () => {
    await define(
      `handle({ log }) { console.log('printed'); log.warn('odd', { n: 1 }); throw new TypeError('oh'); }`,
    );
    const server = await project.start();
    expect(server.output()).toMatch(
      /│ printed\n[^]*✗ push .*500 failed[^]*TypeError: oh[^]*log\.warn {2}odd {2}n=1/,
    );
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends on %s with 0, and the function with it', async (signal) => {
    await define(`handle({ log }) { log.info('mine', { pid: process.pid }); }`);
    const server = await project.start();
    const pid = Number(/pid=(\d+)/.exec(server.output())?.[1]);
    expect(isAlive(pid)).toBe(true);
    expect(await server.stop(signal)).toBe(0);
    await expect.poll(() => isAlive(pid)).toBe(false);
    await expect(project.read(`.hookmint/${server.port}/functions/webhook.mjs`)).rejects.toThrow('ENOENT');
    await expect(fetch(server.url)).rejects.toThrow('fetch failed');
  });

  it('ends even while a handler is in an endless loop', async () => {
    await define(
      `handle({ payload }) { if (payload.ref === 'refs/heads/loop') { console.log('in the loop'); for (;;); } }`,
    );
    const server = await project.start();
    const secret = await project.read('.hookmint/webhook-secret');
    const body = '{"ref":"refs/heads/loop"}';
    const headers = {
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-github-delivery': 'loop',
      'x-hub-signature-256': sign(body, secret),
    };
    const answer = fetch(server.url, { method: 'POST', headers, body }).then(({ status }) => status);
    await server.until('in the loop');
    expect(await server.stop('SIGTERM')).toBe(0);
    expect(await answer.catch(() => 502)).toBe(502);
  });

  it('starts the function anew after its process died', async () => {
    await define(`handle() { process.exit(7); }`);
    const server = await project.start();
    expect(server.output()).toContain("The function's process ended with exit code 7");
    expect(server.output()).toMatch(/✗ push .*502 no answer/);
    expect(server.output()).toMatch(/· installation\.deleted|· installation .*202 ignored/);
  });

  it.each([
    {
      what: 'a syntax error',
      code: 'export default 5 +;',
      told: /ERROR.*push\.ts:1|push\.ts:2[^]*could not be built/,
    },
    {
      what: 'a module that is no handler',
      code: 'export default 5;',
      told: /could not be built: .*push\.ts has a default export/,
    },
  ])('ends with 2 on $what', async ({ code, told }) => {
    await useHandler(code);
    const ended = await project.run('dev', { env: { PORT: '0' } });
    expect(ended.code).toBe(2);
    expect(ended.output).toMatch(told);
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
