// Normalises the fields of a model into one object schema in plain JSON, once per model, in the server. Clients get only that.
import { type Issue, pointerStep } from "../contract/error.ts";
import type { Fields } from "../contract/field.ts";
import { isObject, type JsonObject, type JsonValue, NotJson } from "../contract/json.ts";
import type { ObjectSchema } from "../contract/model-service.ts";
import { Format, Meta } from "../contract/typebox.ts";
import { compileSchema, fieldIssues } from "./compile-schema.ts";
import type { CompiledSchema } from "./find-issues.ts";
import { LinearPattern } from "./linear-pattern.ts";
import { dictionaryKeywords, plainSchema } from "./plain-schema.ts";

/** A fault in an author's declaration, with its place. */
export class SchemaFault extends Error {
  /** Where it is in the member, for example `/image/format`; empty for the whole member. */
  readonly pointer: string;
  readonly reason: string;

  constructor(pointer: string, reason: string) {
    super(`${pointer || "/"}: ${reason}`);
    this.pointer = pointer;
    this.reason = reason;
  }
}

const annotationFormats = new Set(["binary", "byte", "password", "int32", "int64", "float", "double"]);
// `"toString" in {}` is true: a compiled check would take the prototype's member for the argument.
const unusableNames = new Set(Object.getOwnPropertyNames(Object.prototype));

/** Takes what an author wrote as well as its JSON form (declare-model.ts). */
export function normaliseFields(fields: unknown): ObjectSchema {
  const properties: Record<string, JsonObject> = {};
  const required: string[] = [];
  for (const { name, field } of fieldEntries(fields)) {
    properties[name] = normaliseField(field, name);
    if (!isOptionalField(field)) required.push(name);
  }
  return { type: "object", properties, required };
}

/** The fields with their names and JSON Pointers. Throws `SchemaFault` for what cannot be a field. */
export function fieldEntries(
  fields: unknown,
): readonly { readonly name: string; readonly field: object; readonly pointer: string }[] {
  if (!isObject(fields)) {
    throw new SchemaFault("", "the fields are not a dictionary of name and field");
  }
  if (typeof fields.then === "function") {
    // If it rejects, too, the fault that is reported is that it is a promise.
    Promise.resolve(fields).catch(() => {});
    throw new SchemaFault("", "the fields are a promise; the method must not be async");
  }
  return Object.entries(fields as Fields).map(([name, field]) => {
    const pointer = pointerStep(name);
    if (name === "" || unusableNames.has(name)) throw new SchemaFault(pointer, "an argument cannot have this name");
    if (!isObject(field)) {
      throw new SchemaFault(pointer, `a field is a schema, not ${JSON.stringify(field) ?? typeof field}`);
    }
    return { name, field, pointer };
  });
}

/** `~optional` is TypeBox's mark; `required` is a list in the schema of an object. */
export function isOptionalField(field: object): boolean {
  return "~optional" in field || (field as { required?: unknown }).required === false || "default" in field;
}

/** The response as one schema. */
export function normaliseSchema(schema: unknown): JsonObject {
  if (!isObject(schema)) {
    throw new SchemaFault("", "it is neither a schema nor a dictionary of fields");
  }
  const json = plain(schema, "", "");
  checkSchema(json, "");
  return json;
}

/** True for one schema, false for a dictionary of fields. */
export function isSingleSchema(schema: unknown): schema is object {
  if (!isObject(schema)) {
    throw new SchemaFault("", "schema is neither a schema nor a dictionary of fields");
  }
  const { type, ...rest } = schema as Record<string, unknown>;
  return (
    typeof type === "string" ||
    "~kind" in schema ||
    ["enum", "const", "anyOf", "$ref"].some((keyword) => keyword in rest && !isFieldLike(rest[keyword], keyword))
  );
}

/** A dictionary may have a field called `enum`: then its value is a schema, not a list. */
function isFieldLike(value: unknown, keyword: string): boolean {
  return keyword !== "const" && typeof value === "object" && value !== null && !Array.isArray(value);
}

function normaliseField(field: object, name: string): JsonObject {
  const pointer = pointerStep(name);
  const { required, "~optional": _optional, ...rest } = plain(field, pointer, `/properties${pointer}`);
  const schema: JsonObject = typeof required === "boolean" || required === undefined ? rest : { ...rest, required };
  checkSchema(schema, pointer);
  const issuesOf = compileFor(schema, name);
  if (schema.default === undefined) return schema;
  const [issue] = issuesOf(schema.default);
  if (!issue) return schema;
  // As in the Python server: with a default of null the argument may be null.
  if (schema.default === null) return nullable(schema);
  const at = `${pointer}/default${issue.pointer}`;
  throw new SchemaFault(at, `the default does not fit its own schema: ${issue.message}`);
}

