// Checks the value of one field before it is sent. The server checks it again; what is not known here is left to it.
import { isObject } from "@deepaas/core";
import type { Field, FieldKind } from "./field.ts";

/** A rule and its sentence. */
export type Fault = readonly [rule: string, message: string];

const isText = (value: unknown) => typeof value === "string";
const types: Partial<Record<FieldKind, readonly [fits: (value: unknown) => boolean, text: string]>> = {
  text: [isText, "text"],
  long: [isText, "text"],
  secret: [isText, "text"],
  number: [Number.isFinite, "a number"],
  switch: [(value) => typeof value === "boolean", "true or false"],
  list: [Array.isArray, "a list"],
  object: [isObject, "an object"],
};

const atLeast = (value: number, limit: number) => value >= limit;
const atMost = (value: number, limit: number) => value <= limit;

/** Rules that compare a size with the number in the schema. */
const limits: readonly (readonly [string, typeof atLeast, string, unit?: string])[] = [
  ["minimum", atLeast, "be at least"],
  ["maximum", atMost, "be at most"],
  ["exclusiveMinimum", (value, limit) => value > limit, "be greater than"],
  ["exclusiveMaximum", (value, limit) => value < limit, "be less than"],
  ["multipleOf", isMultiple, "be a multiple of"],
  ["minLength", atLeast, "have at least", "character"],
  ["maxLength", atMost, "have at most", "character"],
  ["minItems", atLeast, "have at least", "item"],
  ["maxItems", atMost, "have at most", "item"],
];

const formats: Readonly<Record<string, readonly [RegExp, string]>> = {
  email: [/^[^\s@]+@[^\s@]+$/, "an e-mail address"],
  uuid: [/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i, "a UUID"],
  url: [/^[a-z][a-z\d+.-]*:\S+$/i, "a whole URL, as in https://example.org"],
  uri: [/^[a-z][a-z\d+.-]*:\S+$/i, "a whole URI, as in https://example.org"],
};

/** A longer text is not matched: a pattern may take time that grows fast with it. */
const longestMatched = 2_000;

/** Returns the faults of a value that is neither null nor a file, without those inside of it. */
export function faultsOf({ is, schema, choices }: Field, value: unknown): readonly Fault[] {
  const [fits, what] = types[is] ?? [];
  if (fits && !fits(value)) return [["type", `Must be ${what}.`]];
  if (schema.type === "integer" && is === "number" && !Number.isSafeInteger(value))
    return [["type", Number.isInteger(value) ? "Is too large: it would be rounded." : "Must be a whole number."]];
  if (is === "choice" && !choices.some((one) => isSame(one.value, value)))
    return [["enum", `Must be one of ${choices.map(({ label }) => label).join(", ")}.`]];
  if (is === "json") return [];
  const faults: Fault[] = [];
  // As JSON Schema counts: characters, not UTF-16 units.
  const size = typeof value === "string" ? Array.from(value).length : Array.isArray(value) ? value.length : value;
  for (const [rule, holds, text, unit] of limits) {
    const limit = schema[rule];
    if (typeof limit !== "number" || typeof size !== "number" || holds(size, limit)) continue;
    faults.push([rule, `Must ${text} ${limit}${unit === undefined ? "" : ` ${unit}${limit === 1 ? "" : "s"}`}.`]);
  }
  if (typeof value !== "string") return faults;
  const { pattern, format } = schema;
  if (typeof pattern === "string" && !matches(pattern, value))
    faults.push(["pattern", `Must match the pattern ${pattern}`]);
  const [form, name] = formats[String(format)] ?? [];
  if (form && !form.test(value)) faults.push(["format", `Must be ${name}.`]);
  return faults;
}

function isMultiple(value: number, of: number): boolean {
  const count = value / of;
  return !(of > 0) || Math.abs(count - Math.round(count)) <= 1e-9 * Math.max(1, Math.abs(count));
}

/** True, too, for a pattern that this browser does not know. */
function matches(pattern: string, value: string): boolean {
  try {
    return value.length > longestMatched || new RegExp(pattern, "u").test(value);
  } catch {
    return true;
  }
}

export function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
