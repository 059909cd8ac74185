// Where what a worker prints goes: into the log of the run that it works on, else to the logger.
import type { Logger } from "@deepaas/core";
import type { TrainCall } from "@deepaas/core/ports";
import type { FromWorker } from "./messages.ts";
import { outputLines } from "./output-lines.ts";

export interface WorkerOutput {
  stdout(chunk: Buffer): void;
  stderr(chunk: Buffer): void;
  say(message: Extract<FromWorker, { type: "say" }>): void;
  flush(): void;
  /** Changes with every byte that was printed. */
  readonly seen: number;
  /** The runs that the worker works on. Lines go to a run's log while it is the only one. */
  readonly runs: Set<Pick<TrainCall, "log">>;
}

export interface OutputOptions {
  readonly logger: Logger;
  readonly maxLinesPerSecond: number;
  /** Every line, also those that go to a run's log. */
  readonly onLine: (line: string) => void;
}

export function workerOutput({ logger, maxLinesPerSecond, onLine }: OutputOptions): WorkerOutput {
  const runs = new Set<Pick<TrainCall, "log">>();
  let seen = 0;
  const linesOf = (stream: "stdout" | "stderr") => {
    const put = (text: string, level: "info" | "warning") => {
      onLine(text);
      const [run] = runs;
      if (run && runs.size === 1) run.log(text, level);
      else if (level === "info") logger.info({ stream }, text);
      else logger.warn({ stream }, text);
    };
    const sink = {
      line: (text: string) => put(text, stream === "stdout" ? "info" : "warning"),
      dropped: (count: number) => put(`${count} more lines of ${stream} were dropped: too many at once.`, "warning"),
    };
    return outputLines(sink, maxLinesPerSecond);
  };
  const out = linesOf("stdout");
  const err = linesOf("stderr");
  return {
    stdout(chunk) {
      seen++;
      out.write(chunk);
    },
    stderr(chunk) {
      seen++;
      err.write(chunk);
    },
    say({ level, message, fields, error }) {
      logger[level]({ ...fields, ...(error && { err: Object.assign(new Error(error.message), error) }) }, message);
    },
    flush() {
      out.flush();
      err.flush();
    },
    get seen() {
      return seen;
    },
    runs,
  };
}
