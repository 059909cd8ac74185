// Errors of credentials that were valid once. They are no guesses: a client with an expired token may go on trying for a while.
import { DeepaasError } from "@deepaas/core";

const errors = new WeakSet<DeepaasError>();

/** Returns an `unauthenticated` error. */
export function endedError(message: string): DeepaasError {
  const error = new DeepaasError("unauthenticated", message);
  errors.add(error);
  return error;
}

/** True for what `endedError` has returned. */
export function isEndedError(error: DeepaasError): boolean {
  return errors.has(error);
}
