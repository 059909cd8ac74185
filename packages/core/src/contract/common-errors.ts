// Errors that several parts answer with. The same text everywhere: a caller must not learn from it whether something exists
// that the caller may not see.
import { DeepaasError } from "./error.ts";

export function modelNotFound(model: string): DeepaasError {
  return new DeepaasError("not_found", `There is no model ${JSON.stringify(model)}.`);
}

export function runNotFound(id: string): DeepaasError {
  return new DeepaasError("not_found", `There is no run ${id}.`);
}

/** For a training whose id another one has. */
export function runExists(id: string): DeepaasError {
  return new DeepaasError("already_exists", `There is a run ${id} already, with other arguments.`);
}
