// What may cross a wire. `toJson` is where a model's result becomes a JSON value, or is refused with its place.
import { pointerStep } from "./deepaas-error.ts";

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** Where a value is not JSON, and why. */
export class NotJson extends Error {
  readonly pointer: string;

  constructor(pointer: string, reason: string) {
    super(reason);
    this.pointer = pointer;
  }
}

export interface ToJsonOptions {
  /** Called for NaN and the infinities, which become null. Without it they are refused. */
  readonly onNonFinite?: (pointer: string) => void;
}

const maxDepth = 200;

/**
 * The JSON form of `value`: the value itself where it is plain data already; typed arrays become arrays, `undefined`
 * members disappear, and whatever has a `toJSON` (a Date) becomes what that gives. Throws `NotJson` for anything that
 * JSON cannot say: functions, symbols, bigints, non-finite numbers, cycles, maps, sets.
 */
export function toJson(value: unknown, options: ToJsonOptions = {}): JsonValue {
  return convert(value, "", 0, options);
}

function convert(value: unknown, pointer: string, depth: number, options: ToJsonOptions): JsonValue {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      if (Number.isFinite(value)) return value;
      if (!options.onNonFinite) throw new NotJson(pointer, `JSON has no ${String(value)}`);
      options.onNonFinite(pointer);
      return null;
    case "object":
      if (value === null) return null;
      if (depth >= maxDepth) throw new NotJson(pointer, `it refers to itself, or is nested more than ${maxDepth} deep`);
      return convertObject(value, pointer, depth, options);
    case "undefined":
      if (depth === 0) return null;
      throw new NotJson(pointer, "JSON has no undefined");
    default:
      throw new NotJson(pointer, `JSON has no ${typeof value}`);
  }
}

function convertObject(value: object, pointer: string, depth: number, options: ToJsonOptions): JsonValue {
  if (Array.isArray(value)) return convertArray(value, pointer, depth, options);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return convertArray(Array.from(value as unknown as ArrayLike<unknown>), pointer, depth, options);
  }
  if ("toJSON" in value && typeof value.toJSON === "function") {
    return convert(value.toJSON(""), pointer, depth + 1, options);
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (value instanceof Map || value instanceof Set) {
    throw new NotJson(pointer, `JSON has no ${value instanceof Map ? "Map" : "Set"}; give an object or an array`);
  }
  const plain = prototype === Object.prototype || prototype === null;
  let copy: Record<string, JsonValue> | undefined = plain ? undefined : {};
  const entries = Object.entries(value);
  for (let i = 0; i < entries.length; i++) {
    const [key, member] = entries[i] as [string, unknown];
    const json = member === undefined ? undefined : convert(member, pointer + pointerStep(key), depth + 1, options);
    if (json !== member || member === undefined) copy ??= Object.fromEntries(entries.slice(0, i)) as Record<string, JsonValue>;
    if (copy && json !== undefined) define(copy, key, json);
  }
  return copy ?? (value as JsonObject);
}

function convertArray(value: readonly unknown[], pointer: string, depth: number, options: ToJsonOptions): JsonValue {
  let copy: JsonValue[] | undefined;
  for (let i = 0; i < value.length; i++) {
    const item = value[i];
    const json = item === undefined ? null : convert(item, `${pointer}/${i}`, depth + 1, options);
    if (json !== item) copy ??= value.slice(0, i) as JsonValue[];
    copy?.push(json);
  }
  return copy ?? (value as JsonValue[]);
}

/** Sets a member even when it is called `__proto__`. */
function define(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

/** The same text for equal values: object keys sorted at every level. */
export function canonicalJson(value: JsonValue): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
