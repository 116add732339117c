/** Which deliveries of GitHub's log were sent to this machine: `.hookmint/pulled.json`. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseJson, readField, readText } from '../../lib/json/json.ts';
import { LOCAL_FOLDER } from './project.ts';

/** An attempt, by its id in GitHub's log. */
interface Pulled {
  readonly id: string;
  readonly atMs: number;
}

export interface PulledStore {
  has(id: string): boolean;
  /** Resolves when it is on the disk. */
  add(pulled: Pulled): Promise<void>;
  /** What is older than that came before anybody pulled. Milliseconds since the epoch. */
  sinceMs(): number;
}

/** Longer than any of GitHub's logs. */
const KEPT_MS = 8 * 24 * 3_600_000;

/**
 * @param appId  Another App has another log, and begins anew.
 * @param nowMs  When pulling begins where it never did.
 */
export async function openPulledStore(folder: string, appId: string, nowMs: number): Promise<PulledStore> {
  const file = join(folder, LOCAL_FOLDER, 'pulled.json');
  const kept = parseJson(await readFile(file, 'utf8').catch(() => ''));
  const isSame = readText(kept, 'appId') === appId;
  const since = readField(kept, 'sinceMs');
  const sinceMs = isSame && typeof since === 'number' ? since : nowMs;
  const entries = isSame ? readField(kept, 'pulled') : [];
  const pulled = new Map(
    (Array.isArray(entries) ? entries : [])
      .map((entry): Pulled => ({ id: readText(entry, 'id') ?? '', atMs: Number(readField(entry, 'atMs')) }))
      .filter(({ atMs }) => atMs > nowMs - KEPT_MS)
      .map(({ id, atMs }) => [id, atMs]),
  );
  const save = async (): Promise<void> => {
    await mkdir(dirname(file), { recursive: true });
    const text = JSON.stringify({ appId, sinceMs, pulled: [...pulled].map(([id, atMs]) => ({ id, atMs })) });
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file); // whole, whenever the process ends
  };
  await save();
  return {
    has: (id) => pulled.has(id),
    async add({ id, atMs }) {
      pulled.set(id, atMs);
      await save();
    },
    sinceMs: () => sinceMs,
  };
}
