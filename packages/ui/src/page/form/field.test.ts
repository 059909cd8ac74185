import type { JsonObject, ObjectSchema } from "@deepaas/core";
import { describe, expect, test } from "vitest";
import { type FormField, fieldsOf } from "./field.ts";

function schemaOf(properties: Readonly<Record<string, JsonObject>>, required: readonly string[] = []): ObjectSchema {
  return { type: "object", properties, required };
}

const fieldOf = (schema: JsonObject, name = "x", required = false) =>
  fieldsOf(schemaOf({ [name]: schema }, required ? [name] : []))[0] as FormField;

const string = { type: "string" };

describe("the kind of a field", () => {
  test.each<[string, JsonObject, object]>([
    ["a text", string, { is: "text", long: false }],
    ["a long text by its format", { type: "string", format: "textarea" }, { is: "text", long: true }],
    ["a long text by its length", { type: "string", maxLength: 1_000 }, { is: "text", long: true }],
    ["a long text by its default", { type: "string", default: "a\nb" }, { is: "text", long: true }],
    ["a date", { type: "string", format: "date" }, { is: "text", format: "date" }],
    ["a secret", { type: "string", writeOnly: true, format: "password" }, { is: "secret" }],
    ["a number", { type: "number", minimum: 0 }, { is: "number", integer: false, slider: undefined }],
    [
      "an integer with bounds",
      { type: "integer", minimum: 1, maximum: 9 },
      { is: "number", integer: true, slider: { step: 1 } },
    ],
    [
      "a choice",
      { enum: ["a", 1, true] },
      { is: "choice", choices: [{ label: "a" }, { label: "1" }, { label: "true" }] },
    ],
    ["one value", { type: "string", const: "same" }, { is: "choice", choices: [{ value: "same" }] }],
    [
      "a union of values",
      { anyOf: [{ const: 1, title: "one" }, { const: 2 }] },
      {
        is: "choice",
        choices: [
          { value: 1, label: "one" },
          { value: 2, label: "2" },
        ],
      },
    ],
    ["a boolean with a default", { type: "boolean", default: false }, { is: "switch" }],
    [
      "a boolean that may be left out",
      { type: "boolean" },
      { is: "choice", choices: [{ value: true }, { value: false }] },
    ],
    ["a file", { type: "string", format: "binary" }, { is: "file", many: false, media: { image: false } }],
    [
      "a file by its media type",
      { type: "string", format: "binary", contentMediaType: "image/png, audio/*" },
      { is: "file", media: { accept: "image/png,audio/*", image: true, audio: true, video: false } },
    ],
    [
      "a file by its description",
      { type: "string", format: "binary", description: "A picture of a cat" },
      { is: "file", media: { accept: "", image: true, audio: false } },
    ],
    ["files", { type: "array", items: { type: "string", format: "binary" } }, { is: "file", many: true }],
    ["a list", { type: "array", items: string, maxItems: 3 }, { is: "list", most: 3 }],
    ["a list that is too long to draw", { type: "array", items: { type: "number" }, minItems: 784 }, { is: "json" }],
    ["a list of lists", { type: "array", items: { type: "array" } }, { is: "json" }],
    ["a tuple", { type: "array", prefixItems: [string, { type: "integer" }], items: false }, { is: "tuple" }],
    ["an object", { type: "object", properties: { a: string } }, { is: "object" }],
    ["a dictionary", { type: "object", additionalProperties: { type: "integer" } }, { is: "json" }],
    ["anything", {}, { is: "json" }],
    ["several types", { type: ["string", "number"] }, { is: "json" }],
    ["several forms", { anyOf: [string, { type: "object" }] }, { is: "json" }],
    [
      "several formats of a text",
      {
        anyOf: [
          { ...string, format: "ipv4" },
          { ...string, format: "ipv6" },
        ],
      },
      { is: "text" },
    ],
    ["rules together", { allOf: [{ type: "string", minLength: 3 }, { enum: ["abc", "de"] }] }, { is: "choice" }],
  ])("%s", (_name, schema, kind) => {
    expect(fieldOf(schema).kind).toMatchObject(kind);
  });

  test("a file whose name says what it is", () => {
    expect(fieldOf({ type: "string", format: "binary" }, "input_image").kind).toMatchObject({ media: { image: true } });
  });

  test("what a reference names, also in a reference of it", () => {
    const root = {
      ...schemaOf({ x: { $ref: "#/properties/y/$defs/a~1b" }, y: { $defs: { "a/b": { type: "integer" } } } }),
    };
    expect(fieldsOf(root)[0]?.kind).toMatchObject({ is: "number", integer: true });
  });

  test("a reference to itself ends", () => {
    expect(fieldsOf(schemaOf({ x: { $ref: "#/properties/x" } }))[0]?.kind).toEqual({ is: "json" });
  });
});

describe("null", () => {
  test.each<[JsonObject, string]>([
    [{ type: ["string", "null"] }, "text"],
    [{ anyOf: [string, { type: "null" }] }, "text"],
    [{ enum: ["a", null] }, "choice"],
    [{ oneOf: [{ const: "a" }, { const: "b" }, { type: "null" }] }, "choice"],
  ])("of %j may be the value", (schema, is) => {
    expect(fieldOf(schema)).toMatchObject({ nullable: true, kind: { is } });
  });
});

test("a field is required if it has no default", () => {
  expect(fieldOf(string, "x", true).required).toBe(true);
  expect(fieldOf({ ...string, default: "a" }, "x", true).required).toBe(false);
  expect(fieldOf(string).required).toBe(false);
});

test("the label is the title, else the name", () => {
  expect(fieldOf({ ...string, title: "How many" })).toMatchObject({ label: "How many", name: "x" });
  expect(fieldOf(string).label).toBe("x");
});
