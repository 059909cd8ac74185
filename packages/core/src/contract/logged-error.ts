// Which errors a line of the log has already: an error passes several places that log what they catch.
const logged = new WeakSet<object>();

/** Returns true the first time that it is called with an error. */
export function isNewToLog(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return true;
  if (logged.has(error)) return false;
  logged.add(error);
  return true;
}
