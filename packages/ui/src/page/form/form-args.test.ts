import type { JsonObject, ObjectSchema } from "@deepaas/core";
import { describe, expect, test } from "vitest";
import { fieldOf } from "./field.ts";
import { isDrawn, issuesAt, JsonText, type Reading, readDraft } from "./form-args.ts";
import type { Schema } from "./schema.ts";

const inner = {
  type: "object",
  properties: { a: { type: "integer" }, b: { type: "string", default: "bb" } },
  required: ["a", "b"],
};

const schema: ObjectSchema = {
  type: "object",
  required: ["text", "count"],
  properties: {
    text: { type: "string", minLength: 2 },
    count: { type: "integer", minimum: 1 },
    rate: { type: "number", default: 0.5 },
    note: { type: ["string", "null"], default: null },
    maybe: { type: ["string", "null"], default: "x" },
    color: { enum: ["red", "green"] },
    on: { type: "boolean", default: true },
    tags: { type: "array", items: { type: "string" }, default: ["p"] },
    numbers: { type: "array", items: { type: "integer" }, maxItems: 2 },
    nested: inner,
    many: { type: "array", items: inner },
    pair: { type: "array", prefixItems: [{ type: "integer" }, { type: "string" }], items: false },
    any: {},
    key: { type: "string", writeOnly: true },
    image: { type: "string", format: "binary" },
    files: { type: "array", items: { type: "string", format: "binary" } },
  },
};
const rootOf = (given: ObjectSchema) =>
  fieldOf(given as unknown as Schema, { name: "", required: true, root: given as unknown as Schema });
const root = rootOf(schema);
const read = (changes: object = {}) => readDraft(root, { text: "ab", count: "3", ...changes }, { typed: true });
const readJson = (args: object) => readDraft(root, args, { typed: false });

describe("the arguments", () => {
  const given = { text: "ab", count: 3 };

  test("are what is entered; what is left empty is left out", () => {
    expect(read({ rate: "", color: undefined, numbers: [], key: "" })).toEqual({ args: given, issues: [] });
  });

  test.each<[string, object, object]>([
    ["a number", { rate: " 1e-3 " }, { rate: 0.001 }],
    ["a choice", { color: "green" }, { color: "green" }],
    ["an emptied list with a default", { tags: [] }, { tags: [] }],
    ["an emptied field that may be null", { maybe: "" }, { maybe: null }],
    ["a list", { numbers: ["1", "2"] }, { numbers: [1, 2] }],
    ["an object", { nested: { a: "1", b: "" } }, { nested: { a: 1 } }],
    ["a list of objects", { many: [{ a: "1", b: "c" }] }, { many: [{ a: 1, b: "c" }] }],
    ["JSON", { any: new JsonText('{"k": [null]}') }, { any: { k: [null] } }],
    ["JSON as it was given", { pair: [1, "a"] }, { pair: [1, "a"] }],
  ])("have %s", (_name, changes, args) => {
    expect(read(changes)).toEqual({ args: { ...given, ...args }, issues: [] });
  });

  test("have files as they are", () => {
    const file = new File(["a"], "a.txt");
    expect(read({ image: file, files: [file] }).args).toMatchObject({ image: file, files: [file] });
  });

  test("that must be given start as they are shown", () => {
    const must: ObjectSchema = {
      type: "object",
      required: ["on", "only", "nested"],
      properties: {
        on: { type: "boolean" },
        only: { const: "this" },
        nested: { type: "object", properties: { on: { type: "boolean" } }, required: ["on"] },
      },
    };
    const args = { on: false, only: "this", nested: { on: false } };
    expect(readDraft(rootOf(must), {}, { typed: true })).toEqual({ args, issues: [] });
  });

  test.each<[string, object, string, string]>([
    ["a required field that is empty", { text: "" }, "/text", "required"],
    ["no number", { rate: "abc" }, "/rate", "type"],
    ["no number in a list", { numbers: ["1", "x"] }, "/numbers/1", "type"],
    ["an empty item", { numbers: ["1", ""] }, "/numbers/1", "required"],
    ["an empty member", { nested: { a: "", b: "c" } }, "/nested/a", "required"],
    ["no JSON", { any: new JsonText("{") }, "/any", "json"],
    ["too short a text", { text: "a" }, "/text", "minLength"],
    ["too small a number", { count: "0" }, "/count", "minimum"],
    ["no whole number", { count: "1.5" }, "/count", "type"],
    ["a number that would be rounded", { count: "9007199254740993" }, "/count", "type"],
    ["too long a list", { numbers: ["1", "2", "3"] }, "/numbers", "maxItems"],
  ])("are refused for %s", (_name, changes, pointer, rule) => {
    expect(read(changes).issues).toMatchObject([{ pointer, rule }]);
  });
});

