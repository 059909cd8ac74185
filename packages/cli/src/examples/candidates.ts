// Values that a JSON Schema may allow, the likeliest first. The caller keeps the first one that the schema really allows.
import { isObject, type JsonObject, type JsonValue } from "@deepaas/core";
import { compileSchema } from "@deepaas/core/ports";
import { texts } from "./texts.ts";

/** Deeper parts of a schema, such as those of one that refers to itself, get no value. */
const maxDepth = 8;

/** Where references are looked up: the arguments by name. */
type Properties = Readonly<Record<string, JsonObject>>;

interface Scope {
  readonly properties: Properties;
  readonly depth: number;
}

export function candidates(schema: JsonObject, properties: Properties): Generator<JsonValue> {
  return valuesFor(schema, { properties, depth: 0 });
}

function* valuesFor(schema: JsonObject, scope: Scope): Generator<JsonValue> {
  yield* declaredValues(schema);
  if (scope.depth > maxDepth) return;
  const inner = { ...scope, depth: scope.depth + 1 };
  const { $ref, anyOf, oneOf, allOf, ...rest } = schema;
  const target = typeof $ref === "string" ? resolve($ref, scope.properties) : undefined;
  if (target) yield* valuesFor({ ...target, ...rest }, inner);
  if (Array.isArray(allOf)) yield* valuesFor((allOf as JsonValue[]).filter(isSchema).reduce(merge, rest), inner);
  for (const branch of [anyOf, oneOf].flatMap((one) => (Array.isArray(one) ? (one as JsonValue[]) : []))) {
    if (isSchema(branch)) yield* valuesFor(merge(rest, branch), inner);
  }
  for (const type of typesOf(schema)) yield* valuesOfType(type, schema, inner);
}

/** What the author states. */
function* declaredValues({ default: value, const: only, examples, example, enum: choices }: JsonObject) {
  if (value !== undefined) yield value;
  if (only !== undefined) yield only;
  for (const list of [examples, [example], choices]) {
    for (const one of Array.isArray(list) ? (list as (JsonValue | undefined)[]) : []) {
      if (one !== undefined) yield one;
    }
  }
}

function typesOf(schema: JsonObject): readonly string[] {
  const { type } = schema;
  if (type !== undefined) return [type].flat() as string[];
  const has = (...keywords: string[]) => keywords.some((keyword) => keyword in schema);
  if (has("$ref", "anyOf", "oneOf", "allOf", "enum", "const")) return [];
  if (has("properties", "required", "additionalProperties")) return ["object"];
  if (has("items", "prefixItems", "minItems", "contains")) return ["array"];
  if (has("minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum")) return ["number"];
  return ["string", "number", "object", "array", "boolean", "null"];
}

function* valuesOfType(type: string, schema: JsonObject, scope: Scope): Generator<JsonValue> {
  if (type === "integer" || type === "number") yield* numbers(schema);
  else if (type === "string") yield* texts(schema);
  else if (type === "array") yield* lists(schema, scope);
  else if (type === "object") yield* objects(schema, scope);
  else if (type === "boolean") yield* [true, false];
  else if (type === "null") yield null;
}

function* numbers(schema: JsonObject): Generator<number> {
  const limit = (keyword: string) => (typeof schema[keyword] === "number" ? (schema[keyword] as number) : undefined);
  const [minimum, above, maximum, below] = [
    limit("minimum"),
    limit("exclusiveMinimum"),
    limit("maximum"),
    limit("exclusiveMaximum"),
  ];
  const least = Math.max(minimum ?? Number.NEGATIVE_INFINITY, above ?? Number.NEGATIVE_INFINITY);
  const most = Math.min(maximum ?? Number.POSITIVE_INFINITY, below ?? Number.POSITIVE_INFINITY);
  const step = limit("multipleOf");
  const tries = [
    minimum,
    above === undefined ? undefined : above + 1,
    ...(step === undefined ? [] : multiples(step, least, most)),
    Number.isFinite(least) ? Math.floor(least) + 1 : undefined,
    Math.min(1, most),
    0,
    maximum,
    Number.isFinite(most) ? Math.ceil(most) - 1 : undefined,
    (least + most) / 2,
    // The neighbours of a limit that is excluded.
    least + Math.abs(least) * 0.001,
    most - Math.abs(most) * 0.001,
  ];
  for (const one of tries) if (one !== undefined && Number.isFinite(one)) yield one;
}

function multiples(step: number, least: number, most: number): readonly number[] {
  if (Number.isFinite(least)) return [Math.ceil(least / step) * step, (Math.floor(least / step) + 1) * step];
  if (Number.isFinite(most)) return [Math.floor(most / step) * step, (Math.ceil(most / step) - 1) * step];
  return [1, step];
}

