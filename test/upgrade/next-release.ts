/** The release after this one: the same code, with every format one higher. Built, and as modules. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { copyProject } from '../harness/local-project.ts';

export interface NextRelease {
  /** Folder of the built functions, with the handlers of `test/queue/handlers.ts`. */
  readonly functions: string;
  readonly ledger: typeof import('../../lib/aws/ledger.ts');
  remove(): Promise<void>;
}

const FORMATS = ['lib/queue/message.ts', 'lib/ledger/record.ts', 'lib/aws/sweep-items.ts'];
const HANDLERS = new URL('../queue/handlers.ts', import.meta.url);

export async function buildNextRelease(): Promise<NextRelease> {
  const project = await copyProject();
  for (const file of FORMATS) {
    const text = await project.read(file);
    const raised = text.replace(
      /(?<=defineFormat\(\{.* written: )\d+/,
      (written) => `${Number(written) + 1}`,
    );
    if (raised === text) throw new Error(`${file} defines no format`);
    await project.write(file, raised);
  }
  await project.write('handlers.ts', await readFile(HANDLERS, 'utf8'));
  // By its own build, which builds its own sources in.
  const { buildFunctions }: typeof import('../../lib/build/build-functions.ts') = await import(
    join(project.folder, 'lib/build/build-functions.ts')
  );
  await buildFunctions({ app: project.folder, handlers: 'handlers.ts', only: ['webhook', 'worker'] });
  return {
    functions: join(project.folder, 'dist/functions'),
    ledger: await import(join(project.folder, 'lib/aws/ledger.ts')),
    remove: () => project.remove(),
  };
}
