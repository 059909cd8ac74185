// Writes results to stdout, to a file, or as JSON.
import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { isModelFile, type JsonValue, type ModelFile } from "@deepaas/core";
import { CliError } from "../cli-error.ts";

export interface OutputOptions {
  /** File, or `-` for stdout. Default: stdout, but no binary data to a terminal. */
  readonly output?: string | undefined;
  /** One line of JSON instead of indented JSON. */
  readonly json: boolean;
}

/** Writes the result of a predict: JSON as text, a file as its bytes. */
export async function writeResult(value: JsonValue | ModelFile, { output, json }: OutputOptions): Promise<void> {
  if (isModelFile(value)) return writeFileResult(value, output);
  const text = `${JSON.stringify(value, null, json ? undefined : 2)}\n`;
  await writeTo(output, Readable.from([text]));
}

async function writeFileResult(file: ModelFile, output: string | undefined): Promise<void> {
  const isText = /^text\/|\bjson\b|\+xml$|\/xml$/.test(file.contentType);
  if (output === undefined && process.stdout.isTTY && !isText) {
    throw new CliError("invalid_args", `the result is ${file.contentType}, which a terminal cannot show`, {
      hint: "write it to a file with --output FILE, or to a pipe",
    });
  }
  await writeTo(output, Readable.fromWeb(file.stream() as Parameters<typeof Readable.fromWeb>[0]));
}

async function writeTo(output: string | undefined, source: Readable): Promise<void> {
  const isStdout = output === undefined || output === "-";
  try {
    // Stdout stays open.
    await pipeline(source, isStdout ? process.stdout : createWriteStream(output), { end: !isStdout });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // The reader has what it wanted: `deepaas predict … | head`.
    if (code === "EPIPE") return;
    if (isStdout || code === undefined) throw error;
    throw new CliError("invalid_args", `${output} cannot be written: ${message}`, { cause: error });
  }
}

/** Writes a line of JSON. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