function nullable(schema: JsonObject): JsonObject {
  const { type, enum: choices } = schema;
  if (type === undefined || "const" in schema) {
    const { default: _null, ...bare } = schema;
    return {
      ...(schema.description !== undefined && { description: schema.description }),
      default: null,
      anyOf: [bare, { type: "null" }],
    };
  }
  return {
    ...schema,
    type: [...[type].flat(), "null"] as JsonValue,
    ...(Array.isArray(choices) && { enum: [...(choices as JsonValue[]), null] }),
  };
}

function plain(schema: object, pointer: string, place: string): JsonObject {
  try {
    return plainSchema(schema, place);
  } catch (error) {
    if (error instanceof NotJson)
      throw new SchemaFault(pointer + error.pointer, `a schema is plain JSON: ${error.message}`);
    throw error;
  }
}

let metaSchema: CompiledSchema | undefined;

/** Checks against the 2020-12 meta-schema, its formats (a validator silently ignores an unknown one) and patterns. */
function checkSchema(schema: JsonObject, pointer: string): void {
  metaSchema ??= compileSchema(Meta["https://json-schema.org/draft/2020-12/schema"]);
  const faults = metaSchema.issues(schema).filter(({ rule }) => rule !== "anyOf" && rule !== "additionalProperties");
  const [deepest] = faults.sort((a, b) => b.pointer.split("/").length - a.pointer.split("/").length);
  if (deepest && /\/type(?:\/\d+)?$/.test(deepest.pointer))
    throw new SchemaFault(pointer + deepest.pointer, typeFault(schema, deepest.pointer));
  if (deepest) throw new SchemaFault(pointer + deepest.pointer, `this is not JSON Schema: ${deepest.message}`);
  checkFormatsAndPatterns(schema, pointer);
}

function checkFormatsAndPatterns(schema: JsonValue | undefined, pointer: string): void {
  if (typeof schema !== "object" || schema === null) return;
  if (Array.isArray(schema)) {
    for (const [i, one] of (schema as JsonValue[]).entries()) checkFormatsAndPatterns(one, `${pointer}/${i}`);
    return;
  }
  const { format, pattern } = schema as JsonObject;
  if (typeof pattern === "string") checkPattern(pattern, `${pointer}/pattern`);
  if (format !== undefined && !annotationFormats.has(format as string) && !Format.Has(format as string)) {
    throw new SchemaFault(`${pointer}/format`, `the format ${JSON.stringify(format)} is not known`);
  }
  for (const [keyword, member] of Object.entries(schema)) {
    const at = pointer + pointerStep(keyword);
    if (schemaKeywords.has(keyword)) checkFormatsAndPatterns(member, at);
    else if (dictionaryKeywords.has(keyword)) {
      for (const [name, one] of Object.entries(member as JsonObject)) {
        if (keyword === "patternProperties") checkPattern(name, at + pointerStep(name));
        checkFormatsAndPatterns(one, at + pointerStep(name));
      }
    }
  }
}

const typeNames = ["string", "number", "integer", "boolean", "array", "object", "null"];
const otherTypeNames: Readonly<Record<string, string>> = {
  ...{ str: "string", text: "string", int: "integer", float: "number", double: "number", bool: "boolean" },
  ...{ list: "array", tuple: "array", dict: "object", map: "object", none: "null" },
};

function typeFault(schema: JsonObject, pointer: string): string {
  const given = pointer
    .split("/")
    .slice(1)
    .reduce<unknown>(
      (at, step) => (at as JsonObject | undefined)?.[step.replaceAll("~1", "/").replaceAll("~0", "~")],
      schema,
    );
  const meant = otherTypeNames[String(given).toLowerCase()];
  const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
  return `${JSON.stringify(given)} is not a type of JSON Schema. The types are ${typeNames.join(", ")}${hint}`;
}

function checkPattern(pattern: string, pointer: string): void {
  try {
    new LinearPattern(pattern);
  } catch (error) {
    throw new SchemaFault(pointer, (error as Error).message);
  }
}

const schemaKeywords = new Set([
  "items",
  "prefixItems",
  "contains",
  "additionalProperties",
  "propertyNames",
  "not",
  "if",
  "then",
  "else",
  "anyOf",
  "oneOf",
  "allOf",
]);

function compileFor(schema: JsonObject, name: string): (value: unknown) => readonly Issue[] {
  try {
    return fieldIssues(name, schema);
  } catch (error) {
    throw new SchemaFault(pointerStep(name), `the schema cannot be compiled: ${(error as Error).message}`);
  }
}
