// The sentences of the Python server (marshmallow 3), for each rule that has a counterpart.
import type { Issue, JsonObject, JsonValue } from "@deepaas/core";
import { isSpecialFloat, isTooLargeInteger } from "../args/from-text.ts";
import { branchesOf, isFileSchema, isObject, typesOf } from "../schema-queries.ts";

const typeSentences: Readonly<Record<string, string>> = {
  string: "Not a valid string.",
  integer: "Not a valid integer.",
  number: "Not a valid number.",
  boolean: "Not a valid boolean.",
  array: "Not a valid list.",
  object: "Not a valid mapping type.",
};

const formatSentences: Readonly<Record<string, string>> = {
  "date-time": "Not a valid datetime.",
  date: "Not a valid date.",
  "iso-date-time": "Not a valid datetime.",
  time: "Not a valid time.",
  "iso-time": "Not a valid time.",
  duration: "Not a valid period of time.",
  uuid: "Not a valid UUID.",
  uri: "Not a valid URL.",
  url: "Not a valid URL.",
  iri: "Not a valid URL.",
  email: "Not a valid email address.",
  "idn-email": "Not a valid email address.",
  ipv4: "Not a valid IP address.",
  ipv6: "Not a valid IP address.",
};

/** `value`: the value with the fault, if it is known. */
export function v2Sentence(issue: Issue, schema: JsonObject | undefined, value: unknown): string {
  const { rule, message } = issue;
  if (rule === "required") return "Missing data for required field.";
  if (rule === "additionalProperties") return "Unknown field.";
  if (value === null) return "Field may not be null.";
  if (rule === "file" || (rule === "type" && isFileSchema(schema))) return "Not a valid file.";
  if (schema === undefined) return message;
  switch (rule) {
    case "type":
      return typeSentence(schema, value) ?? message;
    case "enum":
      return Array.isArray(schema.enum) ? choiceSentence(schema.enum as JsonValue[]) : message;
    case "const":
      return schema.const === undefined ? message : `Must be equal to ${textOf(schema.const)}.`;
    case "anyOf":
    case "oneOf":
      return unionSentence(schema);
    case "minimum":
    case "maximum":
    case "exclusiveMinimum":
    case "exclusiveMaximum":
      return rangeSentence(schema) ?? message;
    case "minLength":
    case "maxLength":
      return lengthSentence(schema.minLength, schema.maxLength) ?? message;
    case "minItems":
    case "maxItems":
    case "additionalItems":
    case "items":
      if (Array.isArray(schema.prefixItems)) return `Length must be ${schema.prefixItems.length}.`;
      return lengthSentence(schema.minItems, schema.maxItems) ?? message;
    case "not":
      return "Invalid input.";
    case "pattern":
      return "String does not match expected pattern.";
    case "format":
      return formatSentences[String(schema.format)] ?? message;
    default:
      return message;
  }
}

function typeSentence(schema: JsonObject, value: unknown): string | undefined {
  const [type] = typesOf(schema).filter((one) => one !== "null");
  if (type === undefined) return undefined;
  if (type === "number" && typeof value === "string" && isSpecialFloat(value)) {
    return "Special numeric values (nan or infinity) are not permitted.";
  }
  if (type === "integer" && isTooLarge(value)) return "Number too large.";
  if (type === "string" && Array.isArray(schema.enum)) return choiceSentence(schema.enum as JsonValue[]);
  if (type === "string" && schema.format !== undefined) {
    return formatSentences[String(schema.format)] ?? typeSentences.string;
  }
  if (type === "array" && schema.prefixItems !== undefined) return "Not a valid tuple.";
  // Nested(many=True)
  if (type === "array" && isObject(schema.items) && isObject(schema.items.properties)) return "Invalid type.";
  return typeSentences[type];
}

/** True for an integer that JavaScript cannot hold, as text or already changed. */
function isTooLarge(value: unknown): boolean {
  return typeof value === "string" ? isTooLargeInteger(value) : Number.isInteger(value) && !Number.isSafeInteger(value);
}

function unionSentence(schema: JsonObject): string {
  const sentences = new Set(branchesOf(schema).map(({ format }) => formatSentences[String(format)]));
  const [sentence] = sentences;
  // Two kinds of one thing: an address of either version.
  if (sentences.size === 1 && sentence !== undefined) return sentence;
  const choices = branchesOf(schema).flatMap(({ const: one, enum: many }) =>
    one === undefined ? ((many ?? []) as JsonValue[]) : [one],
  );
  return choices.length >= branchesOf(schema).length && choices.length > 0 ? choiceSentence(choices) : "Invalid value.";
}

/** The declared choices, without the `* / *` that is added to every `accept` field. */
function choiceSentence(choices: readonly JsonValue[]): string {
  const shown = choices.filter((choice) => choice !== null && choice !== "*/*");
  return `Must be one of: ${shown.map(textOf).join(", ")}.`;
}

function rangeSentence(schema: JsonObject): string | undefined {
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum } = schema;
  const parts: string[] = [];
  if (exclusiveMinimum !== undefined) parts.push(`greater than ${textOf(exclusiveMinimum)}`);
  else if (minimum !== undefined) parts.push(`greater than or equal to ${textOf(minimum)}`);
  if (exclusiveMaximum !== undefined) parts.push(`less than ${textOf(exclusiveMaximum)}`);
  else if (maximum !== undefined) parts.push(`less than or equal to ${textOf(maximum)}`);
  return parts.length > 0 ? `Must be ${parts.join(" and ")}.` : undefined;
}

function lengthSentence(min: JsonValue | undefined, max: JsonValue | undefined): string | undefined {
  if (min !== undefined && min === max) return `Length must be ${textOf(min)}.`;
  if (min !== undefined && max !== undefined) return `Length must be between ${textOf(min)} and ${textOf(max)}.`;
  if (min !== undefined) return `Shorter than minimum length ${textOf(min)}.`;
  return max === undefined ? undefined : `Longer than maximum length ${textOf(max)}.`;
}

function textOf(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
