import type { JsonObject } from "@deepaas/core";
import { expect, test } from "vitest";
import { faultsOf } from "./check.ts";
import { fieldOf } from "./field.ts";

const rulesOf = (schema: JsonObject, value: unknown) =>
  faultsOf(fieldOf(schema, { name: "x", required: true, root: schema }), value).map(([rule]) => rule);

test.each<[JsonObject, unknown, unknown, string]>([
  [{ type: "string" }, "", 1, "type"],
  [{ type: "integer" }, 5.0, 1.5, "type"],
  [{ type: "integer" }, 2 ** 53 - 1, 2 ** 53, "type"],
  [{ type: "number" }, 1.5, "1", "type"],
  [{ type: "boolean" }, false, "yes", "type"],
  [{ type: "array", items: { type: "string" } }, [], {}, "type"],
  [{ type: "object", properties: { a: {} } }, {}, [], "type"],
  [{ enum: ["a", 1] }, 1, "1", "enum"],
  [{ const: [1] }, [1], [2], "enum"],
  [{ type: "number", minimum: 1 }, 1, 0, "minimum"],
  [{ type: "number", maximum: 1 }, 1, 2, "maximum"],
  [{ type: "number", exclusiveMinimum: 1 }, 1.1, 1, "exclusiveMinimum"],
  [{ type: "number", exclusiveMaximum: 1 }, 0.9, 1, "exclusiveMaximum"],
  [{ type: "number", multipleOf: 0.01 }, 1.15, 1.255, "multipleOf"],
  [{ type: "string", minLength: 2 }, "ab", "😀", "minLength"],
  [{ type: "string", maxLength: 1 }, "😀", "ab", "maxLength"],
  [{ type: "string", pattern: "^[a-z]+$" }, "abc", "ABC", "pattern"],
  [{ type: "array", items: { type: "number" }, minItems: 1 }, [1], [], "minItems"],
  [{ type: "array", items: { type: "number" }, maxItems: 1 }, [1], [1, 2], "maxItems"],
  [{ type: "string", format: "email" }, "a@example.org", "a", "format"],
  [{ type: "string", format: "uuid" }, "1ce174ca-1334-4ea0-9a20-8521c52e69d1", "1ce1", "format"],
  [{ type: "string", format: "url" }, "https://example.org/a?b=c", "example", "format"],
])("%j", (schema, good, bad, rule) => {
  expect(rulesOf(schema, good)).toEqual([]);
  expect(rulesOf(schema, bad)).toEqual([rule]);
});

test("what is not known is left to the server", () => {
  expect(rulesOf({ type: "string", pattern: "(?<=a" }, "x")).toEqual([]);
  expect(rulesOf({ type: "string", format: "constellation" }, "x")).toEqual([]);
  expect(rulesOf({ type: "string", pattern: "^a$" }, "b".repeat(5_000))).toEqual([]);
  expect(rulesOf({ anyOf: [{ type: "string" }, { type: "number" }] }, true)).toEqual([]);
});
