// The rules of weights versions that every store follows.
import { DeepaasError } from "../contract/error.ts";
import { isTerminal, type Run } from "../contract/run.ts";

/** Changes of the served version that a store keeps for each model. */
export const keptServedChanges = 100;

/** True if this attempt may not make a version: it is not the newest of its run, or the run has ended. */
export function isStaleAttempt(run: Run | undefined, attempt: number): boolean {
  return !run || run.attempt !== attempt || isTerminal(run.state);
}

/** The error for a version that does not exist. */
export function noVersion(model: string, number: number): DeepaasError {
  return new DeepaasError("not_found", `Model ${model} has no version ${number}.`);
}

/** The error for the removal of the version that is served. */
export function versionIsServed(model: string, number: number): DeepaasError {
  return new DeepaasError("failed_precondition", `Version ${number} of ${model} is served; serve another one first.`);
}
