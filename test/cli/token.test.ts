/** `hookmint token`: narrow, on standard output, and never wider than asked. */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AppScene, startAppScene } from './app-scene.ts';
import { expectJson } from './schemas.ts';

let scene: AppScene;
beforeEach(async () => {
  scene = await startAppScene();
});
afterEach(() => scene.close());

const token = (...args: string[]) =>
  scene.run(['token', '--repo', 'octo-org/widgets', '--permissions', 'issues=read', ...args]);

describe('hookmint token', () => {
  it.each([
    { args: ['--permissions', 'isues=read'], says: "Did you mean 'issues'?" },
    { args: ['--permissions', 'issues'], says: 'write it as issues=read' },
    { args: ['--permissions', 'issues=all'], says: 'levels are read, write, admin' },
    { args: ['--permissions', ','], says: 'A token needs a permission' },
    { args: ['--repo', 'widgets'], says: "'widgets' is no repository: OWNER/NAME." },
    { args: ['--repo', 'octo-org/other'], says: 'The App is not installed on octo-org/other' },
    { args: ['--permissions', 'contents=write'], says: 'has not granted' },
  ])('refuses $args and prints no token', async ({ args, says }) => {
    const { code, stdout, stderr } = await token(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(says);
  });

  it('prints the token alone, which may do what was asked for and no more', async () => {
    const { code, stdout, stderr } = await token();
    expect([code, stderr]).toEqual([0, '']);
    const [made] = scene.github.tokens;
    expect(createHash('sha256').update(stdout.trim()).digest('hex')).toBe(made?.sha256);
    expect(made?.grant.permissions).toEqual({ issues: 'read' });
    expect(made?.grant.repositoryIds).toHaveLength(1);
  });

  it('says with --json when it ends', async () => {
    const { stdout } = await token('--json');
    expect(expectJson('token', stdout)).toMatchObject({ repository: 'octo-org/widgets' });
  });

  it('hands on none that GitHub made wider', async () => {
    scene.github.faults.next(
      { path: /access_tokens$/ },
      {
        status: 201,
        body: {
          token: 'ghs_wide',
          expires_at: '2099-01-01T00:00:00Z',
          permissions: { issues: 'write' },
          repository_selection: 'selected',
          repositories: [],
        },
      },
    );
    const { code, stdout, stderr } = await token();
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('may do more than was asked');
    expect(stderr).not.toContain('ghs_wide');
  });
});
