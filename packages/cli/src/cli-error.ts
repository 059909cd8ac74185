import type { ErrorCode } from "@deepaas/core";
import { exitCodeOf } from "@deepaas/protocol";

/** Ends the command with one line on stderr, without a stack trace. Its code decides the exit code of the process. */
export class CliError extends Error {
  readonly exitCode: number;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.exitCode = exitCodeOf(code);
  }
}
