/** Ends the command with one line on stderr, without a stack. */
export class CliError extends Error {
  /** 1: it cannot be done; 2: it was asked for in a wrong way. */
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
