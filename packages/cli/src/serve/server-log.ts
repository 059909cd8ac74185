// The log of `deepaas run`: readable lines on a terminal, else lines of JSON.
import type { Logger } from "@deepaas/core";
import { type AccessLogFields, jsonLines } from "@deepaas/protocol";
import { type DestinationStream, pino } from "pino";
import { type LogPart, logLevelsFrom } from "../settings/log-levels.ts";
import type { RunSettings } from "../settings/run-settings.ts";
import { accessLine } from "./access-line.ts";

export interface ServerLog {
  /** Returns the logger of a part, whose lines have its name as `part`. */
  part(name: LogPart): Logger;
  /** Returns where the lines of the access log go, whatever the levels of the parts are. */
  access(): Pick<Logger, "info">;
}

type LogSettings = Pick<RunSettings, "logLevel" | "logFile" | "debug">;

/** Longest time that a line of the access log stays in memory. */
const flushMs = 250;
/** Characters that wait while the disk is full; further lines are dropped. */
const maxWaiting = 1_000_000;

/** Creates the log file and its directory if they are absent. */
export async function openLog({ logLevel, logFile, debug }: LogSettings): Promise<ServerLog> {
  const { level, parts } = logLevelsFrom(logLevel);
  const isTerminal = logFile === undefined && process.stderr.isTTY;
  const dest = logFile ?? 2;
  // Synchronously, so that no line is lost at the end. Stdout is for the line that says that the server is ready.
  const destination = isTerminal ? await prettyStream() : fileStream(dest);
  const root = pino({ level: debug ? "debug" : level, base: null, serializers: { err: errorFields } }, destination);
  return {
    part: (name) => root.child({ part: name }, { level: parts[name] ?? root.level }),
    access: () => (isTerminal ? terminalAccess(destination) : jsonAccess(destination)),
  };
}

/** A full disk costs lines of the log, and no more: an error without a listener would end the process. */
function fileStream(dest: string | number): DestinationStream {
  const stream = pino.destination({ dest, sync: true, mkdir: true, maxLength: maxWaiting });
  stream.on("error", () => {});
  return stream;
}

/** An error of a worker is of the class Error, with the name that it had there. */
function errorFields(error: unknown): unknown {
  const fields = pino.stdSerializers.err(error as Error);
  return error instanceof Error && error.constructor === Error ? { ...fields, type: error.name } : fields;
}

async function prettyStream(): Promise<DestinationStream> {
  const { default: pretty } = await import("pino-pretty");
  return pretty({
    destination: 2,
    sync: true,
    colorize: process.stderr.hasColors(),
    translateTime: "SYS:HH:MM:ss",
    ignore: "part",
    messageFormat: "{if part}{part}: {end}{msg}",
  });
}

function jsonAccess(destination: DestinationStream): Pick<Logger, "info"> {
  const lines = jsonLines((text) => destination.write(text), { part: "access" });
  setInterval(lines.flush, flushMs).unref();
  process.on("exit", lines.flush);
  return lines;
}

function terminalAccess(destination: DestinationStream): Pick<Logger, "info"> {
  return { info: (fields) => destination.write(`${accessLine(fields as AccessLogFields, new Date())}\n`) };
}
