// Watches a run over any WebSocket library: one event per text frame.
import { type Caller, consoleLogger, DeepaasError, type Logger, type ModelService } from "@deepaas/core";
import { eventText } from "@deepaas/protocol";
import { closeCodeOf, closeNormally } from "./close-codes.ts";

/** The part of a WebSocket that this adapter uses. */
export interface TextSocket {
  /** Returns a promise if the peer is slow: the log is not read further until it resolves. Ignored on a closed socket. */
  send(text: string): void | Promise<void>;
  close(code: number, reason: string): void;
}

export interface WatchRequest {
  readonly runId: string;
  /** The `seq` of the last event that the watcher has. Default: the log from its first event on. */
  readonly after?: number;
  readonly requestId?: string;
  readonly traceparent?: string;
  readonly caller?: Caller;
}

export interface WatchSocketOptions {
  /** Default: `consoleLogger` of `@deepaas/core`. */
  readonly logger?: Logger;
  /** Called when the log was sent to its end, or with the error that ended the watch; not after the socket was closed. */
  readonly onEnd?: (error?: unknown) => void;
}

/** Call it when the socket was closed by either side. It ends the watch, not the run. */
export type Closed = (code: number, reason: string) => void;

/**
 * Sends the log of a run and closes with 1000 after its last event, or with `closeCodeOf` of an error. Never throws; an error
 * that is not a `DeepaasError` is logged. Has no buffer: for a slow peer it stops reading the log.
 */
export function watchOverSocket(
  service: ModelService,
  socket: TextSocket,
  { logger = consoleLogger, onEnd, ...request }: WatchRequest & WatchSocketOptions,
): Closed {
  const { runId, requestId } = request;
  const closed = new AbortController();
  let cursor = request.after;

  const sendEvents = async () => {
    const { runId: _id, ...options } = request;
    for await (const event of service.watch(runId, { ...options, signal: closed.signal })) {
      const ready = socket.send(eventText(event));
      cursor = event.seq;
      if (ready) await ready;
    }
  };

  sendEvents().then(
    () => {
      onEnd?.();
      socket.close(closeNormally.code, closeNormally.reason);
    },
    (error: unknown) => {
      if (closed.signal.aborted) return;
      if (!DeepaasError.is(error)) logger.error({ err: error, requestId, runId }, "watch failed");
      onEnd?.(error);
      const { code, reason } = closeCodeOf(error, cursor);
      socket.close(code, reason);
    },
  );
  return (code) => closed.abort(new DeepaasError("cancelled", `The socket was closed (${code}).`));
}
