// Logs that the process has no file descriptor left. Without one, libuv accepts and closes new connections, and Node.js reports nothing.
import { closeSync, openSync } from "node:fs";
import type { Server } from "node:http";
import { devNull } from "node:os";
import type { Logger } from "@deepaas/core";

const checkEveryMs = 5_000;
const exhausted: ReadonlySet<unknown> = new Set(["EMFILE", "ENFILE"]);

/**
 * Checks after new connections and every few seconds whether a file can be opened. Logs one line when it cannot, and one when
 * it can again. Logs errors of `accept`, which would end the process. Returns a function that ends the checks.
 */
export function logDescriptorLimit(server: Server, logger: Logger): () => void {
  let failing = false;
  let scheduled = false;
  const fail = (error: unknown) => {
    if (failing) return;
    failing = true;
    const hint = "new connections are closed; raise the limit (ulimit -n) or close connections";
    logger.error({ err: error }, `too many open files: ${hint}`);
  };
  server.on("error", (error: NodeJS.ErrnoException) => {
    if (exhausted.has(error.code)) fail(error);
    else logger.error({ err: error }, "a connection could not be accepted");
  });
  server.on("connection", () => {
    if (failing || scheduled) return;
    scheduled = true;
    // Connections that arrive together are accepted in one turn of the event loop.
    setImmediate(() => {
      scheduled = false;
      const error = openingError();
      if (error) fail(error);
    });
  });
  // Only the timer logs the end: near the limit each connection that is closed makes room for one more.
  const timer = setInterval(() => {
    const error = openingError();
    if (error) fail(error);
    else if (failing) {
      failing = false;
      logger.info({}, "files can be opened again: connections are accepted");
    }
  }, checkEveryMs).unref();
  return () => clearInterval(timer);
}

/** Returns the error if the process or the system has too many open files. */
function openingError(): unknown {
  try {
    closeSync(openSync(devNull, "r"));
  } catch (error) {
    if (exhausted.has((error as NodeJS.ErrnoException).code)) return error;
  }
  return undefined;
}
