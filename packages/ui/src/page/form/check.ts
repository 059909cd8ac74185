// Checks a value before it is sent. The server checks it again; what is not known here is left to it.
import { type Issue, isObject, type JsonObject, type JsonValue, pointerStep } from "@deepaas/core";
import { formatFault } from "./formats.ts";
import { isSchema, resolveSchema, type Schema } from "./schema.ts";

interface Place {
  /** The schema that `#/…` refers into. */
  readonly root: Schema;
  readonly pointer: string;
}

const typeTexts: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  object: "an object",
  array: "a list",
  null: "null",
};

/** A longer text is not matched: a pattern may take time that grows fast with it. */
const longestMatched = 2_000;

/** Returns the faults of a value, with JSON Pointers. Empty if it fits. Files are not checked. */
export function issuesOf(given: JsonValue | undefined, value: unknown, place: Place): readonly Issue[] {
  if (given === undefined || given === true || value instanceof Blob) return [];
  if (given === false) return [issue(place, "false", "Is not allowed.")];
  const schema = resolveSchema(given, place.root);
  const types = [schema.type ?? []].flat() as readonly string[];
  if (types.length > 0 && !types.some((type) => isOfType(type, value)))
    return [issue(place, "type", `Must be ${types.map((type) => typeTexts[type] ?? type).join(" or ")}.`)];
  return [
    ...choiceIssues(schema, value, place),
    ...(typeof value === "string" ? textIssues(schema, value, place) : []),
    ...(typeof value === "number" ? limitIssues(schema, value, { place, limits: numberLimits }) : []),
    ...(Array.isArray(value) ? listIssues(schema, value as readonly unknown[], place) : []),
    ...(isObject(value) ? objectIssues(schema, value, place) : []),
    ...unionIssues(schema, value, place),
  ];
}

function issue({ pointer }: Place, rule: string, message: string): Issue {
  return { pointer, rule, message };
}

function isOfType(type: string, value: unknown): boolean {
  if (type === "integer") return typeof value === "number" && Number.isInteger(value);
  if (type === "array") return Array.isArray(value);
  if (type === "null") return value === null;
  if (type === "object") return isObject(value);
  return typeof value === type;
}

function choiceIssues(schema: Schema, value: unknown, place: Place): readonly Issue[] {
  const text = JSON.stringify(value);
  const has = (one: JsonValue) => JSON.stringify(one) === text;
  if ("const" in schema && !has(schema.const as JsonValue))
    return [issue(place, "const", `Must be ${JSON.stringify(schema.const)}.`)];
  const values = schema.enum as readonly JsonValue[] | undefined;
  if (!Array.isArray(values) || values.some(has)) return [];
  return [issue(place, "enum", `Must be one of ${values.map((one: JsonValue) => JSON.stringify(one)).join(", ")}.`)];
}

function textIssues(schema: Schema, value: string, place: Place): readonly Issue[] {
  const { pattern, format } = schema;
  // As JSON Schema counts: characters, not UTF-16 units.
  const issues = [...limitIssues(schema, Array.from(value).length, { place, limits: textLimits })];
  if (typeof pattern === "string" && !matches(pattern, value))
    issues.push(issue(place, "pattern", `Must match the pattern ${pattern}`));
  const what = formatFault(format, value);
  if (what !== undefined) issues.push(issue(place, "format", `Must be ${what}.`));
  return issues;
}

/** A rule that compares with the number in the schema: what fits it, and what must be so. */
type Limit = readonly [rule: string, fits: (value: number, limit: number) => boolean, text: string, unit?: string];

const atLeast = (value: number, limit: number) => value >= limit;
const atMost = (value: number, limit: number) => value <= limit;

const textLimits: readonly Limit[] = [
  ["minLength", atLeast, "have at least", "character"],
  ["maxLength", atMost, "have at most", "character"],
];

const numberLimits: readonly Limit[] = [
  ["minimum", atLeast, "be at least"],
  ["maximum", atMost, "be at most"],
  ["exclusiveMinimum", (value, limit) => value > limit, "be greater than"],
  ["exclusiveMaximum", (value, limit) => value < limit, "be less than"],
  ["multipleOf", isMultiple, "be a multiple of"],
];

const listLimits: readonly Limit[] = [
  ["minItems", atLeast, "have at least", "item"],
  ["maxItems", atMost, "have at most", "item"],
];

