// Finds an example that is valid for a schema. Returns none rather than one that may be invalid.
import type { JsonObject, JsonValue } from "@deepaas/core";
import { branchesOf, isObject, typesOf } from "../schema-queries.ts";
import { resolveRef } from "./arg-form.ts";

const texts: Readonly<Record<string, string>> = {
  "date-time": "2026-01-31T12:00:00Z",
  "iso-date-time": "2026-01-31T12:00:00",
  date: "2026-01-31",
  time: "12:00:00Z",
  "iso-time": "12:00:00",
  uuid: "7d444840-9dc0-11d1-b245-5ffdce74fad2",
  email: "someone@example.org",
  uri: "https://example.org/",
  url: "https://example.org/",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
  password: "secret",
};
const formatsOfAnyText = new Set([undefined, "byte", "binary"]);

/** `root`: the schema that references refer to. Returns undefined if no example is found. */
export function exampleOf(schema: JsonObject, root: JsonObject, depth = 0): JsonValue | undefined {
  const { $ref, default: value, examples, example, const: only, enum: choices } = schema;
  const [first] = ([examples, choices].find((one) => Array.isArray(one) && one.length > 0) as JsonValue[]) ?? [];
  const told = value ?? example ?? first ?? only;
  if (told !== undefined) return told;
  if (depth > 6 || schema.not !== undefined || schema.allOf !== undefined) return undefined;
  if (typeof $ref === "string") {
    const target = resolveRef($ref, root);
    return target && exampleOf(target, root, depth + 1);
  }
  for (const branch of branchesOf(schema)) {
    const one = exampleOf(branch, root, depth + 1);
    if (one !== undefined && one !== null) return one;
  }
  const [type] = typesOf(schema);
  if (type === "object") return objectExample(schema, root, depth);
  if (type === "array") return arrayExample(schema, root, depth);
  if (type === "string") return textExample(schema);
  if (type === "integer" || type === "number") return numberExample(schema);
  return type === "boolean" ? true : undefined;
}

function objectExample(schema: JsonObject, root: JsonObject, depth: number): JsonValue | undefined {
  const { properties, required, minProperties, patternProperties } = schema;
  if (minProperties !== undefined || patternProperties !== undefined) return undefined;
  const names = Array.isArray(required) ? (required as string[]) : [];
  const members: [string, JsonValue][] = [];
  for (const [name, member] of Object.entries(isObject(properties) ? properties : {})) {
    const value = isObject(member) ? exampleOf(member, root, depth + 1) : undefined;
    if (value !== undefined) members.push([name, value]);
    else if (names.includes(name)) return undefined;
  }
  return names.every((name) => members.some(([known]) => known === name)) ? Object.fromEntries(members) : undefined;
}

function arrayExample(schema: JsonObject, root: JsonObject, depth: number): JsonValue | undefined {
  const { items, prefixItems, minItems, uniqueItems, contains } = schema;
  if (contains !== undefined || (uniqueItems === true && Number(minItems ?? 0) > 1)) return undefined;
  if (Array.isArray(prefixItems)) {
    const values = prefixItems.filter(isObject).map((one) => exampleOf(one, root, depth + 1));
    return values.every((one) => one !== undefined) ? values : undefined;
  }
  const count = Math.max(1, Number(minItems ?? 1));
  if (!isObject(items)) return minItems === undefined ? [] : undefined;
  const one = exampleOf(items, root, depth + 1);
  if (one === undefined || count > 5) return minItems === undefined ? [] : undefined;
  return new Array<JsonValue>(count).fill(one);
}

function textExample({ format, pattern, minLength, maxLength }: JsonObject): string | undefined {
  if (pattern !== undefined) return undefined;
  const known = texts[String(format)];
  if (known === undefined && !formatsOfAnyText.has(format as string | undefined)) return undefined;
  const text = (known ?? "text").padEnd(Number(minLength ?? 0), ".");
  return text.length > Number(maxLength ?? text.length) ? text.slice(0, Number(maxLength)) : text;
}

function numberExample(schema: JsonObject): number | undefined {
  const { minimum, maximum, exclusiveMinimum: above, exclusiveMaximum: below, multipleOf } = schema;
  if (typeof multipleOf === "number") return undefined;
  const least =
    typeof minimum === "number" ? Math.ceil(minimum) : typeof above === "number" ? Math.floor(above) + 1 : 1;
  const most = typeof maximum === "number" ? maximum : typeof below === "number" ? Math.ceil(below) - 1 : least;
  if (least <= most) return least;
  return minimum === undefined && above === undefined ? Math.floor(most) : undefined;
}
