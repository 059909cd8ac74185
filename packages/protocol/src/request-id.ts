const valid = /^[A-Za-z0-9._:+/=-]{1,128}$/;

/** True for an id that a client may give to its request: it is sent back in a header, and it is in the log. Another is ignored. */
export function isRequestId(value: unknown): value is string {
  return typeof value === "string" && valid.test(value);
}
