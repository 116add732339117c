/** Keeps the functions' log lines in a file, as CloudWatch does on AWS: `hookmint show` reads them there. */
import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';

export interface LineKeeper {
  readonly file: string;
  take(line: string): void;
  close(): Promise<void>;
}

/** Beyond that the file begins anew: it is for a look at the last deliveries, and no archive. */
const MAX_BYTES = 32 * 1024 * 1024;

export function keepLines(file: string): LineKeeper {
  mkdirSync(dirname(file), { recursive: true });
  rmSync(file, { force: true });
  let bytes = 0;
  return {
    file,
    take(line) {
      bytes += line.length + 1;
      if (bytes > MAX_BYTES) {
        rmSync(file, { force: true });
        bytes = line.length + 1;
      }
      appendFileSync(file, `${line}\n`, { mode: 0o600 });
    },
    close: async () => rmSync(file, { force: true }),
  };
}
