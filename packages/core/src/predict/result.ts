// Converts what a model returned: to a JSON value, or to a `ModelFile` for other media types.
import { DeepaasError } from "../contract/error.ts";
import { type JsonValue, NotJson, toJson } from "../contract/json.ts";
import { isFileSource, type ModelFile, modelFile } from "../contract/model-file.ts";

/** Throws `invalid_response` for a value without a JSON form. `args.accept` is the requested media type, if any. */
export function resultOfPredict(result: unknown, args: Readonly<Record<string, unknown>>): JsonValue | ModelFile {
  const accept = typeof args.accept === "string" && args.accept !== "*/*" ? args.accept : undefined;
  if (isFileSource(result)) {
    const file = modelFile(result);
    const typed = file.contentType !== "application/octet-stream";
    return typed || accept === undefined ? file : modelFile(file, { contentType: accept });
  }
  if (accept !== undefined && accept !== "application/json" && !accept.endsWith("+json")) {
    // As in the Python server: null is an empty body, and no schema applies.
    if (typeof result === "string" || result === null || result === undefined) {
      return modelFile(new TextEncoder().encode(result ?? ""), { contentType: accept });
    }
  }
  return resultOfItem(result);
}

/** Returns an item of a stream as JSON: it cannot be a file. Throws `invalid_response`. */
export function resultOfItem(item: unknown): JsonValue {
  try {
    return toJson(item);
  } catch (error) {
    throw asInvalidResponse(error);
  }
}

/** Throws `invalid_response`. Calls `warn` for each NaN or infinity, which become null. */
export function resultOfTrain(result: unknown, warn: (text: string) => void): JsonValue {
  try {
    // A copy: the record of the run must not change with what the model still holds.
    return toJson(result, {
      copy: true,
      onNonFinite: (pointer) => warn(`The result's number at ${pointer || "/"} was not finite and became null.`),
    });
  } catch (error) {
    throw asInvalidResponse(error);
  }
}

function asInvalidResponse(error: unknown): unknown {
  if (!(error instanceof NotJson)) return error;
  return new DeepaasError("invalid_response", "The model's result has no JSON form.", {
    issues: [{ pointer: error.pointer, rule: "json", message: error.message }],
    cause: error,
  });
}
