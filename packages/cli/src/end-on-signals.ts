import { constants } from "node:os";

const signals = ["SIGINT", "SIGTERM"] as const;

/** The first signal ends the process in order, with 0; a second one at once, as the signal would (130, 143). */
export function endOnSignals(end: () => Promise<void>): void {
  let ending = false;
  for (const signal of signals) {
    process.on(signal, () => {
      if (ending) process.exit(128 + constants.signals[signal]);
      ending = true;
      end().then(
        // A model may have left a timer or a socket; the process must not wait for it.
        () => process.exit(0),
        (error: unknown) => {
          process.stderr.write(`deepaas: could not end in order: ${String(error)}\n`);
          process.exit(1);
        },
      );
    });
  }
}
