// JavaScript values to JSON. Arguments, results, stream items, checkpoints and metadata are all converted here, so that
// every adapter accepts and refuses the same values.
import { DeepaasError, pointerStep } from "./error.ts";
import { isFileSource, isModelFile } from "./model-file.ts";

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** A value that has no JSON form. `pointer` (RFC 6901) starts at the value that was converted; the message is a sentence. */
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
  /** True: the result shares no object with `value`. Default false: plain data is returned as it is. */
  readonly copy?: boolean;
}

/** Most levels of arrays and objects in a value. */
export const maxDepth = 200;
const filePosition = "A file must be a whole argument, an item of a list of files, or the whole result.";
/** Classes whose instances are refused although they may have members of their own, by the tag of `toString`. */
const refusedTags: ReadonlySet<string> = new Set(["Map", "Set", "Error", "RegExp", "String", "Number", "Boolean"]);

/**
 * Returns the JSON form of `value`, or throws `NotJson`.
 *
 * | value | becomes |
 * |---|---|
 * | null, boolean, string, finite number | itself; `-0` becomes `0` |
 * | undefined | left out of an object, null in an array and as the whole value |
 * | array, plain object, class instance with own members | array or object of its members |
 * | anything with a `toJSON` method, such as a Date | the JSON form of what `toJSON` returns |
 * | typed array | list of its numbers; a `BigInt64Array` is refused |
 * | NaN, Infinity | refused; null and a warning in the result of a training |
 * | bigint, function, symbol | refused |
 * | promise | refused: an `await` is missing |
 * | Error, Map, Set, RegExp, boxed primitive, iterator, generator | refused |
 * | instance without own members, such as a Response or a class with private fields only | refused |
 * | Blob, ArrayBuffer, DataView, stream, `ModelFile` | refused; see `toJsonArgs` for where they are files |
 * | cycle, or more than 200 levels | refused |
 */
export function toJson(value: unknown, options: ToJsonOptions = {}): JsonValue {
  return value === undefined ? null : new Converter(options, []).convert(value);
}

/**
 * Converts the arguments of a call: as `toJson`, but a `ModelFile`, `Blob`, `Uint8Array`, `ArrayBuffer` or stream that is
 * an argument, or an item of a list of files, stays a file. Throws `invalid_args` with the place of what is refused.
 */
export function toJsonArgs(args: unknown, options: Pick<ToJsonOptions, "copy"> = {}): Record<string, unknown> {
  const given = argsObject(args);
  const converted: Record<string, unknown> = {};
  for (const name of Object.keys(given)) {
    const value: unknown = given[name];
    if (value !== undefined) setMember(converted, name, toJsonArg(name, value, options));
  }
  return converted;
}

/** Returns the arguments of a call as they are. Throws `invalid_args` if they are not an object. */
export function argsObject(args: unknown): Readonly<Record<string, unknown>> {
  if (tagOf(args) !== "Object" || isModelFile(args)) throw refusedArgs("", "type", "Must be object.");
  return args as Readonly<Record<string, unknown>>;
}

/** Converts one argument, as `toJsonArgs` does. */
export function toJsonArg(name: string, value: unknown, options: Pick<ToJsonOptions, "copy"> = {}): unknown {
  if (isJsonScalar(value)) return value;
  if (isFileSource(value)) return value;
  if (Array.isArray(value) && isFileSource(value[0])) {
    const other = value.findIndex((item) => !isFileSource(item));
    if (other === -1) return value.slice();
    throw refusedArgs(`${pointerStep(name)}/${other}`, "file", "Must be a file.");
  }
  try {
    return new Converter(options, [name]).convert(value);
  } catch (error) {
    throw error instanceof NotJson ? refusedArgs(error.pointer, "json", error.message) : error;
  }
}

function refusedArgs(pointer: string, rule: string, message: string): DeepaasError {
  const issues = [{ pointer, rule, message }];
  return new DeepaasError("invalid_args", `${pointer || "The arguments"}: ${message}`, { issues });
}

class Converter {
  readonly #onNonFinite: ToJsonOptions["onNonFinite"];
  readonly #copy: boolean;
  /** The steps to the current value; made into a pointer only for an error. */
  readonly #path: (string | number)[];

  constructor({ onNonFinite, copy = false }: ToJsonOptions, path: (string | number)[]) {
    this.#onNonFinite = onNonFinite;
    this.#copy = copy;
    this.#path = path;
  }

