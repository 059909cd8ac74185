// Values that fit a schema, for requests made from a document.
import type { JsonObject, JsonValue } from "@deepaas/core";
import fc from "fast-check";

const formats: Readonly<Record<string, string>> = {
  "date-time": "2026-01-31T12:00:00Z",
  date: "2026-01-31",
  time: "12:00:00Z",
  uuid: "7d444840-9dc0-11d1-b245-5ffdce74fad2",
  url: "https://example.org/",
  email: "someone@example.org",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
};

/** `document` is what the references of the schema refer into. */
export function valueFromSchema(schema: JsonObject, document: JsonObject, depth = 0): fc.Arbitrary<JsonValue> {
  const { $ref, const: only, enum: choices, anyOf, oneOf, allOf, type } = schema;
  const below = (one: JsonValue) => valueFromSchema(one as JsonObject, document, depth + 1);
  if (typeof $ref === "string") return valueFromSchema(resolved($ref, document), document, depth);
  if (only !== undefined) return fc.constant(only);
  if (Array.isArray(choices)) return fc.constantFrom(...(choices as JsonValue[]));
  const branches = anyOf ?? oneOf;
  // A condition on what is required beside properties is no choice of a value.
  if (Array.isArray(branches) && schema.properties === undefined) return fc.oneof(...branches.map(below));
  if (Array.isArray(allOf)) {
    return fc.tuple(...allOf.map(below)).map((parts) => Object.assign({}, ...(parts as JsonObject[])) as JsonObject);
  }
  if (Array.isArray(type)) return fc.oneof(...(type as string[]).map((one) => below({ ...schema, type: one })));
  switch (type) {
    case "null":
      return fc.constant(null);
    case "boolean":
      return fc.boolean();
    case "integer":
    case "number":
      return numberFrom(schema);
    case "string":
      return textFrom(schema);
    case "array":
      return arrayFrom(schema, { below, depth });
    case "object":
      return objectFrom(schema, { below, depth });
    default:
      return fc.constantFrom<JsonValue>(null, true, 1, "text", [1], { a: 1 });
  }
}

interface Below {
  readonly below: (schema: JsonValue) => fc.Arbitrary<JsonValue>;
  readonly depth: number;
}

function numberFrom({ type, minimum, maximum, exclusiveMinimum: above, exclusiveMaximum: under }: JsonObject) {
  const min = Math.ceil(Number(minimum ?? (above === undefined ? -1e6 : Number(above) + 1)));
  const max = Math.floor(Number(maximum ?? (under === undefined ? Math.max(1e6, min) : Number(under) - 1)));
  const whole = fc.integer({ min: Math.max(min, -(2 ** 31)), max: Math.min(max, 2 ** 31 - 1) });
  return type === "integer"
    ? whole
    : fc.oneof(
        whole,
        whole.map((one) => (one < max ? one + 0.5 : one)),
      );
}

function textFrom({ format, pattern, minLength, maxLength }: JsonObject): fc.Arbitrary<string> {
  if (typeof pattern === "string") return fc.stringMatching(new RegExp(pattern));
  const known = formats[String(format)];
  if (known !== undefined) return fc.constant(known);
  const min = Number(minLength ?? 0);
  return fc.string({ unit: "binary", minLength: min, maxLength: Number(maxLength ?? min + 10) }).map((text) => {
    // A lone surrogate is no text that could be sent.
    return text.isWellFormed() ? text : "x".repeat(Math.max(1, min));
  });
}

function arrayFrom({ items, prefixItems, minItems, maxItems }: JsonObject, { below, depth }: Below) {
  if (Array.isArray(prefixItems)) return fc.tuple(...prefixItems.map(below));
  const minLength = Number(minItems ?? 0);
  if (minLength === 0 && depth > 4) return fc.constant<JsonValue>([]);
  const maxLength = depth > 4 ? minLength : Number(maxItems ?? minLength + 3);
  return fc.array(below(items ?? {}), { minLength, maxLength });
}

function objectFrom({ properties, required, additionalProperties }: JsonObject, { below, depth }: Below) {
  const names = (required ?? []) as string[];
  const members = Object.entries((properties ?? {}) as JsonObject).filter(
    ([name]) => depth < 4 || names.includes(name),
  );
  const record = fc.record(
    Object.fromEntries(members.map(([name, one]) => [name, below(one as JsonValue)])) as Record<
      string,
      fc.Arbitrary<JsonValue>
    >,
    { requiredKeys: names },
  ) as fc.Arbitrary<JsonObject>;
  if (typeof additionalProperties !== "object" || additionalProperties === null) return record;
  const others = fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), below(additionalProperties), { maxKeys: 3 });
  return fc.tuple(others, record).map(([extra, own]) => ({ ...extra, ...own }) as JsonObject);
}

/** What a reference within the document stands for. */
export function resolved(ref: string, document: JsonObject): JsonObject {
  let at: unknown = document;
  for (const step of ref.split("/").slice(1)) {
    at = (at as JsonObject)[step.replaceAll("~1", "/").replaceAll("~0", "~")];
  }
  return at as JsonObject;
}
