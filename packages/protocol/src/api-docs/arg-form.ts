// How a REST client can send an argument; the counterpart of `readArgs`.
import type { JsonObject, JsonValue } from "@deepaas/core";
import { branchesOf, isFileSchema, isObject, type TypeName, typesOf } from "../schema-queries.ts";

/** One text, repeated texts, one file, several files, or only a JSON value: an object, a tuple, a list of lists. */
export type ArgForm = "text" | "texts" | "file" | "files" | "json";

/** `root`: the schema that a `$ref` in the field refers to. */
export function argForm(field: JsonObject, root: JsonObject): ArgForm {
  if (isFileSchema(field)) return "file";
  const types = typesWithin(field, root);
  if (typesOf(field).includes("array")) {
    const { items, prefixItems, type } = field;
    if (prefixItems !== undefined || type === undefined) return "json";
    if (!isObject(items)) return "texts";
    return isFileSchema(items) ? "files" : isText(typesWithin(items, root)) ? "texts" : "json";
  }
  return isText(types) ? "text" : "json";
}

/** As `typesOf`, but also follows references and `allOf`. Empty: any type. */
export function typesWithin(schema: JsonObject, root: JsonObject): readonly TypeName[] {
  return collectTypes(schema, { root, seen: new Set() });
}

/** Returns the schema of a reference, or undefined if it does not exist. */
export function resolveRef(ref: string, root: JsonObject): JsonObject | undefined {
  if (!ref.startsWith("#")) return undefined;
  let at: JsonValue | undefined = root;
  for (const step of ref.slice(1).split("/").slice(1)) {
    const key = step.replaceAll("~1", "/").replaceAll("~0", "~");
    at = typeof at === "object" && at !== null ? (at as JsonObject)[key] : undefined;
  }
  return isObject(at) ? at : undefined;
}

interface Walk {
  readonly root: JsonObject;
  readonly seen: Set<string>;
}

function collectTypes(schema: JsonObject, walk: Walk): readonly TypeName[] {
  const { $ref, allOf } = schema;
  if (typeof $ref === "string") {
    const target = walk.seen.has($ref) ? undefined : resolveRef($ref, walk.root);
    walk.seen.add($ref);
    return target ? collectTypes(target, walk) : [];
  }
  const own = typesOf(schema);
  if (own.length > 0) return own;
  const branches = branchesOf(schema);
  if (branches.length > 0) {
    const types = branches.map((branch) => collectTypes(branch, walk));
    return types.some((one) => one.length === 0) ? [] : [...new Set(types.flat())];
  }
  if (!Array.isArray(allOf)) return [];
  return (
    allOf
      .filter(isObject)
      .map((one) => collectTypes(one, walk))
      .find((one) => one.length > 0) ?? []
  );
}

/** True if a text can carry the value. A field of any type is text. */
function isText(types: readonly TypeName[]): boolean {
  const rest = types.filter((type) => type !== "null");
  return types.length === 0 || rest.some((type) => type !== "object" && type !== "array");
}