function* lists(schema: JsonObject, scope: Scope): Generator<JsonValue> {
  const { prefixItems, items, contains, minItems, maxItems, uniqueItems } = schema;
  const start = (Array.isArray(prefixItems) ? (prefixItems as JsonValue[]) : []).map((one) =>
    isSchema(one) ? firstAllowed(one, scope) : null,
  );
  const wanted = isSchema(contains) ? firstAllowed(contains, scope) : undefined;
  const before = [...start, ...(wanted === undefined ? [] : [wanted])];
  if (before.includes(undefined)) return;
  const least = Math.max(typeof minItems === "number" ? minItems : 0, start.length > 0 ? 0 : 1);
  const count = Math.min(least, typeof maxItems === "number" ? maxItems : least) - before.length;
  const item = isSchema(items) ? items : items === false ? undefined : {};
  const more = item && count > 0 ? severalAllowed(item, { count, unique: uniqueItems === true }, scope) : [];
  yield [...(before as JsonValue[]), ...more];
  yield before as JsonValue[];
  yield [];
}

/** Returns items for a list: `count` equal ones, or as many different ones as are found. */
function severalAllowed(
  schema: JsonObject,
  { count, unique }: { readonly count: number; readonly unique: boolean },
  scope: Scope,
): readonly JsonValue[] {
  const allows = checkIn(schema, scope);
  const first = firstAllowed(schema, scope);
  if (first === undefined) return [];
  if (!unique) return new Array<JsonValue>(count).fill(first);
  const found = new Map<string, JsonValue>([[JSON.stringify(first), first]]);
  const further = [...valuesFor(schema, scope), ...Array.from({ length: count }, (_, i) => variant(first, i + 1))];
  for (const one of further) if (found.size < count && allows(one)) found.set(JSON.stringify(one), one);
  return [...found.values()];
}

function variant(value: JsonValue, number: number): JsonValue {
  if (typeof value === "number") return value + number;
  return typeof value === "string" ? `${value}${number}` : value;
}

function* objects(schema: JsonObject, scope: Scope): Generator<JsonValue> {
  const { properties, required, minProperties, patternProperties, additionalProperties } = schema;
  const known = Object.entries(isObject(properties) ? (properties as JsonObject) : {});
  const names = new Set(Array.isArray(required) ? (required as string[]) : []);
  const count = typeof minProperties === "number" ? minProperties : 0;
  const value: Record<string, JsonValue> = {};
  const add = (name: string, member: JsonValue | undefined) => {
    const one = isSchema(member) ? firstAllowed(member, scope) : "text";
    if (one !== undefined) value[name] = one;
  };
  const patterns = Object.entries(isObject(patternProperties) ? (patternProperties as JsonObject) : {});
  for (const name of names) {
    const declared = known.find(([one]) => one === name) ?? patterns.find(([one]) => new RegExp(one, "u").test(name));
    add(name, declared?.[1] ?? additionalProperties);
  }
  const size = () => Object.keys(value).length;
  for (const [name, member] of known) if (size() < count && !names.has(name)) add(name, member);
  for (const [pattern, member] of patterns) {
    for (const name of texts({ pattern })) if (size() < count) add(name, member);
  }
  if (additionalProperties !== false) for (let i = 1; size() < count; i++) add(`key${i}`, additionalProperties ?? {});
  yield value;
}

function firstAllowed(schema: JsonObject, scope: Scope): JsonValue | undefined {
  const allows = checkIn(schema, scope);
  for (const value of valuesFor(schema, scope)) if (allows(value)) return value;
  return undefined;
}

/** A part of a schema is checked beside the arguments, where its references can be looked up. */
function checkIn(schema: JsonObject, { properties }: Scope): (value: JsonValue) => boolean {
  const { check } = compileSchema({ type: "object", properties: { ...properties, "~part": schema } });
  return (value) => check({ "~part": value });
}

function merge(one: JsonObject, other: JsonObject): JsonObject {
  const properties = { ...(one.properties as JsonObject), ...(other.properties as JsonObject) };
  const required = [one.required, other.required].flatMap((names) => (Array.isArray(names) ? (names as string[]) : []));
  return {
    ...one,
    ...other,
    ...(Object.keys(properties).length > 0 && { properties }),
    ...(required.length > 0 && { required }),
  };
}

function resolve(reference: string, properties: Properties): JsonObject | undefined {
  if (!reference.startsWith("#")) return undefined;
  let at: unknown = { properties };
  for (const step of reference.split("/").slice(1)) {
    const key = decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
    at = isObject(at) ? (at as JsonObject)[key] : Array.isArray(at) ? (at[Number(key)] as unknown) : undefined;
  }
  return isSchema(at) ? at : undefined;
}

function isSchema(value: unknown): value is JsonObject {
  return isObject(value);
}
