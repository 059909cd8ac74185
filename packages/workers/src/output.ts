// What a worker prints goes to the log of the run that it works on, or else to the server's logger.
import type { Logger } from "@deepaas/core";
import type { TrainCall } from "@deepaas/core/ports";
import type { ServerLogMessage } from "./messages.ts";
import { outputLines } from "./output-lines.ts";

export interface WorkerOutput {
  stdout(chunk: Buffer): void;
  stderr(chunk: Buffer): void;
  serverLog(message: ServerLogMessage): void;
  flush(): void;
  /** Chunks read so far. */
  readonly chunks: number;
  /** The runs that the worker works on. Lines go to a run's log only if it is the single one. */
  readonly runs: Set<Pick<TrainCall, "log">>;
}

export interface OutputOptions {
  readonly logger: Logger;
  readonly maxLinesPerSecond: number;
  /** Called for every line, also for those that go to a run's log. */
  readonly onLine: (line: string) => void;
}

export function workerOutput({ logger, maxLinesPerSecond, onLine }: OutputOptions): WorkerOutput {
  const runs = new Set<Pick<TrainCall, "log">>();
  let chunks = 0;
  const linesOf = (stream: "stdout" | "stderr") => {
    const write = (text: string, level: "info" | "warning") => {
      onLine(text);
      const [run] = runs;
      if (run && runs.size === 1) run.log(text, level);
      else if (level === "info") logger.info({ stream }, text);
      else logger.warn({ stream }, text);
    };
    const sink = {
      line: (text: string) => write(text, stream === "stdout" ? "info" : "warning"),
      dropped: (count: number) =>
        write(`${count} lines of ${stream} were dropped: more than ${maxLinesPerSecond} per second.`, "warning"),
    };
    return outputLines(sink, maxLinesPerSecond);
  };
  const out = linesOf("stdout");
  const err = linesOf("stderr");
  return {
    stdout(chunk) {
      chunks++;
      out.write(chunk);
    },
    stderr(chunk) {
      chunks++;
      err.write(chunk);
    },
    serverLog({ level, message, fields, error }) {
      logger[level]({ ...fields, ...(error && { err: Object.assign(new Error(error.message), error) }) }, message);
    },
    flush() {
      out.flush();
      err.flush();
    },
    get chunks() {
      return chunks;
    },
    runs,
  };
}
