import type { JsonObject, ObjectSchema } from "@deepaas/core";
import { describe, expect, test } from "vitest";
import type { DraftObject } from "./draft.ts";
import { fieldsOf } from "./field.ts";
import {
  checkArgs,
  draftOfArgs,
  isDrawn,
  maskedArgs,
  placeIssues,
  readDraft,
  readJson,
  shareableArgs,
} from "./form-args.ts";
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
const root = schema as unknown as Schema;
const fields = fieldsOf(schema);
const given = draftOfArgs(fields, {}, root);
const read = (changes: DraftObject = {}) => readDraft(fields, { ...given, text: "ab", count: "3", ...changes }, root);
const defaults = { text: "ab", count: 3, rate: 0.5, maybe: "x", on: true, tags: ["p"] };

describe("the arguments", () => {
  test("are the defaults and what is entered; what is left empty is left out", () => {
    expect(read()).toEqual({ args: defaults, issues: [] });
  });

  test.each<[string, DraftObject, JsonObject]>([
    ["a number", { rate: " 1e-3 " }, { rate: 0.001 }],
    ["a choice", { color: "1" }, { color: "green" }],
    ["an emptied list with a default", { tags: [] }, { tags: [] }],
    ["an emptied field that may be null", { maybe: "" }, { maybe: null as never }],
    ["a list", { numbers: ["1", "2"] }, { numbers: [1, 2] }],
    ["an object", { nested: { a: "1", b: "" } }, { nested: { a: 1 } }],
    ["a list of objects", { many: [{ a: "1", b: "c" }] }, { many: [{ a: 1, b: "c" }] }],
    ["a tuple", { pair: ["1", "a"] }, { pair: [1, "a"] }],
    ["JSON", { any: '{"k": [null]}' }, { any: { k: [null] } }],
  ])("have %s", (_name, changes, args) => {
    expect(read(changes)).toEqual({ args: { ...defaults, ...args }, issues: [] });
  });

  test("have files as they are", () => {
    const file = new File(["a"], "a.txt");
    expect(read({ image: file, files: [file] }).args).toMatchObject({ image: file, files: [file] });
  });

  test.each<[string, DraftObject, string, string]>([
    ["a required field that is empty", { text: "" }, "/text", "required"],
    ["no number", { rate: "abc" }, "/rate", "type"],
    ["no number in a list", { numbers: ["1", "x"] }, "/numbers/1", "type"],
    ["an empty item", { numbers: ["1", ""] }, "/numbers/1", "required"],
    ["an empty member", { nested: { a: "", b: "c" } }, "/nested/a", "required"],
    ["no JSON", { any: "{" }, "/any", "json"],
    ["too short a text", { text: "a" }, "/text", "minLength"],
    ["too small a number", { count: "0" }, "/count", "minimum"],
    ["no whole number", { count: "1.5" }, "/count", "type"],
    ["a number that would be rounded", { count: "9007199254740993" }, "/count", "range"],
    ["too long a list", { numbers: ["1", "2", "3"] }, "/numbers", "maxItems"],
  ])("are refused for %s", (_name, changes, pointer, rule) => {
    expect(checkArgs(schema, read(changes))).toMatchObject([{ pointer, rule }]);
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
    const draft = draftOfArgs(fields, args, root);
    expect(draft).toMatchObject({ count: "2", nested: { a: "1", b: "c" }, pair: ["1", "z"], any: "[1]" });
    expect(readDraft(fields, draft, root).args).toMatchObject(args);
    expect(isDrawn(fields, args, root)).toBe(true);
  });

  test.each<JsonObject>([
    { unknown: 1 },
    { nested: { a: 1, z: 2 } },
    { count: "three" },
    { text: "" },
    { color: "blue" },
  ])("are not drawn if fields cannot show them: %j", (args) => {
    expect(isDrawn(fields, args, root)).toBe(false);
  });
});

describe("arguments as JSON", () => {
  test("have the files of the form", () => {
    const image = new File(["a"], "a.png");
    expect(readJson(fields, '{"text":"ab","count":1}', { image, files: [] })).toEqual({
      args: { text: "ab", count: 1, image },
      issues: [],
    });
  });

  test("must be an object, with all that is required and nothing unknown", () => {
    expect(readJson(fields, "[", {}).issues).toMatchObject([{ pointer: "", rule: "json" }]);
    expect(readJson(fields, "[]", {}).issues).toMatchObject([{ pointer: "", rule: "type" }]);
    expect(checkArgs(schema, readJson(fields, '{"text":"ab","z":1}', {}))).toMatchObject([
      { pointer: "/count", rule: "required" },
      { pointer: "/z", rule: "additionalProperties" },
    ]);
  });
});

describe("issues", () => {
  const draft = { ...given, numbers: ["1", "2"], nested: { a: "1", b: "" }, many: [{ a: "", b: "" }] };
  test.each([
    ["/text", "/text", "No."],
    ["/numbers/1", "/numbers/1", "No."],
    ["/numbers/7", "/numbers", "7: No."],
    ["/nested/a", "/nested/a", "No."],
    ["/many/0/a", "/many/0/a", "No."],
    ["/any/k/0", "/any", "k › 0: No."],
    ["/pair/0", "/pair", "0: No."],
  ])("at %s are shown at %s", (pointer, place, message) => {
    const placed = placeIssues([{ pointer, rule: "r", message: "No." }], { fields, draft, root });
    expect([...placed.at]).toEqual([[place, [message]]]);
  });

  test("of no field are shown above", () => {
    const issues = ["", "/zz"].map((pointer) => ({ pointer, rule: "r", message: "No." }));
    expect(placeIssues(issues, { fields, draft, root })).toEqual({ at: new Map(), others: issues });
  });
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

  test("has neither files nor secrets", () => {
    expect(shareableArgs(withSecrets, args)).toEqual({ login: { user: "u" }, keys: [], n: 1 });
  });

  test("has no description of a file as a run shows it", () => {
    expect(shareableArgs(withSecrets, { image: { size: 3 }, images: [{ size: 3 }], n: 1 })).toEqual({ n: 1 });
  });

  test("names secrets where they belong", () => {
    expect(maskedArgs(withSecrets, args, (name) => `<${name}>`)).toEqual({
      key: "<key>",
      login: { user: "u", password: "<password>" },
      keys: ["<0>", "<1>"],
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
  const oddFields = fieldsOf(odd);
  expect(draftOfArgs(oddFields, {}, odd as unknown as Schema)).toEqual({ constructor: "" });
  expect(checkArgs(odd, readJson(oddFields, "{}", {}))).toMatchObject([{ pointer: "/constructor", rule: "required" }]);
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
  const recursive = fieldsOf(tree);
  const args = { tree: { name: "a", children: [{ name: "b" }] } };
  const draft = draftOfArgs(recursive, args, tree as unknown as Schema);
  expect(readDraft(recursive, draft, tree as unknown as Schema)).toEqual({ args, issues: [] });
});
