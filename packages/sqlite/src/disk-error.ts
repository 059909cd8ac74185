// Converts errors of the disk. The path is only in the cause, for the operator.
import { DeepaasError } from "@deepaas/core";

const meanings: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EFBIG: "it is larger than the disk takes",
  EROFS: "the disk is read-only",
  EACCES: "its folder may not be written",
  EPERM: "its folder may not be written",
  EIO: "the disk fails",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
};

export function fileCodeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}

/** Returns `unavailable` for an error of the disk, any other error unchanged. */
export function diskError(error: unknown): unknown {
  const why = meanings[fileCodeOf(error) ?? ""];
  return why === undefined
    ? error
    : new DeepaasError("unavailable", `The file cannot be kept: ${why}.`, { cause: error });
}
