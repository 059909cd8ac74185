// Stores return the same events and records to all callers, so no caller may change them.

/** Freezes `value` at every level and returns it. A frozen object is assumed to be frozen at every level. */
export function deepFrozen<T extends object>(value: T): T {
  if (Object.isFrozen(value)) return value;
  for (const name in value) {
    const member: unknown = value[name];
    if (typeof member === "object" && member !== null) deepFrozen(member);
  }
  return Object.freeze(value);
}
