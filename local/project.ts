/** Where the files of the project are, whatever folder a command was started in. */
import { fileURLToPath } from 'node:url';

export const PROJECT_FOLDER = fileURLToPath(new URL('..', import.meta.url));

/** What the local commands keep for themselves: git never sees it, and it may be deleted at any time. */
export const LOCAL_FOLDER = '.hookmint';
