/** The workflows run what is there, with as little as they need. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('../../', import.meta.url);
const WORKFLOWS = readdirSync(new URL('.github/workflows/', ROOT));
const MANIFEST: { readonly scripts: Readonly<Record<string, string>> } = JSON.parse(read('package.json'));

describe.each(WORKFLOWS)('%s', (file) => {
  const text = read(`.github/workflows/${file}`);

  it('pins every action to a commit, and says which version that is', () => {
    const actions = [...text.matchAll(/uses: (.*)/g)].map(([, action = '']) => action);
    expect(actions.length).toBeGreaterThan(0);
    expect(actions.filter((action) => !/^[\w-]+\/[\w-]+@[\da-f]{40} # v\d+\.\d+\.\d+$/.test(action))).toEqual(
      [],
    );
  });

  it('begins without any permission, and never with a stored secret', () => {
    expect(text).toMatch(/^permissions: \{\}$/m);
    const granted = [...text.matchAll(/^ {6}([\w-]+: (?:read|write))/gm)].map(([, permission]) => permission);
    expect(granted.filter((permission) => permission !== 'contents: read')).toEqual(
      file === 'deploy.yml' ? ['id-token: write'] : [],
    );
    expect(text).not.toContain('secrets.');
    const checkouts = text.split('actions/checkout@').slice(1);
    expect(
      checkouts.filter((rest) => !/^\S+ .*\n +with:\n +persist-credentials: false\n/.test(rest)),
    ).toEqual([]);
  });

  it('runs scripts that are there, and puts no expression into a shell', () => {
    const commands = [...text.matchAll(/- run: (?:>-\n((?: {10}.*\n)+)|(.*))/g)].map(
      ([, folded, plain]) => folded ?? plain ?? '',
    );
    const scripts = commands.flatMap((command) =>
      [...command.matchAll(/npm run ([\w:]+)/g)].map(([, script = '']) => script),
    );
    expect(scripts.filter((script) => !(script in MANIFEST.scripts))).toEqual([]);
    expect(commands.filter((command) => command.includes('${{'))).toEqual([]);
  });
});

it('checks on every push what the README tells a newcomer to run, and packages both shapes', () => {
  const checks = read('.github/workflows/checks.yml');
  expect(checks).toMatch(/^on:\n {2}push:\n/m);
  for (const command of ['npm ci', 'npm test', 'npm run check', 'npm run package', 'npm run test:runtime'])
    expect(checks).toContain(`- run: ${command}\n`);
  expect(checks).toContain('npm run package -- --param shape=inline');
});

function read(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8');
}
