// Queries about the types in a JSON Schema, for reading arguments and for error sentences.
import type { JsonObject, JsonValue } from "@deepaas/core";

export type TypeName = "string" | "integer" | "number" | "boolean" | "null" | "array" | "object";

/** Shared: this is called for every value of a long list. */
const alone: ReadonlyMap<unknown, readonly TypeName[]> = new Map(
  (["string", "integer", "number", "boolean", "null", "array", "object"] as const).map((type) => [type, [type]]),
);

/** Returns the types of a schema, in declared order. Empty: any type. */
export function typesOf(schema: JsonObject): readonly TypeName[] {
  const { type, enum: choices } = schema;
  if (type !== undefined) return alone.get(type) ?? ([type].flat() as TypeName[]);
  if (Array.isArray(choices)) return unique((choices as readonly JsonValue[]).map(typeOf));
  if (schema.const !== undefined) return [typeOf(schema.const)];
  const branches = branchesOf(schema);
  const types = branches.map(typesOf);
  return types.some((one) => one.length === 0) ? [] : unique(types.flat());
}

/** Returns the members of `anyOf` or `oneOf`. */
export function branchesOf(schema: JsonObject): readonly JsonObject[] {
  const { anyOf, oneOf } = schema;
  return [anyOf, oneOf].find(Array.isArray)?.filter(isObject) ?? [];
}

/** Returns the branch that is not null of a schema "this or null", else the schema itself. */
export function withoutNull(schema: JsonObject): JsonObject {
  const branches = branchesOf(schema);
  const rest = branches.filter((branch) => typesOf(branch).join() !== "null");
  return rest.length === 1 && branches.length === 2 ? (rest[0] as JsonObject) : schema;
}

/** Returns the schema of a member of an object, or undefined if it has none. */
export function memberSchema(schema: JsonObject, key: string): JsonObject | undefined {
  const { properties, additionalProperties } = schema;
  if (isObject(properties) && Object.hasOwn(properties, key)) return objectOr(properties[key]);
  return objectOr(additionalProperties);
}

export function itemSchema(schema: JsonObject, index: number): JsonObject | undefined {
  const { prefixItems, items } = schema;
  return (Array.isArray(prefixItems) && objectOr(prefixItems[index] as JsonValue)) || objectOr(items);
}

/** True for the JSON form of a file. */
export function isFileSchema(schema: JsonObject | undefined): boolean {
  return schema !== undefined && schema.format === "binary" && typesOf(schema).includes("string");
}

export function typeOf(value: JsonValue): TypeName {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value as "string" | "boolean" | "object";
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function objectOr(value: JsonValue | undefined): JsonObject | undefined {
  return isObject(value) ? value : undefined;
}

function unique<T>(items: readonly T[]): readonly T[] {
  return [...new Set(items)];
}
