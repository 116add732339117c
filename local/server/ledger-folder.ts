/**
 * Where the ledger of this machine is kept, so that a new `npm start` knows what the one before has handled. It
 * belongs to one process at a time: a second server in the same folder has a ledger in memory. What the stand-in for GitHub
 * delivered is kept with it.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Level } from 'level';
import type { KeptDeliveries } from '../github/delivery-log.ts';
import { keepDeliveries } from './kept-deliveries.ts';
import { LOCAL_FOLDER } from './project.ts';

export interface LedgerFolder {
  /** The table's files; undefined: in memory. */
  readonly path: string | undefined;
  /** Why it is in memory, in words. */
  readonly problem?: string;
  /**
   * The port that the stand-in for GitHub had: records of the ledger name its host, so it should have the same one
   * again. 0 where there was none.
   */
  readonly githubPort: number;
  keepGitHubPort(port: number): Promise<void>;
  /** undefined: in memory, as the table. */
  readonly deliveries: KeptDeliveries | undefined;
}

const FOLDER = join(LOCAL_FOLDER, 'ledger');

/** @param app The app's folder. */
export async function openLedgerFolder(app: string): Promise<LedgerFolder> {
  const path = join(app, FOLDER, 'table');
  const portFile = join(app, FOLDER, 'github-port');
  try {
    await mkdir(join(app, FOLDER), { recursive: true, mode: 0o700 });
    // Asked here, since the table's server would end the process where the files are another one's.
    const level = new Level(path);
    await level.open();
    await level.close();
  } catch (error) {
    return {
      path: undefined,
      problem: explain(error),
      githubPort: 0,
      keepGitHubPort: async () => {},
      deliveries: undefined,
    };
  }
  const port = Number(await readFile(portFile, 'utf8').catch(() => ''));
  return {
    path,
    githubPort: Number.isInteger(port) && port > 0 && port <= 65_535 ? port : 0,
    keepGitHubPort: (kept) => writeFile(portFile, String(kept)),
    deliveries: keepDeliveries(join(app, FOLDER, 'deliveries.jsonl')),
  };
}

function explain(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
  return code === 'LEVEL_LOCKED'
    ? `Another server has the ledger in ${FOLDER}: this one keeps its own in memory.`
    : `The ledger in ${FOLDER} cannot be opened (${code}): it is kept in memory. Delete that folder to begin anew.`;
}
