// A file that was created, renamed or linked survives a power loss only if its folder is synced as well.
import { closeSync, fsyncSync, openSync } from "node:fs";
import { open } from "node:fs/promises";

/** Windows syncs folders itself and cannot open them. */
const syncsFolders = process.platform !== "win32";

export function syncFolder(path: string): void {
  if (!syncsFolders) return;
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

export async function syncFolders(paths: readonly string[]): Promise<void> {
  if (!syncsFolders) return;
  for (const path of paths) {
    const file = await open(path, "r");
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  }
}
