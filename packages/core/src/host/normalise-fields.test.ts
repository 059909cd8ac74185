import { Type } from "typebox";
import { describe, expect, test } from "vitest";
import { FileField, withDefault } from "../field.ts";
import { normaliseFields, normaliseResponse } from "./normalise-fields.ts";

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

describe("normaliseResponse", () => {
  test("takes one schema or a dictionary of fields", () => {
    expect(normaliseResponse(null)).toBeNull();
    expect(normaliseResponse(undefined)).toBeNull();
    expect(normaliseResponse(Type.Array(Type.Number()))).toEqual({ type: "array", items: { type: "number" } });
    expect(normaliseResponse({ enum: ["a"] })).toEqual({ enum: ["a"] });
    expect(normaliseResponse({ label: Type.String(), note: Type.Optional(Type.String()) })).toMatchObject({
      required: ["label"],
    });
  });

  test("is not misled by fields that are called type or enum", () => {
    expect(normaliseResponse({ type: Type.String(), enum: { type: "integer" } })).toMatchObject({
      required: ["type", "enum"],
    });
  });
});
