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

type Convert = (value: JsonValue) => JsonValue;

/**
 * Converts a value of a JSON body on a V2 route as the Python server does: text to numbers and booleans, `1` and `0` to
 * booleans, and a single value of an argument to a list of one. Lists and objects are changed in place.
 */
export function valueFromJson(value: JsonValue, schema: JsonObject): JsonValue {
  const convert = converterOf(schema);
  if (!isListOfScalars(schema) || value === null || Array.isArray(value) || typesOf(schema).includes(typeOf(value))) {
    return convert ? convert(value) : value;
  }
  const list = [value];
  return convert ? convert(list) : list;
}

/** As in the Python server: neither an item that should be a list, nor a list of objects, is made from a single value. */
function isListOfScalars(schema: JsonObject): boolean {
  const { items, prefixItems } = branchOf(schema, "array");
  return (
    typesOf(schema).includes("array") && prefixItems === undefined && !(isObject(items) && isObject(items.properties))
  );
}

const converters = new WeakMap<JsonObject, Convert | "none">();

/** Returns undefined if every value stays as it is. */
function converterOf(schema: JsonObject | undefined): Convert | undefined {
  if (schema === undefined) return undefined;
  let convert = converters.get(schema);
  if (convert === undefined) {
    convert = newConverter(schema) ?? "none";
    converters.set(schema, convert);
  }
  return convert === "none" ? undefined : convert;
}

function newConverter(schema: JsonObject): Convert | undefined {
  const types = typesOf(schema);
  const isNumber = types.includes("number") || types.includes("integer");
  const fromText = !types.includes("string") && (isNumber || types.includes("boolean"));
  const fromNumber = types.includes("boolean") && !isNumber;
  const inItems = itemsConverter(branchOf(schema, "array"));
  const inMembers = membersConverter(branchOf(schema, "object"));
  if (!fromText && !fromNumber && !inItems && !inMembers) return undefined;
  return (value) => {
    if (typeof value === "number") return fromNumber && (value === 0 || value === 1) ? value === 1 : value;
    if (typeof value === "string") return fromText ? valueFromText(value, schema) : value;
    if (Array.isArray(value)) inItems?.(value as JsonValue[]);
    else if (isObject(value)) inMembers?.(value);
    return value;
  };
}

function itemsConverter(schema: JsonObject): ((list: JsonValue[]) => void) | undefined {
  const { prefixItems } = schema;
  const first = Array.isArray(prefixItems) ? prefixItems.map((_, i) => converterOf(itemSchema(schema, i))) : [];
  const rest = converterOf(itemSchema(schema, first.length));
  if (rest === undefined && first.every((one) => one === undefined)) return undefined;
  return (list) => {
    for (let i = 0; i < list.length; i++) {
      const convert = i < first.length ? first[i] : rest;
      if (convert) list[i] = convert(list[i] as JsonValue);
    }
  };
}

function membersConverter(schema: JsonObject): ((object: JsonObject) => void) | undefined {
  const { properties, additionalProperties } = schema;
  const declared = isObject(properties) ? properties : {};
  const members = Object.keys(declared).flatMap((name) => {
    const convert = converterOf(memberSchema(schema, name));
    return convert ? [{ name, convert }] : [];
  });
  const other = converterOf(isObject(additionalProperties) ? additionalProperties : undefined);
  if (members.length === 0 && other === undefined) return undefined;
  const put = (object: JsonObject, name: string, convert: Convert) => {
    const value = object[name] as JsonValue;
    const converted = convert(value);
    // Not assigned: a member may be called `__proto__`.
    if (converted !== value) Object.defineProperty(object, name, { ...ownMember, value: converted });
  };
  return (object) => {
    for (const { name, convert } of members) if (Object.hasOwn(object, name)) put(object, name, convert);
    if (!other) return;
    for (const name of Object.keys(object)) if (!Object.hasOwn(declared, name)) put(object, name, other);
  };
}

const ownMember = { enumerable: true, configurable: true, writable: true };

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
