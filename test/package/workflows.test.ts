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
    const commands = [...text.matchAll(/(?:- )?run: (?:>-\n((?: {10}.*\n)+)|(.*))/g)].map(
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
  for (const command of [
    'npm ci',
    'npm test',
    'npm run check',
    'npm run test:app',
    'npm run package',
    'npm run test:runtime',
  ])
    expect(checks).toContain(`- run: ${command}\n`);
  expect(checks).toContain('npm run package -- --param shape=inline');
});

it('deploys what has been tested, by a job that runs neither tests nor scripts of packages', () => {
  const [head = '', job = ''] = read('.github/workflows/deploy.yml').split(/^ {2}deploy:$/m);
  expect(head).toContain('      - run: npm test\n');
  expect(head).not.toContain('id-token');
  expect(job).toContain('    needs: test\n');
  expect(job).toContain('      id-token: write');
  const runs = [...job.matchAll(/^ +(?:- )?run: (?:>-\s+)?(.*)/gm)].map(([, command]) => command);
  expect(runs).toEqual([
    'npm ci --ignore-scripts',
    'rm -rf node_modules/.bin/node node_modules/node-linux-*',
    'npx --no-install hookmint doctor --check --stage "$STAGE"',
    'npm run deploy -- --stage "$STAGE" --region "$AWS_REGION" --param "release=$RELEASE"',
  ]);
  expect(job).toMatch(/^ +role-duration-seconds: 3600$/m);
});

it('asks whether the App can serve the handlers before it deploys, with a role that cannot deploy', () => {
  const [, job = ''] = read('.github/workflows/deploy.yml').split(/^ {2}deploy:$/m);
  const [before = '', after = ''] = job.split('hookmint doctor --check');
  expect(before).toContain('role-to-assume: ${{ vars.AWS_DOCTOR_ROLE_ARN }}');
  expect(before).not.toContain('vars.AWS_ROLE_ARN');
  expect(after).toMatch(
    /role-to-assume: \$\{\{ vars\.AWS_ROLE_ARN \}\}\n.*\n +unset-current-credentials: true/,
  );
  expect(job.match(/- if: vars\.AWS_DOCTOR_ROLE_ARN != ''/g)).toHaveLength(2);
});

it('deploys by force: after a rollback osls would take the same package for deployed', () => {
  expect(MANIFEST.scripts['deploy']).toBe('npm run -s build && osls deploy --force');
});

function read(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8');
}
