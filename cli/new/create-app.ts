/** Writes a new app: the template under the app's own name, and the package that it depends on. */
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isPublished, PACKAGE_FOLDER, readVersion } from '../../lib/build/package.ts';
import { CommandError } from '../command-error.ts';
import { toAppName } from './app-name.ts';
import { packPackage } from './pack-package.ts';

export interface NewApp {
  readonly name: string;
  readonly folder: string;
}

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** Where the tarball of the package stands in an app. The app's package.json names it, whatever version it has. */
const VENDORED = join('vendor', 'hookmint.tgz');

const TEMPLATE = join(PACKAGE_FOLDER, 'dist', 'template');
const SUFFIX = '.template';

/**
 * @param folder Absolute; not there yet, or empty. Its parent must be there.
 * @throws CommandError Where no app can be made there. Nothing has been changed then.
 */
export async function createApp(folder: string): Promise<NewApp> {
  const name = toAppName(folder);
  await requireFree(folder);
  if (isPublished()) {
    await writeTemplate(folder, name);
    await dependOn(folder, readVersion());
  } else {
    // First: it may fail, and in the package's repository it makes the template, too.
    const tarball = await packPackage();
    await mkdir(join(folder, dirname(VENDORED)), { recursive: true });
    await writeFile(join(folder, VENDORED), tarball);
    await writeTemplate(folder, name);
  }
  return { name, folder };
}

/** @throws CommandError Where something is there, or the folder above is not. */
async function requireFree(folder: string): Promise<void> {
  const found = await stat(folder).catch(noneThere);
  if (found === undefined) return requireParent(dirname(folder));
  if (!found.isDirectory()) throw new CommandError(`${folder} is a file. Give a folder for the app.`);
  const [first] = await readdir(folder);
  if (first !== undefined) {
    throw new CommandError(`${folder} is not empty: ${first} is in it. Give a new folder for the app.`);
  }
}

async function requireParent(folder: string): Promise<void> {
  const found = await stat(folder).catch(noneThere);
  if (found?.isDirectory() === true) return;
  throw new CommandError(
    found === undefined
      ? `There is no folder ${folder} to make the app in.`
      : `${folder} is a file: no app can be made in it.`,
  );
}

function noneThere(error: unknown): undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  // ENOTDIR: a folder on the way is a file.
  if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
}

async function writeTemplate(folder: string, name: string): Promise<void> {
  const entries = await readdir(TEMPLATE, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((each) => each.isFile())) {
    const source = join(entry.parentPath, entry.name);
    const target = join(folder, source.slice(TEMPLATE.length, -SUFFIX.length));
    const text = await readFile(source, 'utf8');
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, text.replaceAll('{{name}}', name));
  }
}

/** The template depends on the tarball in `vendor/`, and has a script that looks after it. */
async function dependOn(folder: string, version: string): Promise<void> {
  const file = join(folder, 'package.json');
  const manifest: Manifest = JSON.parse(await readFile(file, 'utf8'));
  const { postinstall: _, ...scripts } = manifest.scripts;
  const changed = { ...manifest, scripts, dependencies: { ...manifest.dependencies, hookmint: version } };
  await writeFile(file, `${JSON.stringify(changed, undefined, 2)}\n`);
}
