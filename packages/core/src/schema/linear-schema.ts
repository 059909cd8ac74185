// Replaces the keywords whose check in TypeBox is not the one of this project: it may take more than linear time, although
// callers choose the values, or takes integers that JavaScript has already changed.
import { canonicalJson, isObject, type JsonValue } from "../contract/json.ts";
import { LinearPattern } from "./linear-pattern.ts";
import { dataKeywords, dictionaryKeywords } from "./plain-schema.ts";

type Compile = (schema: object) => (value: unknown) => boolean;

export interface Refinement {
  readonly check: (value: unknown) => boolean;
  readonly error: () => string;
}

/** The rule of an issue, by the message of its refinement. */
export const refinementRules: Readonly<Record<string, string>> = {
  "must be a file": "file",
  "must not have duplicate items": "uniqueItems",
  "must be an integer between -9007199254740991 and 9007199254740991": "type",
  'must match format "uuid"': "format",
  "must have only members that fit the patterns of their names": "patternProperties",
};

/** `compile` returns the check of a schema. Throws a SyntaxError for a pattern that cannot be matched in linear time. */
export function linearSchema(schema: unknown, compile: Compile): unknown {
  if (Array.isArray(schema)) return schema.map((one) => linearSchema(one, compile));
  if (!isObject(schema)) return schema;
  const linear: Record<string, unknown> = {};
  const refinements = [...((schema["~refine"] ?? []) as readonly Refinement[])];
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === "pattern" && typeof value === "string") linear.pattern = new LinearPattern(value);
    else if (keyword === "uniqueItems" && value === true) {
      refinements.push({ check: hasUniqueItems, error: () => "must not have duplicate items" });
    } else if (keyword === "format" && value === "uuid") {
      refinements.push({ check: isUuid, error: () => 'must match format "uuid"' });
    } else if (dictionaryKeywords.has(keyword) && isObject(value)) {
      linear[keyword] = Object.fromEntries(
        Object.entries(value).map(([name, member]) => [name, linearSchema(member, compile)]),
      );
    } else if (keyword !== "~refine") {
      linear[keyword] = dataKeywords.has(keyword) ? value : linearSchema(value, compile);
    }
  }
  const types: readonly unknown[] = [schema.type].flat();
  if (types.includes("integer") && !types.includes("number")) {
    refinements.push({
      check: isSafeIfInteger,
      error: () => "must be an integer between -9007199254740991 and 9007199254740991",
    });
  }
  if (isObject(linear.patternProperties)) {
    refinements.push({
      check: memberCheck(linear, compile),
      error: () => "must have only members that fit the patterns of their names",
    });
    delete linear.patternProperties;
    delete linear.additionalProperties;
  }
  if (refinements.length > 0) linear["~refine"] = refinements;
  return linear;
}

/** 9007199254740993 is another integer by the time it is checked. */
function isSafeIfInteger(value: unknown): boolean {
  return !Number.isInteger(value) || Number.isSafeInteger(value);
}

/** As in the Python server, whose own ids have no dashes. */
function isUuid(value: unknown): boolean {
  return typeof value !== "string" || uuid.test(value);
}

const uuid = /^(?:urn:uuid:)?[\da-f]{8}-?[\da-f]{4}-?[\da-f]{4}-?[\da-f]{4}-?[\da-f]{12}$/i;

function hasUniqueItems(value: unknown): boolean {
  if (!Array.isArray(value)) return true;
  const seen = new Set(value.map((item) => (typeof item === "object" ? canonicalJson(item as JsonValue) : item)));
  return seen.size === value.length;
}

/** Checks the members that `properties` does not name. */
function memberCheck(
  { properties = {}, patternProperties, additionalProperties = true }: Readonly<Record<string, unknown>>,
  compile: Compile,
): (value: unknown) => boolean {
  const checkOf = (schema: unknown) => (isObject(schema) ? compile(schema) : () => schema !== false);
  const patterns = Object.entries(patternProperties as object).map(
    ([pattern, schema]) => ({ pattern: new LinearPattern(pattern), check: checkOf(schema) }) as const,
  );
  const checkOther = checkOf(additionalProperties);
  return (value) => {
    if (!isObject(value)) return true;
    return Object.entries(value).every(([name, member]) => {
      const matching = patterns.filter(({ pattern }) => pattern.test(name));
      if (matching.length === 0) return Object.hasOwn(properties as object, name) || checkOther(member);
      return matching.every(({ check }) => check(member));
    });
  };
}
