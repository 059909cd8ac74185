// Reads a JSON Schema (2020-12) as far as a form needs it.
import { isObject, type JsonObject, type JsonValue } from "@deepaas/core";

export type Schema = JsonObject;

const mostReferences = 20;

/** Returns the schema without `$ref`. `root`: the schema that `#/…` refers into. */
export function resolveSchema(schema: JsonValue | undefined, root: Schema): Schema {
  let current = schema;
  for (let i = 0; i < mostReferences; i++) {
    if (current === false) return { not: {} };
    if (!isSchema(current)) return {};
    const { $ref, ...rest } = current;
    if (typeof $ref !== "string") return current;
    const target = valueAt(root, $ref);
    current = isSchema(target) ? { ...target, ...rest } : rest;
  }
  return {};
}

export interface SimpleSchema {
  readonly schema: Schema;
  /** Null is a value, too. */
  readonly nullable: boolean;
}

/** Returns the schema without `$ref`, `allOf`, and unions that only add null or another rule for the same type. */
export function simplifySchema(given: JsonValue | undefined, root: Schema): SimpleSchema {
  const { allOf, ...rest } = resolveSchema(given, root);
  const schema = Array.isArray(allOf) ? mergeAll(rest, allOf as readonly JsonValue[], root) : rest;
  const union = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(union)) return withoutUnion(schema, union as readonly JsonValue[], root);
  const { type } = schema;
  if (!Array.isArray(type) || !type.includes("null")) return withoutNull(schema, false);
  const types = type.filter((one) => one !== "null");
  return withoutNull({ ...schema, type: types.length === 1 ? (types[0] as string) : types }, true);
}

function withoutUnion(schema: Schema, union: readonly JsonValue[], root: Schema): SimpleSchema {
  const { anyOf: _anyOf, oneOf: _oneOf, ...rest } = schema;
  const all = union.map((one) => simplifySchema(one, root));
  const branches = all.map(({ schema: one }) => one).filter((one) => one.type !== "null" && one.const !== null);
  const nullable = all.some((one) => one.nullable) || branches.length < all.length;
  const [first] = branches;
  if (first === undefined) return { schema, nullable };
  if (branches.length === 1) return withoutNull({ ...first, ...rest }, nullable);
  if (branches.every((one) => "const" in one)) {
    const choices = branches.map((one): JsonObject => ({ const: one.const ?? null, title: one.title ?? null }));
    return { schema: { ...rest, choices }, nullable };
  }
  const isScalar = typeof first.type === "string" && ["string", "number", "integer"].includes(first.type);
  const isSame = branches.every(
    ({ type, format, enum: values }) => type === first.type && format !== "binary" && !values,
  );
  return { schema: isScalar && isSame ? { ...rest, type: first.type as string } : schema, nullable };
}

function withoutNull(schema: Schema, nullable: boolean): SimpleSchema {
  const values = schema.enum;
  if (!Array.isArray(values) || !values.includes(null)) return { schema, nullable };
  return { schema: { ...schema, enum: values.filter((one) => one !== null) }, nullable: true };
}

function mergeAll(rest: Schema, parts: readonly JsonValue[], root: Schema): Schema {
  let all = rest;
  for (const given of parts) {
    const part = simplifySchema(given, root).schema;
    const { properties, required } = all;
    all = {
      ...part,
      ...all,
      ...(isSchema(properties) && isSchema(part.properties) && { properties: { ...part.properties, ...properties } }),
      ...(Array.isArray(required) && Array.isArray(part.required) && { required: [...required, ...part.required] }),
    };
  }
  return all;
}

/** Returns what a JSON Pointer names, or undefined. A `#` before it is ignored. */
function valueAt(root: JsonValue, pointer: string): JsonValue | undefined {
  let current: JsonValue | undefined = root;
  for (const step of pointerSteps(decodeFragment(pointer.replace(/^#/, "")))) {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, step)) return undefined;
    current = (current as JsonObject)[step];
  }
  return current;
}

/** Returns the steps of a JSON Pointer, unescaped. */
export function pointerSteps(pointer: string): readonly string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

export function isSchema(value: JsonValue | undefined): value is Schema {
  return isObject(value);
}

function decodeFragment(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
