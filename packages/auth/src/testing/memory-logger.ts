import type { Logger } from "@deepaas/core";

export interface MemoryLogger extends Logger {
  readonly lines: readonly string[];
}

/** Keeps each line as a text with all that it shows, also the stacks and causes of errors. */
export function memoryLogger(): MemoryLogger {
  const lines: string[] = [];
  const write = (fields: object, message: string) => {
    lines.push(
      JSON.stringify({ ...fields, message }, (_name, value: unknown) =>
        value instanceof Error ? textOf(value) : value,
      ),
    );
  };
  return { lines, debug: write, info: write, warn: write, error: write };
}

function textOf(error: Error): string {
  const cause = error.cause instanceof Error ? ` cause: ${textOf(error.cause)}` : "";
  return `${error.stack ?? error.message} ${JSON.stringify(error)}${cause}`;
}
