import { constants } from "node:os";
import { errorText } from "@deepaas/core";

/** SIGHUP: the terminal was closed. */
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The first signal shuts down and exits with 0. A second one exits at once with 128 and its number. */
export function endOnSignals(end: () => Promise<void>): void {
  let ending = false;
  for (const signal of signals) {
    process.on(signal, () => {
      if (ending) process.exit(128 + constants.signals[signal]);
      ending = true;
      end().then(
        // Do not wait for timers and sockets of a model.
        () => process.exit(0),
        (error: unknown) => {
          process.stderr.write(`deepaas: shutdown failed: ${errorText(error)}\n`);
          process.exit(1);
        },
      );
    });
  }
}
