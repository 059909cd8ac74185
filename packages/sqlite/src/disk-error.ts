// What a disk rejects with, as the error that callers know. The path is for the operator: it is in the cause alone.
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

/** `unavailable` when it is the disk's doing; any other error is given back. */
export function diskError(error: unknown): unknown {
  const why = meanings[fileCodeOf(error) ?? ""];
  return why === undefined
    ? error
    : new DeepaasError("unavailable", `The file cannot be kept: ${why}.`, { cause: error });
}
