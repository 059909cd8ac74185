// From text to the type that a schema asks for. What does not convert stays as it is: the host refuses it, together with
// every other mistake in the call, so that a caller sees all of them at once.
import type { JsonObject, JsonValue } from "@deepaas/core";
import { branchesOf, isObject, itemSchema, memberSchema, type TypeName, typeOf, typesOf } from "../schema-queries.ts";
import { booleanFromText, floatFromText, integerFromText } from "./from-text.ts";

/** Text of a query, a form, a header or a cookie. The first declared type that can be read wins. */
export function valueFromText(text: string, schema: JsonObject): JsonValue {
  const types = typesOf(schema);
  for (const type of types) {
    const value = textAs(type, text);
    if (value !== undefined) return value;
  }
  return text;
}

/**
 * A value of a JSON body on a V2 route, where text stands for numbers and booleans too, `1` and `0` are booleans, and a
 * single value stands for a list of one, as in the original.
 */
export function valueFromJson(value: JsonValue, schema: JsonObject | undefined): JsonValue {
  if (schema === undefined) return value;
  // What is right already, which in a long list is everything.
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
    // Through entries, so that an own `__proto__` stays a member like any other.
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

/** The schema, or the branch of its `anyOf`, that says how such a value looks. */
function branchOf(schema: JsonObject, type: TypeName): JsonObject {
  return branchesOf(schema).find((branch) => typesOf(branch).includes(type)) ?? schema;
}
