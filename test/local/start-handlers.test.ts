/** `npm start` with handlers that behave badly, and with none that can be built. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sign } from '../harness/deliver.ts';
import { makeProject, type LocalProject, type LocalServer } from '../harness/local-project.ts';

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

  /** With its function, whose process had this id, and with all that it had built. */
  const expectEnd = async ({ port, url }: LocalServer, pid: number): Promise<void> => {
    await expect.poll(() => isAlive(pid)).toBe(false);
    await expect(project.read(`.hookmint/${port}/functions/webhook.mjs`)).rejects.toThrow('ENOENT');
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  };

  describe('of which one throws', () => {
    let server: LocalServer;
    beforeAll(async () => {
      await define(
        `handle({ log }) { console.log('printed'); log.warn('odd', { pid: process.pid }); throw new TypeError('oh'); }`,
      );
      server = await project.start();
    });

    it('tells what it logs, prints and throws', () => {
      expect(server.output()).toMatch(
        /│ printed\n[^]*✗ push .*500 failed[^]*TypeError: oh[^]*log\.warn {2}odd {2}pid=\d/,
      );
    });

    it('ends on SIGINT with 0, and the function with it', async () => {
      const pid = Number(/pid=(\d+)/.exec(server.output())?.[1]);
      expect(isAlive(pid)).toBe(true);
      expect(await server.stop('SIGINT')).toBe(0);
      await expectEnd(server, pid);
    });
  });

  describe('of which one ends its process, or never returns', () => {
    let server: LocalServer;
    beforeAll(async () => {
      await define(
        `handle({ payload }) {
          if (payload.ref !== 'refs/heads/loop') process.exit(7);
          console.log('in the loop of', process.pid);
          for (;;);
        }`,
      );
      server = await project.start();
    });

    it('starts the function anew after its process died', () => {
      expect(server.output()).toContain("The function's process ended with exit code 7");
      expect(server.output()).toMatch(/✗ push .*502 no answer/);
      expect(server.output()).toMatch(/· installation\.deleted|· installation .*202 ignored/);
    });

    it('ends on SIGTERM with 0, also while a handler is in an endless loop', async () => {
      const secret = await project.read('.hookmint/webhook-secret');
      const body = '{"ref":"refs/heads/loop"}';
      const headers = {
        'content-type': 'application/json',
        'x-github-event': 'push',
        'x-github-delivery': 'loop',
        'x-hub-signature-256': sign(body, secret),
      };
      const answer = fetch(server.url, { method: 'POST', headers, body }).then(({ status }) => status);
      await server.until('in the loop of ');
      const pid = Number(/in the loop of (\d+)/.exec(server.output())?.[1]);
      expect(isAlive(pid)).toBe(true);
      expect(await server.stop('SIGTERM')).toBe(0);
      expect(await answer.catch(() => 502)).toBe(502);
      await expectEnd(server, pid);
    });
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
      told: /could not be built: .*push\.ts has no default export made by defineHandler/,
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
