/** `npm start` with an App that GitHub knows. */
import { describe, expect, it } from 'vitest';
import { createAppKey } from '../../local/github/app-key.ts';
import { createGitHub } from '../../local/github/server.ts';
import { runIn } from '../cli/run.ts';
import { loadWorld } from '../harness/deliver.ts';
import { makeProject } from '../harness/local-project.ts';

describe('npm start with a real App', () => {
  it('talks to the GitHub of .env, and sends it no recorded delivery', async () => {
    const { privateKeyPem, publicKey } = createAppKey();
    const world = loadWorld();
    const github = await createGitHub({ ...world, app: { ...world.app, publicKeys: [publicKey] } });
    const project = await makeProject();
    await project.write('app.pem', privateKeyPem);
    const env = `GITHUB_APP_ID=31415\nGITHUB_PRIVATE_KEY_FILE=app.pem\nGITHUB_WEBHOOK_SECRET="{not JSON"\n`;
    await project.write('.env', `${env}GITHUB_API_URL=${github.url}\n`);

    const server = await project.start();
    expect(github.calls).toMatchObject([{ method: 'GET', path: '/app', status: 200 }]);
    expect(server.output()).toContain(`the real GitHub at ${github.url}, as App 31415`);
    expect(server.output()).toContain('GitHub knows the App by its key: ');
    expect(server.output()).not.toMatch(/not JSON|BEGIN/);
    const options = { env: { PORT: server.port } };
    const { code, stderr } = await runIn(project.folder, ['trigger', 'issues-opened-first-time'], options);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(github.calls.at(-1)).toMatchObject({ method: 'POST', status: 201 });
    await server.until('token minted: issues=write');
    // Nothing of ours stands between handler and GitHub: the function's own lines say what it called.
    await server.until('POST   /repos/octo-org/widgets/issues/14/comments');

    await project.remove();
    await github.close();
  });

  it('ends with 2 where .env is incomplete', async () => {
    const project = await makeProject();
    await project.write('.env', 'GITHUB_APP_ID=31415\n');
    const { code, output } = await project.run('dev');
    expect(code).toBe(2);
    expect(output).toMatch(/GITHUB_WEBHOOK_SECRET is missing[^]*GITHUB_PRIVATE_KEY_FILE is missing/);
    await project.remove();
  });
});
