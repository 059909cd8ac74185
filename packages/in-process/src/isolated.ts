// What a wire would copy is copied, so that neither side of a call can change the other's data.
import { DeepaasError, isModelFile, pointerStep } from "@deepaas/core";

const maxDepth = 200;

/**
 * A copy of `value` as JSON would carry it: `toJSON` is called, members that are undefined disappear. Files (`ModelFile`,
 * `Blob`, `Uint8Array`, `ArrayBuffer`, streams) are passed by reference. Rejects `invalid_args` with the place of what no
 * wire can carry: a function, a symbol, a bigint, a map, a set, a cycle.
 */
export function isolated<T>(value: T): T {
  return copyOf(value, "", 0) as T;
}

function copyOf(value: unknown, pointer: string, depth: number): unknown {
  if (typeof value === "function" || typeof value === "symbol" || typeof value === "bigint") {
    throw refusal(pointer, `Must be plain data, not a ${typeof value}.`);
  }
  if (typeof value !== "object" || value === null || isFile(value)) return value;
  if (depth >= maxDepth) throw refusal(pointer, `Refers to itself, or is nested more than ${maxDepth} deep.`);
  if (Array.isArray(value)) return value.map((item, i) => copyOf(item ?? null, `${pointer}/${i}`, depth + 1));
  if (ArrayBuffer.isView(value) && !(value instanceof DataView))
    return Array.from(value as unknown as ArrayLike<number>);
  if ("toJSON" in value && typeof value.toJSON === "function") return copyOf(value.toJSON(""), pointer, depth + 1);
  if (value instanceof Map || value instanceof Set) throw refusal(pointer, "Must be plain data, not a map or a set.");
  // Through entries, so that an own `__proto__` stays a member like any other.
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([key, member]) => [key, copyOf(member, pointer + pointerStep(key), depth + 1)]),
  );
}

function isFile(value: object): boolean {
  return (
    isModelFile(value) ||
    value instanceof Uint8Array ||
    value instanceof Blob ||
    value instanceof ArrayBuffer ||
    value instanceof ReadableStream
  );
}

function refusal(pointer: string, message: string): DeepaasError {
  return new DeepaasError("invalid_args", `${pointer || "The arguments"}: ${message}`, {
    issues: [{ pointer, rule: "json", message }],
  });
}