  convert(value: unknown): JsonValue {
    switch (typeof value) {
      case "string":
      case "boolean":
        return value;
      case "number":
        if (value === 0) return 0;
        if (Number.isFinite(value)) return value;
        if (!this.#onNonFinite) throw this.#refusal(`JSON has no ${value}.`);
        this.#onNonFinite(this.#pointer());
        return null;
      case "object":
        if (value === null) return null;
        if (this.#path.length >= maxDepth) {
          throw this.#refusal(`Refers to itself, or is nested more than ${maxDepth} levels deep.`);
        }
        return Array.isArray(value) ? this.#array(value) : this.#object(value);
      default:
        throw this.#refusal(`JSON has no ${typeof value}.`);
    }
  }

  #array(value: readonly unknown[]): JsonValue {
    // Hot path: most lists hold scalars alone.
    let i = 0;
    while (i < value.length && isJsonScalar(value[i])) i++;
    let copy = (this.#copy ? value.slice(0, i) : undefined) as JsonValue[] | undefined;
    for (; i < value.length; i++) {
      const json = value[i] === undefined ? null : this.#member(i, value[i]);
      if (!Object.is(json, value[i])) copy ??= value.slice(0, i) as JsonValue[];
      copy?.push(json);
    }
    return copy ?? (value as JsonValue[]);
  }

  #object(value: object): JsonValue {
    const plain = isPlain(value);
    if (!plain && ArrayBuffer.isView(value) && !(value instanceof DataView)) {
      return this.#array(Array.from(value as unknown as ArrayLike<unknown>));
    }
    const { toJSON } = value as { readonly toJSON?: unknown };
    if (typeof toJSON === "function") return this.convert(toJSON.call(value, ""));
    const fault = plain ? undefined : instanceFault(value);
    if (fault !== undefined || isModelFile(value)) throw this.#refusal(fault ?? filePosition);
    return this.#members(value as Readonly<Record<string, unknown>>, this.#copy || !plain);
  }

  #members(members: Readonly<Record<string, unknown>>, copies: boolean): JsonValue {
    let copy: Record<string, JsonValue> | undefined = copies ? {} : undefined;
    const keys = Object.keys(members);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as string;
      const member = members[key];
      if (isJsonScalar(member)) {
        if (copy) setMember(copy, key, member);
        continue;
      }
      const json = member === undefined ? undefined : this.#member(key, member);
      if (!copy && (!Object.is(json, member) || member === undefined)) {
        copy = {};
        for (const before of keys.slice(0, i)) setMember(copy, before, members[before]);
      }
      if (copy && json !== undefined) setMember(copy, key, json);
    }
    return copy ?? (members as JsonObject);
  }

  #member(step: string | number, value: unknown): JsonValue {
    this.#path.push(step);
    const json = this.convert(value);
    this.#path.pop();
    return json;
  }

  #pointer(): string {
    return this.#path.map(pointerStep).join("");
  }

  #refusal(reason: string): NotJson {
    return new NotJson(this.#pointer(), reason);
  }
}

/** Hot path: true for most of the values that need no conversion. */
function isJsonScalar(value: unknown): boolean {
  const type = typeof value;
  // Infinity - Infinity is NaN.
  return type === "number"
    ? (value as number) - (value as number) === 0 && !Object.is(value, -0)
    : type === "string" || type === "boolean";
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

const tagOf = (value: unknown): string => Object.prototype.toString.call(value).slice("[object ".length, -1);

/** Returns why the members of an instance are not its value, or undefined if they are. */
function instanceFault(value: object): string | undefined {
  if (isFileSource(value) || value instanceof DataView || value instanceof SharedBuffer) return filePosition;
  const { then, next } = value as Readonly<Record<"then" | "next", unknown>>;
  if (typeof then === "function") return "A promise has no JSON form: is an await missing?";
  const tag = tagOf(value);
  // A plain object of another realm, such as an iframe or a vm context.
  const isForeign = tag === "Object" && Object.getPrototypeOf(Object.getPrototypeOf(value)) === null;
  const hasMembers = isForeign || Object.keys(value).length > 0;
  if (hasMembers && !refusedTags.has(tag) && typeof next !== "function") return undefined;
  return `${tag === "Object" ? value.constructor?.name || "This object" : tag} has no JSON form.`;
}

/** Absent in web pages that are not cross-origin isolated. */
const SharedBuffer = globalThis.SharedArrayBuffer ?? class {};

/** Sets a member even when it is called `__proto__`. */
export function setMember(target: object, key: string, value: unknown): void {
  if (key !== "__proto__") {
    (target as Record<string, unknown>)[key] = value;
    return;
  }
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

/** True for an object that is not an array. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Returns a copy of `object` without the members that are undefined. */
export function withoutUndefined<T extends object>(object: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as never;
}

/** Largest result in a list, in characters of JSON. */
export const maxListedJson = 65_536;

/** True if the JSON text of a value has more than `limit` characters, or about as many. Reads only as far as it must. */
export function isLongerThan(value: JsonValue, limit: number): boolean {
  let left = limit;
  const counts = (one: JsonValue): boolean => {
    if (typeof one === "string") left -= one.length + 2;
    else if (typeof one !== "object" || one === null) left -= String(one).length;
    else if (Array.isArray(one)) {
      left -= 2;
      for (const item of one as readonly JsonValue[]) {
        left--;
        if (!counts(item)) return false;
      }
    } else {
      left -= 2;
      for (const [key, member] of Object.entries(one)) {
        left -= key.length + 4;
        if (!counts(member)) return false;
      }
    }
    return left >= 0;
  };
  return !counts(value);
}

/** Returns the same text for equal values: object keys are sorted at every level. */
export function canonicalJson(value: JsonValue): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    isObject(member) ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1))) : member,
  );
}
