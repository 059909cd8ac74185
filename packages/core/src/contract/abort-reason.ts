import { DeepaasError } from "./error.ts";

/** Why a caller's signal was aborted, as what the call rejects with. */
export function abortReason(signal: AbortSignal): DeepaasError {
  const reason: unknown = signal.reason;
  if (DeepaasError.is(reason)) return reason;
  if (reason instanceof DOMException && reason.name === "TimeoutError") {
    return new DeepaasError("deadline_exceeded", "The call took longer than its caller would wait.");
  }
  return new DeepaasError("cancelled", "The caller cancelled the call.");
}
