// Converts JSON Schema 2020-12 to Swagger 2.0. What Swagger cannot express becomes the closest schema that it can, and the whole
// schema is kept under `x-schema`.
import { canonicalJson, type JsonObject, type JsonValue } from "@deepaas/core";
import { branchesOf, isObject, typesOf, withoutNull } from "../../schema-queries.ts";
import { resolveRef } from "../arg-form.ts";

const kept = new Set([
  "title",
  "description",
  "format",
  "multipleOf",
  "maximum",
  "minimum",
  "maxLength",
  "minLength",
  "pattern",
  "maxItems",
  "minItems",
  "uniqueItems",
  "maxProperties",
  "minProperties",
  "readOnly",
  "example",
]);
const mapped = new Set([
  "type",
  "enum",
  "const",
  "default",
  "examples",
  "items",
  "properties",
  "required",
  "additionalProperties",
  "allOf",
  "$ref",
  "$defs",
  "anyOf",
  "oneOf",
  "exclusiveMinimum",
  "exclusiveMaximum",
]);
/** Keywords for adapters, or without meaning outside of the schema. */
const dropped = new Set(["location", "$id", "$schema", "$comment", "writeOnly"]);

/** True if Swagger 2.0 cannot express a schema. */
interface Loss {
  lossy: boolean;
}

/** Converts the schemas of one model and adds to the definitions of the document. */
export class SwaggerSchemas {
  readonly #definitions: Record<string, JsonObject>;
  readonly #root: JsonObject;
  /** Existing definitions, by reference or by the text of a nested schema. */
  readonly #names = new Map<string, string>();

  /** `root`: the schema that `#` refers to. */
  constructor(root: JsonObject, definitions: Record<string, JsonObject>) {
    this.#root = root;
    this.#definitions = definitions;
  }

  /** Makes the root a definition. Returns its name, with a number if the name is taken. */
  defineRoot(name: string): string {
    return this.#define(this.#root, { name, known: "#" });
  }

  /** Converts a schema for a definition, a body or a response. */
  schema(schema: JsonObject): JsonObject {
    const loss: Loss = { lossy: false };
    const made = this.#convert(schema, loss);
    return loss.lossy ? { ...made, "x-schema": this.exact(schema) } : made;
  }

  /** Converts a nested schema: an object with members becomes a definition, as in the Python server. */
  nested(schema: JsonObject): JsonObject {
    const { properties, description, default: value } = schema;
    if (!isObject(properties) || Object.keys(properties).length === 0) return this.schema(schema);
    const { description: _said, default: _given, ...bare } = schema;
    const known = canonicalJson(bare);
    const $ref = `#/definitions/${this.#names.get(known) ?? this.#define(bare, { name: "Generated", known })}`;
    if (description === undefined && (value === undefined || value === null)) return { $ref };
    return {
      ...(description !== undefined && { description }),
      ...(value !== undefined && value !== null && { default: value }),
      allOf: [{ $ref }],
    };
  }

  /** The value of `x-schema`: the schema itself, with references to the definitions of the document. */
  exact(schema: JsonObject): JsonObject {
    return this.#relocated(schema) as JsonObject;
  }

