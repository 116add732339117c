/**
 * The template of a new app: what stands here, and what such an app has in common with the one at the root of this
 * repository. Every file gets the suffix `.template`, so that npm, compilers and test runners leave it alone; `hookmint
 * new` takes the suffix off again.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Change {
  readonly from: string;
  readonly to: string;
}

/** Files of the root, with what an app has otherwise. */
const SHARED: Readonly<Record<string, readonly Change[]>> = {
  '.env.example': [],
  '.gitignore': [],
  '.prettierrc.json': [],
  '.github/workflows/checks.yml': [
    leaveOut('      - run: npm run check\n'), // which `npm test` of an app runs
    leaveOut('      - run: npm run test:app\n'),
    leaveOut('      - run: npm run package -- --param shape=inline\n'),
    leaveOut('      - run: npm run test:runtime\n'),
  ],
  '.github/workflows/deploy.yml': [],
  'serverless.yml': [
    { from: 'service: hookmint\n', to: 'service: {{name}}\n' },
    { from: '  hookmint: infra #', to: '  hookmint: node_modules/hookmint/infra #' },
  ],
  'functions/webhook.ts': [],
  'functions/worker.ts': [],
  'functions/sweeper.ts': [],
  'functions/rotator.ts': [],
  'functions/handlers/issues-opened.ts': [],
  'functions/handlers/issues-opened.test.ts': [],
  'functions/fixtures/world.json': [
    // The App of the stand-in has what the one handler needs, and it is granted no more: there is nothing to look at.
    narrow('"slug": "hookmint",\n', 4),
    narrow('"id": 38302899\n      },\n', 6),
    narrow('"id": 21031067\n      },\n', 6),
  ],
  'functions/fixtures/issues-opened-first-time.json': [],
  'functions/fixtures/issues-opened-by-member.json': [],
};

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SUFFIX = '.template';

/**
 * @param target The folder to write the template to.
 * @throws Error Where a file of the root no longer has what an app has otherwise.
 */
export async function assembleTemplate(target: string): Promise<void> {
  for (const [file, changes] of Object.entries(SHARED)) {
    await write(target, file, change(file, await read(file), changes));
  }
  for (const file of await readdir(join(ROOT, 'template'), { recursive: true })) {
    if (!file.endsWith(SUFFIX)) continue;
    const text = withVersions(await read(join('template', file)), await read('package.json'));
    await write(target, file.slice(0, -SUFFIX.length), text);
  }
}

function leaveOut(line: string): Change {
  return { from: line, to: '' };
}

/** @param before What the permissions stand after. */
function narrow(before: string, depth: number): Change {
  const [from, to] = [
    ['"checks": "write"', '"issues": "write"', '"metadata": "read"', '"pull_requests": "read"'],
    ['"issues": "write"', '"metadata": "read"'],
  ].map((permissions) => {
    const indent = ' '.repeat(depth);
    const lines = permissions.map((each) => `${indent}  ${each}`);
    return `${before}${indent}"permissions": {\n${lines.join(',\n')}\n${indent}}`;
  });
  return { from: from ?? '', to: to ?? '' };
}

function change(file: string, text: string, changes: readonly Change[]): string {
  return changes.reduce((changed, { from, to }) => {
    const parts = changed.split(from);
    if (parts.length !== 2) throw new Error(`${file} has ${JSON.stringify(from)} ${parts.length - 1} times`);
    return parts.join(to);
  }, text);
}

/** An app begins with the tools of this commit: `the same` stands for the version that the root has. */
function withVersions(text: string, rootManifest: string): string {
  const { devDependencies }: { devDependencies: Record<string, string> } = JSON.parse(rootManifest);
  return text.replaceAll(/"([\w-]+)": "the same"/g, (_, name: string) => {
    const version = devDependencies[name];
    if (version === undefined) throw new Error(`package.json has no ${name}`);
    return `"${name}": "${version}"`;
  });
}

async function read(file: string): Promise<string> {
  return readFile(join(ROOT, file), 'utf8');
}

async function write(target: string, file: string, text: string): Promise<void> {
  const path = join(target, `${file}${SUFFIX}`);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
