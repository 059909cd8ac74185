// What a store hands out: all callers get the same events and records, and none may change them for the others.

/** `value` itself, frozen with all that is in it. What is frozen already is taken to be so throughout. */
export function deepFrozen<T extends object>(value: T): T {
  if (Object.isFrozen(value)) return value;
  for (const name in value) {
    const member: unknown = value[name];
    if (typeof member === "object" && member !== null) deepFrozen(member);
  }
  return Object.freeze(value);
}
