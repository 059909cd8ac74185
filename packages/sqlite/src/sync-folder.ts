// A file that was made, renamed or linked is there after a power loss once its folder is synced as well.
import { closeSync, fsyncSync, openSync } from "node:fs";
import { open } from "node:fs/promises";

/** Windows keeps folders by itself, and cannot open them. */
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
