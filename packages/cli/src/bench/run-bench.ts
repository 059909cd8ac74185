// Runs `deepaas bench` until its end or a signal, and prints what was measured.
import { statSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname } from "node:path";
import { CliError } from "../cli-error.ts";
import { type BenchOptions, type BenchTarget, benchModel } from "./bench-model.ts";
import { benchPlot } from "./bench-plot.ts";
import { benchJson, benchTable } from "./bench-result.ts";

export interface OutputOptions {
  readonly json: boolean;
  /** Path of the plot. */
  readonly svg?: string | undefined;
}

/** Returns the exit code: 0, or 128 and the number of the signal that ended it. */
export async function runBench(
  target: BenchTarget,
  options: BenchOptions,
  { json, svg }: OutputOptions,
): Promise<number> {
  if (svg !== undefined && statSync(dirname(svg), { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new CliError("invalid_args", `--svg: there is no folder ${dirname(svg)}`);
  }
  const ending = new AbortController();
  let endedBy: NodeJS.Signals | undefined;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (endedBy !== undefined) process.exit(128 + constants.signals[signal]);
      endedBy = signal;
      ending.abort(new CliError("cancelled", `ended by ${signal}`));
    });
  }
  const { stderr } = process;
  const clear = () => {
    if (stderr.isTTY) stderr.write("\r\u001b[K");
  };
  const onStep = (step: string) => {
    clear();
    if (stderr.isTTY) stderr.write(`measuring: ${step}`);
  };
  const measured = await benchModel(target, options, { signal: ending.signal, onStep }).finally(clear);
  process.stdout.write(json ? benchJson(measured) : benchTable(measured));
  if (svg !== undefined && measured.levels.length > 0) {
    try {
      writeFileSync(svg, benchPlot(measured));
    } catch (error) {
      throw new CliError("failed_precondition", `--svg: ${(error as Error).message}`, { cause: error });
    }
  }
  return endedBy === undefined ? 0 : 128 + constants.signals[endedBy];
}
