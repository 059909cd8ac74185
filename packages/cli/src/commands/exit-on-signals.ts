import { constants } from "node:os";

/** What must not stay is removed when the process exits. `text` says what a signal has left. */
export function exitOnSignals(text: string): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      process.stderr.write(`deepaas: interrupted, ${text}\n`);
      process.exit(128 + constants.signals[signal]);
    });
  }
}
