// Converts JSON Schema 2020-12 for an OpenAPI 3.1 document: references get their new places, and keywords of this project are
// marked as extensions.
import type { JsonObject, JsonValue } from "@deepaas/core";
import { isObject } from "../../schema-queries.ts";

const dataKeywords = new Set(["default", "const", "enum", "examples", "example"]);
const namedSchemas = new Set(["properties", "patternProperties", "$defs", "dependentSchemas"]);
const schemas = new Set([
  ...["items", "prefixItems", "contains", "additionalProperties", "propertyNames", "not", "if", "then", "else"],
  ...["anyOf", "oneOf", "allOf", "unevaluatedItems", "unevaluatedProperties", "contentSchema"],
]);
const plain = new Set([
  ...["type", "title", "description", "format", "deprecated", "readOnly", "writeOnly", "$comment", "$anchor"],
  ...["multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength", "minLength", "pattern"],
  ...["maxItems", "minItems", "uniqueItems", "maxContains", "minContains", "maxProperties", "minProperties"],
  ...["required", "dependentRequired", "contentEncoding", "contentMediaType", "discriminator", "xml", "externalDocs"],
]);

/** `place`: the pointer in the document that replaces `#` of the schema. */
export function openApiSchema(schema: JsonObject, place: string): JsonObject {
  const entries = Object.entries(schema).flatMap(([key, value]): [string, JsonValue][] => {
    if (key === "$ref" && typeof value === "string") return [[key, value.replace(/^#/, place)]];
    // `$id` and the like would change the meaning of references; the operation states the location of an argument.
    if (key === "$id" || key === "$schema" || key === "location") return [];
    if (namedSchemas.has(key) && isObject(value)) {
      return [[key, Object.fromEntries(Object.entries(value).map(([name, one]) => [name, placed(one, place)]))]];
    }
    if (schemas.has(key)) return [[key, placed(value, place)]];
    const known = dataKeywords.has(key) || plain.has(key) || key.startsWith("x-");
    return [[known ? key : `x-${key.replaceAll("_", "-").replace(/^(?:x-)+|^[$~]/, "")}`, value]];
  });
  return Object.fromEntries(entries);
}

function placed(value: JsonValue, place: string): JsonValue {
  if (Array.isArray(value)) return value.map((one: JsonValue) => placed(one, place));
  return isObject(value) ? openApiSchema(value, place) : value;
}
