import { statSync, watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { dirname, join } from 'node:path';

/** What {@link watchFiles} tells its caller. */
export interface FileWatcherOptions {
  /** Files were written; called once for a burst of writes. */
  onChange: () => void;
  /** A folder cannot be watched (too many watches, folder gone): changes in it go unseen. */
  onError: (error: Error, folder: string) => void;
  /** Quiet time after the last write before `onChange`, ms. Default 100. */
  settleMs?: number;
}

/** See {@link watchFiles}. */
export interface FileWatcher {
  /**
   * Watches these absolute paths from now on, and no others; they need not exist yet.
   *
   * @param nearby - Also any other file in their folders: for a project that waits for a missing file.
   */
  watch(files: Iterable<string>, nearby?: boolean): void;
  /** Ends all watching; `onChange` is not called any more. */
  close(): void;
}

/**
 * Watches files by their folders, so that editors which write a new file and rename it over the old
 * one are seen too. Does not keep the process alive.
 */
export function watchFiles(options: FileWatcherOptions): FileWatcher {
  const folders = new Map<string, FSWatcher>();
  const marks = new Map<string, string>();
  let nearby = false;
  let timer: NodeJS.Timeout | undefined;

  const settle = (): void => {
    clearTimeout(timer);
    timer = setTimeout(options.onChange, options.settleMs ?? 100);
  };

  const seen = (path: string): void => {
    const known = marks.get(path);
    if (known === undefined && !nearby) return;
    // Reading a file or changing its mode also makes events: only another content counts.
    const mark = fingerprint(path);
    if (known === undefined ? mark === '' : mark === known) return;
    if (known !== undefined) marks.set(path, mark);
    // While an editor swaps files there is none for a moment.
    if (mark !== '') settle();
  };

  const open = (folder: string): void => {
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => {
        if (name !== null) seen(join(folder, name));
      });
      folders.set(folder, watcher);
      watcher.on('error', (error) => {
        watcher.close();
        folders.delete(folder);
        options.onError(error, folder);
      });
    } catch (error) {
      options.onError(error as Error, folder);
    }
  };

  return {
    watch(files, alsoNearby = false) {
      nearby = alsoNearby;
      const wanted = new Set(files);
      for (const file of marks.keys()) if (!wanted.has(file)) marks.delete(file);
      // Marks of files known before stay: a write that came while they were being read still counts.
      for (const file of wanted) if (!marks.has(file)) marks.set(file, fingerprint(file));
      const wantedFolders = new Set([...wanted].map((file) => dirname(file)));
      for (const [folder, watcher] of folders) {
        if (wantedFolders.has(folder)) continue;
        watcher.close();
        folders.delete(folder);
      }
      for (const folder of wantedFolders) if (!folders.has(folder)) open(folder);
    },
    close() {
      clearTimeout(timer);
      for (const watcher of folders.values()) watcher.close();
      folders.clear();
      marks.clear();
    },
  };
}

function fingerprint(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats === undefined ? '' : `${stats.ino}:${stats.size}:${stats.mtimeMs}`;
}
