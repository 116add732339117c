import { defineHandler, readConfig, skip } from 'hookmint';
import { run } from 'hookmint/testing';
import { describe, expect, it } from 'vitest';

const payload = {
  repository: {
    id: 9,
    name: 'pump',
    full_name: 'acme/pump',
    owner: { login: 'acme', id: 8, type: 'Organization' },
  },
  installation: { id: 44 },
};
const push = { event: 'push', payload };

/** Tells what it reads. */
const reader = (defaults?: Record<string, unknown>) =>
  defineHandler('push', {
    permissions: { contents: 'read' },
    async handle({ payload: pushed, github }) {
      const config =
        defaults === undefined
          ? await readConfig(github, pushed, 'bot.yml')
          : await readConfig(github, pushed, 'bot.yml', defaults);
      const said = Object.entries(config ?? {}).map(([key, value]) => `${key}=${String(value)}`);
      skip(config === undefined ? 'nothing' : said.join('&'));
    },
  });

type Files = Readonly<Record<string, string>>;

async function read({
  pump = {},
  common,
  defaults,
}: {
  pump?: Files;
  common?: Files;
  defaults?: Record<string, unknown>;
}) {
  const repositories = [
    { id: 9, full_name: 'acme/pump', files: pump },
    ...(common === undefined ? [] : [{ id: 10, full_name: 'acme/.github', files: common }]),
  ];
  return run(reader(defaults), push, { world: { repositories } });
}

describe('the configuration of a repository', () => {
  it.each([
    { name: 'is nothing where there is no file', given: {}, is: 'nothing' },
    { name: 'is its defaults where there is no file', given: { defaults: { a: 1 } }, is: 'a=1' },
    {
      name: 'is what .github/bot.yml says, over the defaults',
      given: { pump: { '.github/bot.yml': 'a: 2' }, defaults: { a: 1, b: 1 } },
      is: 'a=2&b=1',
    },
    {
      name: "is the owner's, in the repository .github, where it has none of its own",
      given: { common: { '.github/bot.yml': 'a: 3' } },
      is: 'a=3',
    },
    {
      name: 'overrules what it extends',
      given: {
        pump: { '.github/bot.yml': '_extends: .github\na: 4' },
        common: { '.github/bot.yml': 'a: 3\nb: 3' },
      },
      is: 'a=4&b=3',
    },
  ])('$name', async ({ given, is }) => {
    expect(await read(given)).toMatchObject({ outcome: 'skipped', reason: is });
  });

  it('that is no YAML fails the handler, and the message names the file', async () => {
    const { outcome, error } = await read({ pump: { '.github/bot.yml': 'a: [' } });
    expect(outcome).toBe('failed');
    expect(String(error)).toContain('/repos/acme/pump/contents/.github%2Fbot.yml');
  });
});
