// Converts errors of the driver and of PostgreSQL. What the server said is only in the cause, for the operator.
import { DeepaasError } from "@deepaas/core";

/** Classes and codes of https://www.postgresql.org/docs/current/errcodes-appendix.html that pass by themselves. */
const passing: readonly (readonly [code: string, why: string])[] = [
  ["08", "the connection failed"],
  ["53", "it has no more resources"],
  ["57P", "it is starting or stopping"],
  ["58", "its disk or system fails"],
  ["25P03", "a transaction was not continued in time"],
  ["25006", "it can only be read"],
  ["40", "too many changes at the same time"],
  ["55P03", "too many changes at the same time"],
  ["57014", "it took too long"],
  ["28", "it refuses the login"],
  ["3D000", "there is no such database"],
];

/** A rollback has undone everything: the same work can be done again. */
export function isConflict(error: unknown): boolean {
  const code = sqlStateOf(error);
  return code === "40001" || code === "40P01";
}

/** `unavailable` for a fault that may pass, `internal` for any other. A DeepaasError is returned as it is. */
export function databaseError(error: unknown): DeepaasError {
  if (DeepaasError.is(error)) return error;
  const code = sqlStateOf(error);
  const why = code === undefined ? reasonOf(error) : passing.find(([start]) => code.startsWith(start))?.[1];
  if (why === undefined) return new DeepaasError("internal", "The store failed.", { cause: error });
  return new DeepaasError("unavailable", `The database cannot be used: ${why}.`, { cause: error });
}

/** True for a connection that failed or ended. Other faults that pass are of a database that answers. */
export function isOutOfReach(error: unknown): boolean {
  const code = sqlStateOf(error);
  return code === undefined ? reasonOf(error) !== undefined : /^(08|57P)/.test(code);
}

/** Without a code of PostgreSQL the error is one of the socket or of the driver: a connection that failed, or a timeout. */
function reasonOf(error: unknown): string | undefined {
  if (error instanceof TypeError || error instanceof SyntaxError || error instanceof RangeError) return undefined;
  return "it is out of reach";
}

function sqlStateOf(error: unknown): string | undefined {
  const { code, severity } = (error ?? {}) as { readonly code?: unknown; readonly severity?: unknown };
  return typeof code === "string" && severity !== undefined ? code : undefined;
}