  #relocated(schema: JsonValue): JsonValue {
    if (Array.isArray(schema)) return schema.map((one: JsonValue) => this.#relocated(one));
    if (!isObject(schema)) return schema;
    return Object.fromEntries(
      Object.entries(schema).flatMap(([key, member]): [string, JsonValue][] => {
        if (key === "$defs") return [];
        if (key === "$ref" && typeof member === "string") return [[key, this.#refTo(member)]];
        return [[key, this.#relocated(member)]];
      }),
    );
  }

  #convert(schema: JsonObject, loss: Loss): JsonObject {
    const bare = withoutNull(schema);
    const types = typesOf(schema);
    const nullable = types.includes("null") || schema.default === null;
    const ref = bare.$ref;
    if (typeof ref === "string") {
      const $ref = this.#refTo(ref);
      const description = schema.description ?? bare.description;
      if (description === undefined && !nullable) return { $ref };
      return {
        ...(description !== undefined && { description }),
        ...(nullable && { "x-nullable": true }),
        allOf: [{ $ref }],
      };
    }
    const merged = bare === schema ? schema : { ...bare, ...annotationsOf(schema) };
    return {
      ...typeIn(merged, loss),
      ...valuesIn(merged),
      ...(nullable && { "x-nullable": true }),
      ...keptIn(merged, loss),
      ...limitsIn(merged),
      ...this.#partsIn(merged, loss),
    };
  }

  #partsIn(schema: JsonObject, loss: Loss): JsonObject {
    const { items, properties, required, additionalProperties: others, allOf } = schema;
    const isArray = typesOf(schema).includes("array");
    if (Array.isArray(schema.prefixItems)) loss.lossy = true;
    return {
      ...(isObject(properties) && {
        properties: Object.fromEntries(
          Object.entries(properties).map(([name, one]) => [name, isObject(one) ? this.nested(one) : {}]),
        ),
      }),
      ...(Array.isArray(required) && required.length > 0 && { required: [...(required as string[])].sort() }),
      ...(isArray && { items: isObject(items) && !schema.prefixItems ? this.nested(items) : {} }),
      ...(isObject(others) && { additionalProperties: this.nested(others) }),
      ...(typeof others === "boolean" && { additionalProperties: others }),
      ...(Array.isArray(allOf) && { allOf: allOf.filter(isObject).map((one) => this.schema(one)) }),
    };
  }

  #refTo(ref: string): string {
    const known = this.#names.get(ref);
    const target = resolveRef(ref, this.#root);
    if (known === undefined && !target) return ref;
    return `#/definitions/${known ?? this.#define(target as JsonObject, { name: ref.split("/").at(-1) ?? "", known: ref })}`;
  }

  #define(schema: JsonObject, { name, known }: { readonly name: string; readonly known: string }): string {
    const free = this.#freeName(name.replace(/[^A-Za-z0-9._-]/g, "_") || "Generated");
    this.#names.set(known, free);
    // The name is reserved before the parts are converted, which may refer to it; the definition is added after them.
    this.#definitions[free] = {};
    const made = this.schema(schema);
    delete this.#definitions[free];
    this.#definitions[free] = made;
    return free;
  }

  #freeName(wanted: string): string {
    let name = wanted;
    for (let n = 1; Object.hasOwn(this.#definitions, name); n++) name = `${wanted}${n}`;
    return name;
  }
}

function annotationsOf(schema: JsonObject): JsonObject {
  const { anyOf: _any, oneOf: _one, ...annotations } = schema;
  return annotations;
}

function typeIn(schema: JsonObject, loss: Loss): JsonObject {
  const types = typesOf(schema).filter((type) => type !== "null");
  if (types.length === 1) return { type: types[0] as string };
  if (types.length === 0) return {};
  if (types.every((type) => type === "integer" || type === "number")) return { type: "number" };
  loss.lossy = true;
  return {};
}

/** The possible values and the default; neither may be null. */
function valuesIn(schema: JsonObject): JsonObject {
  const choices = choicesOf(schema)?.filter((one) => one !== null);
  const { default: value, examples } = schema;
  const [example] = Array.isArray(examples) ? (examples as JsonValue[]) : [];
  return {
    ...(value !== undefined && value !== null && { default: value }),
    ...(choices && choices.length > 0 && { enum: choices }),
    ...(example !== undefined && { example }),
  };
}

/** The values that an `enum`, a `const` or a union of them allows. */
export function choicesOf(schema: JsonObject): readonly JsonValue[] | undefined {
  const { enum: choices, const: only } = schema;
  if (Array.isArray(choices)) return choices as readonly JsonValue[];
  if (only !== undefined) return [only];
  const branches = branchesOf(schema);
  const each = branches.map((branch) => (typesOf(branch).join() === "null" ? [null] : choicesOf(branch)));
  return branches.length > 0 && each.every((one) => one !== undefined) ? each.flat() : undefined;
}

function limitsIn({ exclusiveMinimum: above, exclusiveMaximum: below }: JsonObject): JsonObject {
  return {
    ...(typeof above === "number" && { minimum: above, exclusiveMinimum: true }),
    ...(typeof below === "number" && { maximum: below, exclusiveMaximum: true }),
  };
}

function keptIn(schema: JsonObject, loss: Loss): JsonObject {
  const said: Record<string, JsonValue> = {};
  const isUnion = branchesOf(schema).length > 0 && choicesOf(schema) === undefined;
  if (isUnion) loss.lossy = true;
  for (const [key, value] of Object.entries(schema)) {
    if (kept.has(key) || key.startsWith("x-")) said[key] = value;
    else if (/^x_\w+$/.test(key)) said[key.replaceAll("_", "-")] = value;
    else if (!mapped.has(key) && !dropped.has(key)) loss.lossy = true;
  }
  return said;
}
