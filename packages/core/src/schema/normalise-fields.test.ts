import { type TSchema, Type } from "typebox";
import { describe, expect, test } from "vitest";
import { FileField, withDefault } from "../contract/field.ts";
import type { Model } from "../contract/model.ts";
import { argsValidator } from "./args-validator.ts";
import { declarationOf } from "./declare-model.ts";
import { describeModel } from "./describe-model.ts";
import { normaliseFields } from "./normalise-fields.ts";

describe("normaliseFields", () => {
  test("gives plain JSON with an explicit required, whatever the fields were made with", () => {
    const schema = normaliseFields({
      must: Type.Integer({ minimum: 1 }),
      maybe: Type.Optional(Type.String({ pattern: /^a+$/ })),
      filled: withDefault(Type.Number(), 0.5),
      plain: { type: "boolean" },
      left: { type: "string", required: false },
      file: FileField({ description: "a picture" }),
    });
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
    expect(schema).toEqual({
      type: "object",
      properties: {
        must: { type: "integer", minimum: 1 },
        maybe: { type: "string", pattern: "^a+$" },
        filled: { type: "number", default: 0.5 },
        plain: { type: "boolean" },
        left: { type: "string" },
        file: { type: "string", format: "binary", description: "a picture" },
      },
      required: ["must", "plain", "file"],
    });
  });

  test.each([
    [{ a: 5 }, "/a"],
    [{ a: null }, "/a"],
    [{ a: { type: "int" } }, "/a/type"],
    [{ a: { type: "integer", minimum: "1" } }, "/a/minimum"],
    [{ a: { type: "string", pattern: "(" } }, "/a/pattern"],
    [{ a: { type: "string", format: "emial" } }, "/a/format"],
    [
      { a: { type: "array", items: { type: "object", properties: { b: { type: "strin" } } } } },
      "/a/items/properties/b/type",
    ],
    [{ a: { type: "array", items: { anyOf: [{ type: "string", format: "x" }] } } }, "/a/items/anyOf/0/format"],
    [{ a: { type: "integer", default: "three" } }, "/a/default"],
    [{ a: { type: "array", items: { type: "integer" }, default: [1, "x"] } }, "/a/default/1"],
    [{ a: { type: "string", examples: [() => 1] } }, "/a/examples/0"],
    [{ toString: { type: "string" } }, "/toString"],
    [JSON.parse('{"__proto__": {"type": "string"}}') as object, "/__proto__"],
    ["nonsense", "/"],
  ])("stops at %o with its place", (fields, pointer) => {
    expect(() => normaliseFields(fields)).toThrow(new RegExp(`^${pointer}: `));
  });
});

describe("what TypeBox writes in another dialect", () => {
  test("a tuple becomes prefixItems", () => {
    const { properties } = normaliseFields({ pair: Type.Tuple([Type.Integer(), Type.String()]) });
    expect(properties.pair).toMatchObject({ prefixItems: [{ type: "integer" }, { type: "string" }], items: false });
  });

  test("references point to where the field stands, also when two fields name their parts alike", () => {
    const tree = (value: TSchema) =>
      Type.Cyclic({ Node: Type.Object({ value, kids: Type.Array(Type.Ref("Node")) }) }, "Node");
    const schema = normaliseFields({ numbers: tree(Type.Integer()), "a/b": tree(Type.String()) });
    const validate = argsValidator(schema, "drop");
    const numbers = { value: 1, kids: [{ value: 2, kids: [] }] };
    const words = { value: "x", kids: [{ value: "y", kids: [] }] };
    expect(validate({ numbers, "a/b": words })).toEqual({ numbers, "a/b": words });
    expect(() => validate({ numbers: words, "a/b": numbers })).toThrow(/numbers\/(value|kids)/);
    expect(JSON.stringify(schema)).not.toContain("$id");
  });

  test("a default is data, whatever its members are called", () => {
    const value = { items: [1, 2], $ref: "#/x" };
    expect(normaliseFields({ o: { type: "object", default: value } }).properties.o?.default).toEqual(value);
  });
});

test("a default of null makes every kind of field nullable", () => {
  const fields = {
    s: { type: "string", default: null },
    c: { const: 1, default: null },
    e: { enum: [1], default: null },
  } as const;
  expect(argsValidator(normaliseFields(fields), "drop")({})).toEqual({ s: null, c: null, e: null });
  expect(() => argsValidator(normaliseFields(fields), "drop")({ c: 2 })).toThrow("/c");
});

describe("a response", () => {
  const response = async (schema: unknown) =>
    describeModel("m", await declarationOf("m", { schema } as Model)).response;

  test("is one schema or a dictionary of fields", async () => {
    expect(await response(null)).toBeNull();
    expect(await response(undefined)).toBeNull();
    expect(await response(Type.Array(Type.Number()))).toEqual({ type: "array", items: { type: "number" } });
    expect(await response({ enum: ["a"] })).toEqual({ enum: ["a"] });
    expect(await response({ label: Type.String(), note: Type.Optional(Type.String()) })).toMatchObject({
      required: ["label"],
    });
  });

  test("may have fields that are called type or enum", async () => {
    expect(await response({ type: Type.String(), enum: { type: "integer" } })).toMatchObject({
      required: ["type", "enum"],
    });
  });
});

test.each([
  [
    { type: "int" },
    '/a/type: "int" is not a type of JSON Schema. The types are string, number, integer, boolean, array, object, null; did you mean integer?',
  ],
  [{ type: "list" }, "did you mean array?"],
  [{ type: "strng" }, "The types are string, number, integer, boolean, array, object, null"],
  [{ type: "array", items: { type: "float" } }, '/a/items/type: "float" is not a type'],
  [{ type: ["int", "null"] }, '/a/type/0: "int" is not a type of JSON Schema. The types are string'],
])("the type of %o is explained", (field, message) => {
  expect(() => normaliseFields({ a: field })).toThrow(message);
});

test("fields that are a promise are explained", () => {
  expect(() => normaliseFields(Promise.resolve({}))).toThrow("the method must not be async");
  // vitest fails for a rejection that is not handled.
  expect(() => normaliseFields(Promise.reject(new Error("no labels")))).toThrow("the method must not be async");
});

test.each(["(?=a)b", "^(a)\\1$"])("the pattern %s is refused with its place", (pattern) => {
  expect(() => normaliseFields({ a: { type: "string", pattern } })).toThrow(
    /^\/a\/pattern: the pattern cannot be matched in linear time/,
  );
  const nested = { type: "object", patternProperties: { [pattern]: {} } };
  expect(() => normaliseFields({ a: nested })).toThrow(/^\/a\/patternProperties\/.*cannot be matched/);
});
