// What may cross a wire. `toJson` is where a model's result becomes a JSON value, or is refused with its place.
import { pointerStep } from "./error.ts";

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
  return value === undefined ? null : new Converter(options).convert(value);
}

class Converter {
  readonly #onNonFinite: ToJsonOptions["onNonFinite"];
  /** The way to the value at hand; made into a pointer only when there is something to say. */
  readonly #way: (string | number)[] = [];

  constructor({ onNonFinite }: ToJsonOptions) {
    this.#onNonFinite = onNonFinite;
  }

  convert(value: unknown): JsonValue {
    switch (typeof value) {
      case "string":
      case "boolean":
        return value;
      case "number":
        if (Number.isFinite(value)) return value;
        if (!this.#onNonFinite) throw this.#refusal(`JSON has no ${String(value)}`);
        this.#onNonFinite(this.#pointer());
        return null;
      case "object":
        if (value === null) return null;
        if (this.#way.length >= maxDepth) {
          throw this.#refusal(`it refers to itself, or is nested more than ${maxDepth} deep`);
        }
        return Array.isArray(value) ? this.#array(value) : this.#object(value);
      default:
        throw this.#refusal(`JSON has no ${typeof value}`);
    }
  }

  #array(value: readonly unknown[]): JsonValue {
    let copy: JsonValue[] | undefined;
    for (let i = 0; i < value.length; i++) {
      const json = value[i] === undefined ? null : this.#member(i, value[i]);
      if (json !== value[i]) copy ??= value.slice(0, i) as JsonValue[];
      copy?.push(json);
    }
    return copy ?? (value as JsonValue[]);
  }

  #object(value: object): JsonValue {
    if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
      return this.#array(Array.from(value as unknown as ArrayLike<unknown>));
    }
    if ("toJSON" in value && typeof value.toJSON === "function") return this.convert(value.toJSON(""));
    if (value instanceof Map || value instanceof Set) {
      throw this.#refusal(`JSON has no ${value instanceof Map ? "Map" : "Set"}; give an object or an array`);
    }
    // A generator: as plain data it would be an empty object.
    if ("next" in value && typeof value.next === "function") {
      throw this.#refusal("JSON has no iterator; give an array");
    }
    const prototype: unknown = Object.getPrototypeOf(value);
    const members = value as Readonly<Record<string, unknown>>;
    const keys = Object.keys(members);
    let copy: Record<string, JsonValue> | undefined =
      prototype === Object.prototype || prototype === null ? undefined : {};
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as string;
      const member = members[key];
      const json = member === undefined ? undefined : this.#member(key, member);
      if (!copy && (json !== member || member === undefined)) {
        copy = {};
        for (const before of keys.slice(0, i)) define(copy, before, members[before]);
      }
      if (copy && json !== undefined) define(copy, key, json);
    }
    return copy ?? (members as JsonObject);
  }

  #member(step: string | number, value: unknown): JsonValue {
    this.#way.push(step);
    const json = this.convert(value);
    this.#way.pop();
    return json;
  }

  #pointer(): string {
    return this.#way.map(pointerStep).join("");
  }

  #refusal(reason: string): NotJson {
    return new NotJson(this.#pointer(), reason);
  }
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
