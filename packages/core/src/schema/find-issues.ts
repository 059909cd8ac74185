// Finds the faults of a value. TypeBox visits every item, also after it has found enough: about a microsecond for each of the
// millions of items that a caller may send. So in a large value only the parts that do not fit are given to it.
import { type Issue, pointerStep } from "../contract/error.ts";
import { isObject } from "../contract/json.ts";

export interface CompiledSchema {
  check(value: unknown): boolean;
  /** Empty if the value fits. */
  issues(value: unknown): readonly Issue[];
}

type Schema = Readonly<Record<string, unknown>>;

/** Most issues of one schema. TypeBox has the same limit. */
export const maxIssues = 8;
const smallValue = 1_000;
/** The parts of a value that these schemas are about are not searched. */
const opaqueKeywords = ["$ref", "$dynamicRef", "anyOf", "oneOf", "allOf", "not", "if", "contains", "prefixItems"];

/** Returns the first issues of a value that does not fit `schema`. */
export function issueFinder(
  schema: Schema,
  compile: (schema: Schema) => CompiledSchema,
): (value: unknown) => readonly Issue[] {
  const compiled = new Map<Schema, CompiledSchema>();
  const shallow = new Map<Schema, Schema>();
  const references = new Map<Schema, boolean>();
  const at = (part: Schema) => remember(compiled, part, () => compile(part));

  const find = (part: Schema, value: unknown): readonly Issue[] => {
    if (isSmall(value, { left: smallValue })) return at(part).issues(value);
    const opaque = opaqueKeywords.find((keyword) => keyword in part);
    if (opaque !== undefined) return [{ pointer: "", rule: opaque, message: "Is not valid." }];
    const issues: Issue[] = [];
    let referring: string | undefined;
    for (const { step, schema: member, value: one } of partsOf(part, value)) {
      if (issues.length >= maxIssues) break;
      if (remember(references, member, () => hasReference(member))) {
        referring ??= pointerStep(step);
        continue;
      }
      if (at(member).check(one)) continue;
      for (const issue of find(member, one)) issues.push({ ...issue, pointer: pointerStep(step) + issue.pointer });
    }
    if (issues.length > 0) return issues.slice(0, maxIssues);
    if (referring !== undefined) {
      // For a list the list itself: which of its items it is, is not known.
      const pointer = Array.isArray(value) ? "" : referring;
      return [{ pointer, rule: "$ref", message: "Is not valid." }];
    }
    return at(remember(shallow, part, () => withoutParts(part))).issues(value);
  };
  return (value) => find(schema, value);
}

/** True for a part that cannot be compiled alone: what it refers to is elsewhere. */
function hasReference(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.some(hasReference);
  return isObject(schema) && ("$ref" in schema || "$dynamicRef" in schema || Object.values(schema).some(hasReference));
}

function* partsOf({ items, properties, additionalProperties }: Schema, value: unknown) {
  if (Array.isArray(value)) {
    if (isObject(items))
      for (let i = 0; i < value.length; i++) yield { step: i, schema: items, value: value[i] as unknown };
  } else if (isObject(value)) {
    const declared = isObject(properties) ? properties : {};
    for (const [name, schema] of Object.entries(declared)) {
      if (isObject(schema) && Object.hasOwn(value, name)) yield { step: name, schema, value: value[name] };
    }
    if (!isObject(additionalProperties)) return;
    for (const name of Object.keys(value)) {
      if (!Object.hasOwn(declared, name)) yield { step: name, schema: additionalProperties, value: value[name] };
    }
  }
}

/** Returns the schema without what it says about items and members. */
function withoutParts({ items: _items, properties, additionalProperties, ...rest }: Schema): Schema {
  const names = isObject(properties) ? Object.keys(properties) : [];
  return {
    ...rest,
    ...(names.length > 0 && { properties: Object.fromEntries(names.map((name) => [name, true])) }),
    ...(additionalProperties === false && { additionalProperties }),
  };
}

function isSmall(value: unknown, budget: { left: number }): boolean {
  budget.left--;
  if (typeof value !== "object" || value === null) return budget.left >= 0;
  if (Array.isArray(value)) return value.length <= budget.left && value.every((item) => isSmall(item, budget));
  for (const name in value) if (!isSmall((value as Schema)[name], budget)) return false;
  return budget.left >= 0;
}

function remember<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
