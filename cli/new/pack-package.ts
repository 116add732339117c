/** The package that runs, as a tarball. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { IS_SOURCE, PACKAGE_FOLDER } from '../../lib/build/package.ts';
import { CommandError } from '../command-error.ts';

/**
 * Packs with npm: in the package's repository it is compiled first; where it is installed, it is packed as it is.
 *
 * @throws CommandError With what npm said.
 */
export async function packPackage(): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'hookmint-pack-'));
  try {
    await pack(folder);
    const [tarball] = (await readdir(folder)).filter((file) => file.endsWith('.tgz'));
    if (tarball === undefined) throw new CommandError('npm pack made no tarball.');
    return await readFile(join(folder, tarball));
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function pack(folder: string): Promise<void> {
  const scripts = IS_SOURCE ? [] : ['--ignore-scripts'];
  await promisify(execFile)('npm', ['pack', '--pack-destination', folder, ...scripts], {
    cwd: PACKAGE_FOLDER,
    shell: process.platform === 'win32', // where npm is a batch file
  }).catch((error: Error) => {
    throw new CommandError(`The package could not be packed: ${error.message.trim()}`, { cause: error });
  });
}