describe("arguments that are given", () => {
  test("are shown in the fields", () => {
    const args = {
      text: "ab",
      count: 2,
      nested: { a: 1, b: "c" },
      many: [{ a: 1, b: "d" }],
      pair: [1, "z"],
      note: "n",
      any: [1],
    };
    expect(read(args).args).toEqual(args);
    expect(isDrawn(root, args)).toBe(true);
  });

  test.each<JsonObject>([
    { unknown: 1 },
    { nested: { a: 1, z: 2 } },
    { count: "three" },
    { count: "3" },
    { text: "" },
    { color: "blue" },
    { image: "data" },
  ])("are not drawn if fields cannot show them: %j", (args) => {
    expect(isDrawn(root, args)).toBe(false);
  });
});

test("arguments as JSON are taken as they are, with all that is required and nothing unknown", () => {
  expect(readJson({ text: "ab", count: 1, maybe: "", nested: { a: 1, z: 2 } })).toEqual({
    args: { text: "ab", count: 1, maybe: "", nested: { a: 1, z: 2 } },
    issues: [],
  });
  expect(readJson({ text: "ab", count: "3", z: 1 }).issues).toMatchObject([
    { pointer: "/count", rule: "type" },
    { pointer: "/z", rule: "additionalProperties" },
  ]);
  expect(readJson({}).issues.map(({ pointer }) => pointer)).toEqual(["/text", "/count"]);
});

test("an issue belongs to the innermost place that is shown", () => {
  const issues = ["/numbers/1", "/numbers/7", "/numbers", "/nested/a", "", "/n"].map((pointer) => ({
    pointer,
    rule: "r",
    message: "No.",
  }));
  const at = (pointer: string, parts: readonly string[]) => issuesAt(issues, pointer, parts).map((one) => one.pointer);
  expect(at("/numbers", ["0", "1"])).toEqual(["/numbers/7", "/numbers"]);
  expect(at("/numbers/1", [])).toEqual(["/numbers/1"]);
  expect(at("/nested", [])).toEqual(["/nested/a"]);
  expect(at("", ["numbers", "nested"])).toEqual(["", "/n"]);
});

describe("what leaves the page", () => {
  const secret = { type: "string", writeOnly: true };
  const withSecrets: ObjectSchema = {
    type: "object",
    required: [],
    properties: {
      key: secret,
      login: {
        type: "object",
        properties: { user: { type: "string" }, password: { type: "string", format: "password" } },
      },
      keys: { type: "array", items: { anyOf: [secret, { type: "null" }] } },
      image: { type: "string", format: "binary" },
      images: { type: "array", items: { type: "string", format: "binary" } },
      n: { type: "integer" },
    },
  };
  const file = new File(["a"], "a.png");
  const args = { key: "k", login: { user: "u", password: "p" }, keys: ["a", "b"], image: file, images: [file], n: 1 };

  const leaving = (given: object, hide: Reading["hide"]) =>
    readDraft(rootOf(withSecrets), given, { typed: false, hide }).args;

  test("has neither files nor secrets", () => {
    expect(leaving(args, () => undefined)).toEqual({ login: { user: "u" }, keys: [], n: 1 });
  });

  test("has no description of a file as a run shows it", () => {
    expect(leaving({ image: { size: 3 }, images: [{ size: 3 }], n: 1 }, () => undefined)).toEqual({ n: 1 });
  });

  test("names secrets where they belong", () => {
    expect(leaving(args, ({ name, secret: isSecret }, value) => (isSecret ? `<${name}>` : value))).toEqual({
      key: "<key>",
      login: { user: "u", password: "<password>" },
      keys: ["<0>", "<1>"],
      image: file,
      images: [file],
      n: 1,
    });
  });
});

test("a field may have a name that every object has", () => {
  const odd: ObjectSchema = {
    type: "object",
    required: ["constructor"],
    properties: { constructor: { type: "string" } },
  };
  expect(readDraft(rootOf(odd), {}, { typed: true }).issues).toMatchObject([
    { pointer: "/constructor", rule: "required" },
  ]);
});

test("a form of a type that contains itself ends", () => {
  const tree: ObjectSchema = {
    type: "object",
    required: ["tree"],
    properties: {
      tree: {
        type: "object",
        properties: { name: { type: "string" }, children: { type: "array", items: { $ref: "#/properties/tree" } } },
        required: ["name"],
      },
    },
  };
  const args = { tree: { name: "a", children: [{ name: "b" }] } };
  expect(readDraft(rootOf(tree), args, { typed: true })).toEqual({ args, issues: [] });
});
