/** Tells which files of some folders changed, when it is quiet again. Judges nothing. */
import { type FSWatcher, watch as watchFolder } from 'node:fs';
import { join } from 'node:path';
import { type Clock, SYSTEM_CLOCK } from '../../lib/async/clock.ts';

export interface FileWatch {
  /** Watches these folders from now on, each without the folders in it. One that is not there is left out. */
  follow(folders: Iterable<string>): void;
  /** Resolves when what has changed so far was handed on; at once while a change is being taken up. */
  heard(): Promise<void>;
  close(): Promise<void>;
}

export interface FileWatchDeps {
  /** Is handed the paths that changed since it was last called; the next call waits for its end. */
  readonly onChange: (paths: ReadonlySet<string>) => Promise<void>;
  /** Whether somebody waits for what becomes of a path. Default: of each. */
  readonly concerns?: (path: string) => boolean;
  /** The system watches no more folders, and says why by a code. Told once. */
  readonly onFailure: (code: string) => void;
  /** As `watch` of `node:fs`. */
  readonly watch?:
    ((folder: string, onEvent: (kind: string, file: string | null) => void) => FSWatcher) | undefined;
  readonly clock?: Clock | undefined;
}

/** An editor writes one file in several steps, and a checkout of git writes many. */
const QUIET_MS = 40;

export function createFileWatch({
  onChange,
  onFailure,
  concerns = () => true,
  watch = watchFolder,
  clock = SYSTEM_CLOCK,
}: FileWatchDeps): FileWatch {
  const watchers = new Map<string, FSWatcher>();
  const changes = createChanges(onChange, concerns, clock);
  let failed = false;
  let closed = false;

  const fail = (error: unknown): void => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    if (failed || code === 'ENOENT' || code === 'ENOTDIR') return;
    failed = true;
    onFailure(code);
  };

  const begin = (folder: string): void => {
    try {
      const watcher = watch(folder, (_, file) => void (file === null || changes.note(join(folder, file))));
      watcher.on('error', fail);
      watchers.set(folder, watcher);
    } catch (error) {
      fail(error);
    }
  };

  return {
    follow(folders) {
      const wanted = new Set(closed ? [] : folders);
      for (const [folder, watcher] of watchers) {
        if (wanted.has(folder)) continue;
        watcher.close();
        watchers.delete(folder);
      }
      for (const folder of wanted) if (!watchers.has(folder)) begin(folder);
    },
    heard: () => changes.heard(),
    async close() {
      closed = true;
      changes.close();
      for (const watcher of watchers.values()) watcher.close();
      watchers.clear();
    },
  };
}

/** Collects paths, and hands them on when it has been quiet for a moment: never while a call with others goes on. */
function createChanges(
  onChange: FileWatchDeps['onChange'],
  concerns: (path: string) => boolean,
  clock: Clock,
) {
  const changed = new Set<string>();
  let busy = false;
  let closed = false;
  let timed = false;
  let stopTimer = (): void => {};
  /** Something changed, and it is not quiet yet: those who wait until it is. */
  let noted: (() => void)[] | undefined;

  const beQuiet = (): void => {
    for (const resolve of noted ?? []) resolve();
    noted = undefined;
  };

  const tell = async (): Promise<void> => {
    if (busy || closed || changed.size === 0) return;
    busy = true;
    const paths = new Set(changed);
    changed.clear();
    const work = onChange(paths);
    beQuiet();
    await work.finally(() => {
      busy = false;
      void tell();
    });
  };

  return {
    note(path: string): void {
      changed.add(path);
      const isAwaited = concerns(path);
      // Whoever takes a change up may wait for quiet: what comes meanwhile is handed on when that is done.
      if (isAwaited && !busy) noted ??= [];
      // A log that is written without end, beside the app, must not keep it from being quiet.
      if (timed && !isAwaited) return;
      stopTimer();
      timed = true;
      stopTimer = clock.after(QUIET_MS, () => {
        timed = false;
        void tell();
      });
    },
    async heard(): Promise<void> {
      await new Promise<void>((resolve) => (noted === undefined ? resolve() : noted.push(resolve)));
    },
    close(): void {
      closed = true;
      stopTimer();
      beQuiet();
    },
  };
}
