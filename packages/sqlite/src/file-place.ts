// Whether an open file is still at its path: what is written to a file that was moved or deleted would be lost without an error.
import { statSync } from "node:fs";
import { DeepaasError } from "@deepaas/core";

export interface FilePlace {
  /** Why the store cannot be used: another file, or none, is at one of the paths. Undefined if it can. */
  problem(): string | undefined;
  /** Throws `unavailable` with the problem. A file that is deleted just after the check is not noticed until the next one. */
  check(): void;
}

/** The files or folders that are at the paths now. */
export function filePlace(paths: readonly string[]): FilePlace {
  const opened = paths.map((path) => identityAt(path));
  const moved = () => paths.find((path, i) => identityAt(path) !== opened[i]);
  const problem = "its file was moved or deleted";
  return {
    problem: () => (moved() === undefined ? undefined : problem),
    check() {
      const path = moved();
      if (path === undefined) return;
      const cause = new Error(`${path} was moved or deleted`);
      throw new DeepaasError("unavailable", `The store cannot be used: ${problem}.`, { cause });
    },
  };
}

/** Not reused while the file is open. */
function identityAt(path: string): string | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats && `${stats.dev}:${stats.ino}`;
}
