import { expect, test } from "vitest";
import { compileSchema } from "./compile-schema.ts";

const many = <T>(one: T, length = 20_000): T[] => Array.from({ length }, () => one);
const pointersOf = (schema: object, value: unknown) =>
  compileSchema(schema)
    .issues(value)
    .map(({ pointer, rule }) => `${pointer} ${rule}`);

const integers = { type: "array", items: { type: "integer" } };

test("the first eight wrong items of a long list are named", () => {
  expect(pointersOf(integers, [1, ...many("x")])).toEqual(Array.from({ length: 8 }, (_, i) => `/${i + 1} type`));
  expect(pointersOf(integers, [...many(1), "x", ...many(1)])).toEqual(["/20000 type"]);
});

test("items after the eighth fault are not visited", () => {
  const list: unknown[] = many("x");
  let reads = 0;
  Object.defineProperty(list, 15_000, { get: () => reads++, enumerable: true });
  compileSchema(integers).issues(list);
  // The count of small values ends at once; the check stops at the first fault.
  expect(reads).toBe(0);
});

test.each([
  [
    "an object in a list",
    { type: "array", items: { type: "object", properties: { a: integers } } },
    [{ a: [...many(1), "x"] }],
    ["/0/a/20000 type"],
  ],
  [
    "a member of a dictionary",
    { type: "object", additionalProperties: integers },
    { ok: many(1), b: many("x", 3_000) },
    Array.from({ length: 8 }, (_, i) => `/b/${i} type`),
  ],
  [
    "a missing member beside a long one",
    { type: "object", properties: { a: integers }, required: ["a", "b"] },
    { a: many(1) },
    ["/b required"],
  ],
  ["a list that is too long", { ...integers, maxItems: 3 }, many(1), [" maxItems"]],
  ["a list instead of an object", { type: "object", properties: { a: integers } }, many(1), [" type"]],
  [
    "an unknown member",
    { type: "object", properties: { a: integers }, additionalProperties: false },
    { a: many(1), b: 1 },
    ["/b additionalProperties"],
  ],
  ["duplicates", { ...integers, uniqueItems: true }, many(1), [" uniqueItems"]],
  ["a union", { anyOf: [integers, { type: "string" }] }, many("x"), [" anyOf"]],
  [
    "a reference",
    { $defs: { a: integers }, type: "object", properties: { a: { $ref: "#/$defs/a" } } },
    { a: many("x") },
    ["/a $ref"],
  ],
])("%s in a large value has its place", (_what, schema, value, expected) => {
  expect(pointersOf(schema, value)).toEqual(expected);
});

test("a schema that refers to itself has one issue for a large value", () => {
  const node = {
    type: "object",
    properties: { v: { type: "integer" }, children: { type: "array", items: { $ref: "#/properties/l/items" } } },
  };
  const schema = { type: "object", properties: { l: { type: "array", items: node }, n: integers } };
  const wrong = { v: 1, children: [{ v: "x" }] };
  const sound = { v: 1, children: [{ v: 2 }] };
  expect(pointersOf(schema, { l: [...many(sound), wrong], n: [] })).toEqual(["/l $ref"]);
  expect(pointersOf(schema, { l: many(sound), n: ["x"] })).toEqual(["/n/0 type"]);
  expect(pointersOf(schema, { l: [sound, wrong], n: [] })).toEqual(["/l/1/children/0/v type"]);
});

test("a million unknown members have eight issues", () => {
  const value = Object.fromEntries(many(0, 100_000).map((_, i) => [`k${i}`, 1]));
  expect(pointersOf({ type: "object", properties: {}, additionalProperties: false }, value)).toHaveLength(8);
});

test.each([
  [{ a1: 1, b: "x" }, []],
  [{ a1: "x" }, [" patternProperties"]],
  [{ c: 5 }, [" patternProperties"]],
  [{ named: 5 }, []],
  [[1], []],
])("patternProperties of %j", (value, expected) => {
  const schema = {
    properties: { named: { type: "integer" } },
    patternProperties: { "^(a+)+\\d$": { type: "integer" } },
    additionalProperties: { type: "string" },
  };
  expect(pointersOf(schema, value)).toEqual(expected);
});

test("a name of many characters does not stop a pattern", () => {
  const schema = { type: "object", patternProperties: { "^(a+)+$": { type: "integer" } } };
  expect(pointersOf(schema, { [`${"a".repeat(100_000)}!`]: "x" })).toEqual([]);
});

test("properties may have the names of keywords", () => {
  const schema = {
    type: "object",
    properties: {
      pattern: { type: "string" },
      uniqueItems: { type: "boolean" },
      patternProperties: { type: "integer" },
    },
  };
  expect(pointersOf(schema, { pattern: "(", uniqueItems: true, patternProperties: 1 })).toEqual([]);
  expect(pointersOf(schema, { pattern: 1 })).toEqual(["/pattern type"]);
});

test.each([
  [[1, 1], false],
  [[1, "1"], true],
  [
    [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ],
    false,
  ],
  [[[1], [2]], true],
  [[null, null], false],
  ["no list", true],
])("uniqueItems of %j is %s", (value, expected) => {
  expect(compileSchema({ uniqueItems: true }).check(value)).toBe(expected);
});
