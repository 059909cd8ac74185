import { DeepaasError } from "./error.ts";

/** Returns the error with which a call rejects when its caller's signal is aborted. */
export function abortReason(signal: AbortSignal): DeepaasError {
  const reason: unknown = signal.reason;
  if (DeepaasError.is(reason)) return reason;
  if (reason instanceof DOMException && reason.name === "TimeoutError") {
    return new DeepaasError("deadline_exceeded", "The caller's timeout passed.");
  }
  return new DeepaasError("cancelled", "The caller cancelled the call.");
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortReason(signal);
}
