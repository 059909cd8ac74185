// Calls back when a file has changed: by another process, also by a rename onto it, and through a symbolic link.
import { type FSWatcher, statSync, watch } from "node:fs";
import { dirname } from "node:path";

export interface FileWatch {
  close(): void;
}

/** Several events come with one change, and an editor writes a file in pieces. */
const settleMs = 30;
const defaultPollMs = 2_000;

/**
 * Calls `onChange` after each change of the file at `path`. The folder is watched, and each `pollMs` the file is examined: there
 * are no events on a network file system, or from another machine. Does not keep the process alive.
 */
export function watchFile(path: string, onChange: () => void, pollMs = defaultPollMs): FileWatch {
  let seen = identityOf(path);
  const check = () => {
    const now = identityOf(path);
    if (now === seen) return;
    seen = now;
    onChange();
  };
  let settling: NodeJS.Timeout | undefined;
  const watcher = watchFolder(dirname(path), () => {
    clearTimeout(settling);
    settling = setTimeout(check, settleMs).unref();
  });
  const poll = setInterval(check, pollMs).unref();
  return {
    close() {
      watcher?.close();
      clearTimeout(settling);
      clearInterval(poll);
    },
  };
}

/** Changes with every write and every rename. "" if the file is missing. */
function identityOf(path: string): string {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
  } catch {
    return "";
  }
}

/** Returns undefined where folders cannot be watched. */
function watchFolder(folder: string, onEvent: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, onEvent);
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
