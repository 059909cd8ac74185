// The WebSocket door without a socket library: one run's log, one event a text frame.
import { type Caller, DeepaasError, type Logger, type ModelService, silentLogger } from "@deepaas/core";
import { eventText } from "@deepaas/protocol";
import { closeNormally, closeOfError } from "./close-codes.ts";

/** The least that the door needs of a WebSocket library. */
export interface TextSocket {
  /** A promise when the reader is slow: the log is not read on until it resolves. Does nothing once it is closed. */
  send(text: string): void | Promise<void>;
  close(code: number, reason: string): void;
}

export interface WatchRequest {
  readonly runId: string;
  /** The `seq` of the last event that the watcher has. Default: the one before the first event still held. */
  readonly after?: number;
  readonly requestId?: string;
  readonly caller?: Caller;
}

/** To be called once the socket has closed, whoever closed it. The run itself is never touched. */
export type Closed = (code: number, reason: string) => void;

/**
 * Sends the log of a run and closes with 1000 after its last event, or as `closeOfError` says. Never throws; a failure
 * that is not a DeepaasError goes to `logger`. No buffer of its own: a slow reader makes it stop reading.
 */
export function watchOverSocket(
  service: ModelService,
  socket: TextSocket,
  { logger = silentLogger, ...request }: WatchRequest & { readonly logger?: Logger },
): Closed {
  const left = new AbortController();
  let cursor = request.after;

  const tell = async () => {
    const { runId, ...options } = request;
    for await (const event of service.watch(runId, { ...options, signal: left.signal })) {
      const room = socket.send(eventText(event));
      cursor = event.seq;
      if (room) await room;
    }
  };

  tell().then(
    () => socket.close(closeNormally.code, closeNormally.reason),
    (error: unknown) => {
      if (left.signal.aborted) return;
      if (!DeepaasError.is(error)) logger.error({ err: error, runId: request.runId }, "a watch failed");
      const { code, reason } = closeOfError(error, cursor);
      socket.close(code, reason);
    },
  );
  return (code) => left.abort(new DeepaasError("cancelled", `The watcher left (${code}).`));
}
