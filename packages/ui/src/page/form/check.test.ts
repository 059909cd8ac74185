import type { JsonValue } from "@deepaas/core";
import { describe, expect, test } from "vitest";
import { issuesOf } from "./check.ts";

const rulesOf = (schema: JsonValue, value: unknown) => {
  const root = typeof schema === "object" && schema !== null && !Array.isArray(schema) ? schema : {};
  return issuesOf(schema, value, { root: root as never, pointer: "" }).map(({ pointer, rule }) =>
    `${pointer} ${rule}`.trim(),
  );
};

describe("a rule", () => {
  test.each<[JsonValue, unknown, unknown, string]>([
    [{ type: "string" }, "", 1, "type"],
    [{ type: "integer" }, 5.0, 1.5, "type"],
    [{ type: ["string", "null"] }, null, 1, "type"],
    [{ enum: ["a", 1] }, 1, "1", "enum"],
    [{ const: [1] }, [1], [2], "const"],
    [{ minimum: 1 }, 1, 0, "minimum"],
    [{ maximum: 1 }, 1, 2, "maximum"],
    [{ exclusiveMinimum: 1 }, 1.1, 1, "exclusiveMinimum"],
    [{ exclusiveMaximum: 1 }, 0.9, 1, "exclusiveMaximum"],
    [{ multipleOf: 0.01 }, 1.15, 1.255, "multipleOf"],
    [{ minLength: 2 }, "ab", "😀", "minLength"],
    [{ maxLength: 1 }, "😀", "ab", "maxLength"],
    [{ pattern: "^[a-z]+$" }, "abc", "ABC", "pattern"],
    [{ minItems: 1 }, [1], [], "minItems"],
    [{ maxItems: 1 }, [1], [1, 2], "maxItems"],
    [{ uniqueItems: true }, [1, 2], [{ a: 1 }, { a: 1 }], "uniqueItems"],
    [{ items: { type: "integer" } }, [1], [1, "a"], "/1 type"],
    [{ prefixItems: [{ type: "integer" }], items: false }, [1], [1, 2], "/1 false"],
    [{ required: ["a"] }, { a: 1 }, {}, "/a required"],
    [{ properties: { a: { type: "integer" } } }, { a: 1 }, { a: "" }, "/a type"],
    [
      { properties: { "a/b": {} }, additionalProperties: false },
      { "a/b": 1 },
      { "c/d": 1 },
      "/c~1d additionalProperties",
    ],
    [{ additionalProperties: { type: "integer" } }, { a: 1 }, { a: "" }, "/a type"],
    [{ anyOf: [{ type: "string" }, { type: "number" }] }, 1, true, "anyOf"],
    [{ anyOf: [{ type: "null" }, { minimum: 3 }] }, 3, 2, "minimum"],
    [{ allOf: [{ minLength: 2 }, { maxLength: 3 }] }, "ab", "a", "minLength"],
    [{ not: { enum: ["bad"] } }, "good", "bad", "not"],
    [{ $defs: { n: { minimum: 1 } }, properties: { a: { $ref: "#/$defs/n" } } }, { a: 1 }, { a: 0 }, "/a minimum"],
    [{ format: "date" }, "2024-02-29", "2026-02-29", "format"],
    [{ format: "time" }, "10:00:00Z", "10:00:00", "format"],
    [{ format: "iso-time" }, "10:00", "25:00", "format"],
    [{ format: "date-time" }, "2026-11-22T10:00:00+02:00", "2026-11-22T10:00:00", "format"],
    [{ format: "iso-date-time" }, "2026-11-22 10:00", "2026-11-22", "format"],
    [{ format: "email" }, "a@example.org", "a", "format"],
    [{ format: "uuid" }, "1ce174ca-1334-4ea0-9a20-8521c52e69d1", "1ce1", "format"],
    [{ format: "url" }, "https://example.org/a?b=c", "example", "format"],
    [{ format: "ipv4" }, "127.0.0.1", "127.0.0", "format"],
    [{ format: "ipv6" }, "::1", "127.0.0.1", "format"],
    [false, undefined, 1, "false"],
  ])("%j", (schema, good, bad, rule) => {
    if (good !== undefined) expect(rulesOf(schema, good)).toEqual([]);
    expect(rulesOf(schema, bad)).toEqual([rule]);
  });
});

test("what is not known is left to the server", () => {
  expect(rulesOf({ pattern: "(?<=a" }, "x")).toEqual([]);
  expect(rulesOf({ format: "constellation" }, "x")).toEqual([]);
  expect(rulesOf({ pattern: "^a$" }, "b".repeat(5_000))).toEqual([]);
  expect(rulesOf({ type: "string", format: "binary" }, new Blob(["a"]))).toEqual([]);
});

test("a member with a default may be left out", () => {
  expect(rulesOf({ properties: { a: { default: 1 } }, required: ["a"] }, {})).toEqual([]);
});
