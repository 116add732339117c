/** What `hookmint new` refuses, in words, before it changes anything; and how every command ends. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toAppName } from '../../cli/new/app-name.ts';
import { runIn } from '../cli/run.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hookmint-refusals-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('hookmint new', () => {
  it('refuses a folder that is not empty, and leaves it as it is', async () => {
    await mkdir(join(folder, 'app'));
    await writeFile(join(folder, 'app', '.keep'), 'mine');
    const { code, stderr } = await hookmint('new', 'app');
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `${join(folder, 'app')} is not empty: .keep is in it. Give a new folder for the app.\n`,
    });
    expect(await readdir(join(folder, 'app'))).toEqual(['.keep']);
  });

  it.each([
    { what: 'a path that is a file', dir: 'file', told: 'is a file. Give a folder for the app.' },
    { what: 'a path below a file', dir: 'file/app', told: 'file is a file: no app can be made in it.' },
    { what: 'a missing parent', dir: 'missing/app', told: 'There is no folder' },
    { what: 'a bad name', dir: 'My App', told: '"My App" cannot be the name of an app' },
  ])('refuses $what', async ({ dir, told }) => {
    await writeFile(join(folder, 'file'), '');
    const { code, stderr } = await hookmint('new', dir);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(told) });
    expect(stderr).not.toMatch(/^ +at /m);
    expect(await readdir(folder)).toEqual(['file']);
  });
});

describe('the name of an app', () => {
  it.each(['app', 'labels-for-widgets', 'a1-2', 'a'.repeat(32)])('may be %s', (name) => {
    expect(toAppName(`/somewhere/${name}`)).toBe(name);
  });

  it.each([
    { name: 'My.App', would: 'my-app would do.' },
    { name: '2fast--4you-', would: 'fast-4you would do.' },
    { name: 'under_score', would: 'under-score would do.' },
    { name: `${'a'.repeat(31)}-b`, would: `${'a'.repeat(31)} would do.` },
    { name: '日本', would: 'a letter first.' },
    { name: 'hookmint', would: 'npm installs no package into itself.' },
  ])('cannot be $name', ({ name, would }) => {
    expect(() => toAppName(`/somewhere/${name}`)).toThrow(would);
  });
});

describe('every command', () => {
  it.each([
    { what: 'an unknown command', args: ['reddrive'], told: "unknown command 'reddrive'" },
    { what: 'an unknown option', args: ['build', '--fast'], told: "unknown option '--fast'" },
    { what: 'a missing argument', args: ['new'], told: "missing required argument 'dir'" },
    { what: 'no command', args: [], told: 'Usage: hookmint' },
    { what: 'settings that are no good', args: ['installations'], told: 'GITHUB_APP_ID is missing' },
    { what: 'a queue that nobody named', args: ['redrive'], told: 'Which queue?' },
  ])('ends with 2 and says why: $what', async ({ args, told }) => {
    const { code, stderr, stdout } = await hookmint(...args);
    expect({ code, stderr, stdout }).toEqual({
      code: 2,
      stderr: expect.stringContaining(told),
      stdout: '',
    });
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it.each(['--help', '--version'])('%s is well', async (option) => {
    expect(await hookmint(option)).toMatchObject({ code: 0, stderr: '' });
  });
});

function hookmint(...args: readonly string[]) {
  return runIn(folder, args);
}
