// Converts an author's schema, TypeBox or not, to JSON Schema 2020-12 in plain JSON.
import { pointerStep } from "../contract/error.ts";
import { isObject, type JsonObject, type JsonValue, toJson } from "../contract/json.ts";

/** Members whose value is data, not a schema. */
export const dataKeywords: ReadonlySet<string> = new Set(["default", "const", "enum", "examples"]);

/** Members whose value is a dictionary of schemas. */
export const dictionaryKeywords: ReadonlySet<string> = new Set([
  "properties",
  "patternProperties",
  "$defs",
  "dependentSchemas",
]);

/** The pattern of `Type.Record(Type.String(), …)`. */
const anyName = "^.*$";

/**
 * `schema` as it stands at `place` (a JSON Pointer) of a larger one: a RegExp becomes its source, a draft-07 tuple
 * `prefixItems`, a dictionary of TypeBox `additionalProperties`, and what refers to a part of the schema refers to its new place. Throws `NotJson`.
 */
export function plainSchema(schema: object, place: string): JsonObject {
  const plain = with2020Keywords(schemaToJson(schema)) as JsonObject;
  const { $defs } = plain;
  const names = new Map<string, string>();
  for (const [name, definition] of Object.entries(($defs ?? {}) as JsonObject)) {
    names.set(name, `#${place}/$defs${pointerStep(name)}`);
    const { $id } = definition as JsonObject;
    if (typeof $id === "string") names.set($id, `#${place}/$defs${pointerStep(name)}`);
  }
  return relocate(plain, place, names) as JsonObject;
}

/** `schema` in plain JSON, where a RegExp is its source. Throws `NotJson`. */
export function schemaToJson(schema: object): JsonObject {
  return toJson(withPatternSources(schema)) as JsonObject;
}

function withPatternSources(value: unknown): unknown {
  if (value instanceof RegExp) return value.source;
  if (Array.isArray(value)) return value.map(withPatternSources);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, member]): [string, unknown] => [
    key,
    dataKeywords.has(key) ? member : withPatternSources(member),
  ]);
  return Object.fromEntries(entries);
}

/** Converts a tuple of draft-07 (`items` is a list) to 2020-12, and a dictionary of TypeBox to the keyword that others use. */
function with2020Keywords(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(with2020Keywords);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, dataKeywords.has(key) ? member : with2020Keywords(member)]),
  );
  const { patternProperties, additionalProperties } = members;
  if (
    additionalProperties === undefined &&
    isObject(patternProperties) &&
    Object.keys(patternProperties).join() === anyName
  ) {
    delete members.patternProperties;
    members.additionalProperties = patternProperties[anyName] as JsonValue;
  }
  if (!Array.isArray(members.items)) return members;
  const { items, additionalItems, ...rest } = members;
  return { ...rest, prefixItems: items as JsonValue, ...(additionalItems !== undefined && { items: additionalItems }) };
}

function relocate(value: JsonValue, place: string, names: ReadonlyMap<string, string>): JsonValue {
  if (Array.isArray(value)) return value.map((item: JsonValue) => relocate(item, place, names));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).flatMap(([key, member]): [string, JsonValue][] => {
    if (dataKeywords.has(key)) return [[key, member]];
    if (key === "$id" && typeof member === "string" && names.has(member)) return [];
    if (key === "$ref" && typeof member === "string")
      return [[key, names.get(member) ?? member.replace(/^#/, `#${place}`)]];
    return [[key, relocate(member, place, names)]];
  });
  return Object.fromEntries(entries);
}
