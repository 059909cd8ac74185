// The only error class of the project. Every rejection of a `ModelService` is a `DeepaasError` with one of these codes. Any
// other error of a model is logged and becomes `internal`.

/** The codes of all errors. `@deepaas/protocol` maps them to HTTP statuses, JSON-RPC codes and exit codes. */
export const errorCodes = [
  "invalid_args",
  "not_implemented",
  "unauthenticated",
  "permission_denied",
  "not_found",
  "already_exists",
  "failed_precondition",
  "out_of_range",
  "too_large",
  "rate_limited",
  "cancelled",
  "invalid_response",
  "internal",
  "worker_lost",
  "overloaded",
  "unavailable",
  "deadline_exceeded",
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** One fault of an input: its place (JSON Pointer, RFC 6901), the violated rule, and a sentence. */
export interface Issue {
  readonly pointer: string;
  readonly rule: string;
  readonly message: string;
  /** Parameters of the rule, for example `{ minimum: 1 }`. */
  readonly params?: Readonly<Record<string, unknown>>;
}

/** Optional parts of an error. */
export interface ErrorDetails {
  /** For `invalid_args`: every fault of the input. */
  readonly issues?: readonly Issue[];
  /** For `overloaded`, `rate_limited` and `unavailable`: when to retry, in milliseconds. */
  readonly retryAfterMs?: number;
  /** HTTP status (400-599) that a model means, where it raised an HTTP exception. Default: that of the code. */
  readonly status?: number;
  /** For `out_of_range`: the first and last `seq` in the log of the run. */
  readonly first?: number;
  readonly last?: number;
}

/** An error as plain data, as it is sent between processes. */
export interface ErrorData extends ErrorDetails {
  readonly code: ErrorCode;
  readonly message: string;
}

const brand = Symbol.for("deepaas.error");
const knownCodes: ReadonlySet<string> = new Set(errorCodes);

export class DeepaasError extends Error {
  readonly code: ErrorCode;
  declare readonly issues?: readonly Issue[];
  declare readonly retryAfterMs?: number;
  declare readonly status?: number;
  declare readonly first?: number;
  declare readonly last?: number;

  constructor(code: ErrorCode, message: string, details: ErrorDetails & { readonly cause?: unknown } = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "DeepaasError";
    this.code = knownCodes.has(code) ? code : "internal";
    Object.assign(this, detailsOf(details));
    Object.defineProperty(this, brand, { value: true });
  }

  /** True for an error of this class, also when it comes from another copy of the package. */
  static is(value: unknown): value is DeepaasError {
    return (value as Record<symbol, unknown> | null | undefined)?.[brand] === true;
  }

  /** `cause`: what was thrown, if it was in this process. */
  static from(data: ErrorData, cause?: unknown): DeepaasError {
    return new DeepaasError(data.code, data.message, { ...data, cause });
  }

  toData(): ErrorData {
    return errorDataFrom(this);
  }
}

/** Returns the data of a `DeepaasError`. Any other error becomes `internal` with `message`, so that no detail leaks. */
export function errorDataFrom(error: unknown, message = "The server failed. See its log."): ErrorData {
  if (!DeepaasError.is(error)) return { code: "internal", message };
  return { code: error.code, message: error.message, ...detailsOf(error) };
}

const detailNames = ["issues", "retryAfterMs", "status", "first", "last"] as const;

/** Returns the details that are there. */
function detailsOf(from: ErrorDetails): ErrorDetails {
  return Object.fromEntries(detailNames.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]]])));
}

/** Returns an `invalid_args` error with one issue. */
export function invalidArgs(pointer: string, rule: string, message: string): DeepaasError {
  return new DeepaasError("invalid_args", message, { issues: [{ pointer, rule, message }] });
}

/** Returns the first line of an error's message, or of its text if it is no Error. Never empty. */
export function errorText(error: unknown): string {
  const message = error instanceof Error ? error.message || error.name : String(error);
  return message.trim().split("\n", 1)[0] || "unknown error";
}

/** Returns one step of a JSON Pointer, escaped (RFC 6901, section 3). */
export function pointerStep(key: string | number): string {
  return `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
