// All callers get the same events and records: none may change them for the others.

export function deepFrozen<T extends object>(value: T): T {
  if (Object.isFrozen(value)) return value;
  for (const name in value) {
    const member: unknown = value[name];
    if (typeof member === "object" && member !== null) deepFrozen(member);
  }
  return Object.freeze(value);
}
