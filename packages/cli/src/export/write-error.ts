// What goes wrong while an export is written.
import { CliError } from "../cli-error.ts";
import { fileReason } from "../file-reason.ts";

/** The reader of a pipe has gone, as `head` does when it has enough. It ends the export, and is no error. */
export class ReaderGone extends Error {}

const defaultHint = "choose another place with --output";

/** Returns what an error of writing to `place` means for the export. `hint`: what to do about it. */
export function writeError(place: string, error: unknown, hint = defaultHint): CliError | ReaderGone {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "EPIPE") return new ReaderGone();
  return new CliError("failed_precondition", `cannot write to ${place}: ${fileReason(error)}`, { hint, cause: error });
}

export function alreadyExists(path: string): CliError {
  return new CliError("already_exists", `${path} already exists`, {
    hint: "--force overwrites it; or choose another --output",
  });
}
