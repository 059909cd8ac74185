// Reads a JSON Schema (2020-12) as far as a form needs it.
import { isObject, type JsonObject, type JsonValue } from "@deepaas/core";

export type Schema = JsonObject;

const mostReferences = 20;

/** Returns the schema without `$ref`. `root`: the schema that `#/…` refers into. */
function resolveSchema(schema: JsonValue | undefined, root: Schema): Schema {
  let current = schema;
  for (let i = 0; i < mostReferences && isObject(current); i++) {
    const { $ref, ...rest } = current as Schema;
    if (typeof $ref !== "string") return current as Schema;
    const target = pointerSteps($ref).reduce<JsonValue | undefined>(
      (at, step) => (isObject(at) ? (at as Schema)[step] : undefined),
      root,
    );
    current = { ...(isObject(target) && (target as Schema)), ...rest };
  }
  return {};
}

/** Returns the schema without `$ref`, and whether null is a value, too. A union of values becomes `choices`. */
export function simplifySchema(
  given: JsonValue | undefined,
  root: Schema,
): { readonly schema: Schema; readonly nullable: boolean } {
  const { anyOf, oneOf, ...rest } = resolveSchema(given, root);
  const union = anyOf ?? oneOf;
  if (Array.isArray(union)) {
    const all = (union as readonly JsonValue[]).map((one) => resolveSchema(one, root));
    const branches = all.filter((one) => one.type !== "null" && one.const !== null);
    const nullable = branches.length < all.length;
    const [first] = branches;
    if (branches.length === 1) return { schema: { ...first, ...rest }, nullable };
    if (branches.every((one) => "const" in one)) return { schema: { ...rest, choices: branches }, nullable };
    return { schema: { ...rest, type: "any" }, nullable };
  }
  const without = (list: JsonValue | undefined, nothing: JsonValue) =>
    Array.isArray(list) ? (list as readonly JsonValue[]).filter((one) => one !== nothing) : list;
  const types = without(rest.type, "null");
  const values = without(rest.enum, null);
  const schema: Schema = {
    ...rest,
    ...(types !== undefined && { type: Array.isArray(types) && types.length === 1 ? (types[0] as string) : types }),
    ...(values !== undefined && { enum: values }),
  };
  const isShorter = (list: JsonValue | undefined, before: JsonValue | undefined) =>
    Array.isArray(list) && list.length < (before as readonly JsonValue[]).length;
  return { schema, nullable: isShorter(types, rest.type) || isShorter(values, rest.enum) };
}

/** Returns the steps of a JSON Pointer, unescaped. */
function pointerSteps(pointer: string): readonly string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}
