// Whether an open file is still at its path: what is written to a file that was moved or deleted would be lost without an error.
import { statSync } from "node:fs";
import { DeepaasError } from "@deepaas/core";

/**
 * Returns a function that throws `unavailable` while another file, or none, is at one of the paths. A file that is deleted just after the check is not noticed until the next one.
 */
export function filePlace(paths: readonly string[]): () => void {
  const opened = paths.map((path) => identityAt(path));
  return () => {
    paths.forEach((path, i) => {
      if (identityAt(path) === opened[i]) return;
      const cause = new Error(`${path} was moved or deleted`);
      throw new DeepaasError("unavailable", "The store cannot be used: its file was moved or deleted.", { cause });
    });
  };
}

/** Not reused while the file is open. */
function identityAt(path: string): string | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats && `${stats.dev}:${stats.ino}`;
}