function isMultiple(value: number, of: number): boolean {
  const count = value / of;
  return !(of > 0) || Math.abs(count - Math.round(count)) <= 1e-9 * Math.max(1, Math.abs(count));
}

function limitIssues(
  schema: Schema,
  value: number,
  { place, limits }: { readonly place: Place; readonly limits: readonly Limit[] },
): readonly Issue[] {
  return limits.flatMap(([rule, fits, text, unit]) => {
    const limit = schema[rule];
    if (typeof limit !== "number" || fits(value, limit)) return [];
    const what = unit === undefined ? "" : ` ${unit}${limit === 1 ? "" : "s"}`;
    return [issue(place, rule, `Must ${text} ${limit}${what}.`)];
  });
}

/** True, too, for a pattern that this browser does not know. */
function matches(pattern: string, value: string): boolean {
  if (value.length > longestMatched) return true;
  try {
    return new RegExp(pattern, "u").test(value);
  } catch {
    return true;
  }
}

function listIssues(schema: Schema, value: readonly unknown[], place: Place): readonly Issue[] {
  const { uniqueItems, items } = schema;
  const prefix = Array.isArray(schema.prefixItems) ? (schema.prefixItems as readonly JsonValue[]) : [];
  const issues = [...limitIssues(schema, value.length, { place, limits: listLimits })];
  if (uniqueItems === true && new Set(value.map((one) => JSON.stringify(one))).size < value.length)
    issues.push(issue(place, "uniqueItems", "Must not have the same item twice."));
  const inside = value.flatMap((one, i) => issuesOf(prefix[i] ?? items, one, inPlace(place, i)));
  return [...issues, ...inside];
}

function objectIssues(schema: Schema, value: Readonly<Record<string, unknown>>, place: Place): readonly Issue[] {
  const { properties, required, additionalProperties, patternProperties } = schema;
  const known: JsonObject = isSchema(properties) ? properties : {};
  const names = (Array.isArray(required) ? required : []) as readonly string[];
  const missing = names.filter((name) => !Object.hasOwn(value, name) && !hasDefault(known[name], place.root));
  const inside = Object.entries(value).flatMap(([name, one]) => {
    if (Object.hasOwn(known, name)) return issuesOf(known[name], one, inPlace(place, name));
    // Which of these names fit is left to the server.
    if (patternProperties !== undefined) return [];
    if (additionalProperties === false)
      return [issue(inPlace(place, name), "additionalProperties", "Is not a known name.")];
    return issuesOf(additionalProperties, one, inPlace(place, name));
  });
  return [...missing.map((name) => issue(inPlace(place, name), "required", "Is required.")), ...inside];
}

function hasDefault(schema: JsonValue | undefined, root: Schema): boolean {
  return resolveSchema(schema, root).default !== undefined;
}

function unionIssues(schema: Schema, value: unknown, place: Place): readonly Issue[] {
  const fits = (one: JsonValue) => issuesOf(one, value, place).length === 0;
  const { allOf, not } = schema;
  const issues: Issue[] = [];
  if (Array.isArray(allOf))
    for (const one of allOf as readonly JsonValue[]) issues.push(...issuesOf(one, value, place));
  const union = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(union) && !(union as readonly JsonValue[]).some(fits))
    issues.push(...faultsOfUnion(union as readonly JsonValue[], value, place));
  if (not !== undefined && fits(not)) issues.push(issue(place, "not", "Is not allowed."));
  return issues;
}

/** Of a union with null the faults of the other form say more. */
function faultsOfUnion(union: readonly JsonValue[], value: unknown, place: Place): readonly Issue[] {
  const forms = union.filter((one) => resolveSchema(one, place.root).type !== "null");
  if (forms.length === 1) return issuesOf(forms[0], value, place);
  const all = forms.flatMap((one) => issuesOf(one, value, place)).filter(({ pointer }) => pointer === place.pointer);
  const reasons = [...new Set(all.map(({ message }) => message.replace(/^Must/, "must").replace(/\.$/, "")))];
  const sentence = reasons.join(", or ").replace(/^must/, "Must") || "Fits none of the forms that are allowed";
  return [issue(place, "anyOf", `${sentence}.`)];
}

function inPlace({ root, pointer }: Place, step: string | number): Place {
  return { root, pointer: pointer + pointerStep(step) };
}
