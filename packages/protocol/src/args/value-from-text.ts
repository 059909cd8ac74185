// Converts text to the type of a schema. Text that cannot be converted stays text: the host refuses it together with all other
// faults of the call, so that a caller sees all of them.
import type { JsonObject, JsonValue } from "@deepaas/core";
import { branchesOf, isObject, itemSchema, memberSchema, type TypeName, typeOf, typesOf } from "../schema-queries.ts";
import { booleanFromText, floatFromText, integerFromText } from "./from-text.ts";

/** Converts text of a query, form, header or cookie to the first declared type that it fits. */
export function valueFromText(text: string, schema: JsonObject): JsonValue {
  const types = typesOf(schema);
  for (const type of types) {
    const value = textAs(type, text);
    if (value !== undefined) return value;
  }
  return text;
}

/**
 * Converts a value of a JSON body on a V2 route as the Python server does: text to numbers and booleans, `1` and `0` to
 * booleans, and a single value to a list of one.
 */
export function valueFromJson(value: JsonValue, schema: JsonObject | undefined): JsonValue {
  if (schema === undefined) return value;
  // Hot path: all values of most long lists.
  const is = typeof value;
  if (is !== "object" && (is === schema.type || (is === "number" && schema.type === "integer"))) return value;
  const types = typesOf(schema);
  if (types.includes("array") && !Array.isArray(value) && value !== null && !types.includes(typeOf(value))) {
    const { items, prefixItems } = branchOf(schema, "array");
    if (prefixItems === undefined) return [valueFromJson(value, isObject(items) ? items : undefined)];
  }
  if (typeof value === "string") return types.includes("string") ? value : valueFromText(value, schema);
  if (typeof value === "number") {
    const asked = types.includes("boolean") && !types.includes("number") && !types.includes("integer");
    return asked && (value === 0 || value === 1) ? value === 1 : value;
  }
  if (Array.isArray(value)) {
    const branch = branchOf(schema, "array");
    return value.map((item: JsonValue, i) => valueFromJson(item, itemSchema(branch, i)));
  }
  if (isObject(value)) {
    const branch = branchOf(schema, "object");
    // Object.fromEntries keeps an own `__proto__` as a member.
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [key, valueFromJson(member, memberSchema(branch, key))]),
    );
  }
  return value;
}

function textAs(type: TypeName, text: string): JsonValue | undefined {
  switch (type) {
    case "string":
      return text;
    case "integer":
      return integerFromText(text);
    case "number":
      return floatFromText(text);
    case "boolean":
      return booleanFromText(text);
    default:
      return undefined;
  }
}

/** Returns the schema, or the branch of its `anyOf` for values of this type. */
function branchOf(schema: JsonObject, type: TypeName): JsonObject {
  return branchesOf(schema).find((branch) => typesOf(branch).includes(type)) ?? schema;
}
