// Writes runs in a format for other programs.
import { CliError } from "../cli-error.ts";
import { writeCsv } from "./csv.ts";
import type { ExportedRun } from "./exported-run.ts";
import type { ExportFormat } from "./formats.ts";
import { writeJsonLines } from "./json-lines.ts";
import { StagedFiles } from "./staged-files.ts";
import { stdoutWriter } from "./stdout-writer.ts";
import { stageEventFiles } from "./tensorboard.ts";
import { ReaderGone } from "./write-error.ts";

export type { ExportedRun };

const stdoutName = "-";

export interface ExportOptions {
  /**
   * - `jsonl`: one line for each event: the id of the run as `run`, and the members of the event.
   * - `csv`: one row for each progress event (RFC 4180): run, seq, at, attempt, step, total, one column for each metric, message. A
   *   text that a spreadsheet would execute has an apostrophe before it.
   * - `tensorboard`: a directory for `tensorboard --logdir`, with a sub-directory for each run. Metrics are scalars of 32 bits,
   *   arguments are hyperparameters, log lines are text.
   */
  readonly format: ExportFormat;
  /** A file, or the directory of `tensorboard`, which needs one. Undefined or `-`: stdout. */
  readonly output: string | undefined;
  /** Replace files that exist. Default false: they are an error, `already_exists`. */
  readonly force?: boolean | undefined;
}

/**
 * Writes the runs, and returns the paths of the files. They appear under these names only when all runs are written; when it fails,
 * nothing is left of them, and a file to be replaced is as it was. Events are read once, as fast as they can be written. Ends
 * quietly if the reader of stdout has gone.
 *
 * Rejects with a CliError: `invalid_args`, `already_exists`, or `failed_precondition` if a file cannot be written; and with the errors
 * of `runs`.
 */
export async function exportRuns(
  runs: AsyncIterable<ExportedRun>,
  options: ExportOptions,
): Promise<{ files: readonly string[] }> {
  try {
    return options.format === "tensorboard" ? await exportDirectory(runs, options) : await exportFile(runs, options);
  } catch (error) {
    if (error instanceof ReaderGone) return { files: [] };
    throw error;
  }
}

async function exportFile(
  runs: AsyncIterable<ExportedRun>,
  { format, output = stdoutName, force = false }: ExportOptions,
): Promise<{ files: readonly string[] }> {
  const write = format === "csv" ? writeCsv : writeJsonLines;
  if (output === stdoutName) {
    const stdout = stdoutWriter();
    await write(runs, stdout);
    await stdout.flush();
    return { files: [] };
  }
  await using files = new StagedFiles({ force });
  await write(runs, await files.create(output));
  return { files: await files.commit() };
}

async function exportDirectory(
  runs: AsyncIterable<ExportedRun>,
  { output = stdoutName, force = false }: ExportOptions,
): Promise<{ files: readonly string[] }> {
  if (output === stdoutName) {
    throw new CliError("invalid_args", "the format tensorboard writes a directory, not to stdout", {
      hint: "name the directory, for example --output tensorboard",
    });
  }
  await using files = new StagedFiles({ force });
  await stageEventFiles(runs, output, files);
  return { files: await files.commit() };
}
