import type { ErrorCode } from "@deepaas/core";

export interface CliErrorOptions {
  /** What to do about it: one sentence on a line of its own. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** Ends the command with one line on stderr and a hint, without a stack trace. Its code decides the exit code of the process. */
export class CliError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, { hint, cause }: CliErrorOptions = {}) {
    super(message, { cause });
    this.code = code;
    this.hint = hint;
  }
}
