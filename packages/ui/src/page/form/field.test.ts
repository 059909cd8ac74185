import type { JsonObject } from "@deepaas/core";
import { describe, expect, test } from "vitest";
import { fieldOf as fieldFrom } from "./field.ts";

const fieldOf = (schema: JsonObject, name = "x", required = false, root = schema) =>
  fieldFrom(schema, { name, required, root });

const string = { type: "string" };

describe("the kind of a field", () => {
  test.each<[string, JsonObject, object]>([
    ["a text", string, { is: "text" }],
    ["a long text by its format", { type: "string", format: "textarea" }, { is: "long" }],
    ["a long text by its length", { type: "string", maxLength: 1_000 }, { is: "long" }],
    ["a long text by its default", { type: "string", default: "a\nb" }, { is: "long" }],
    ["a date", { type: "string", format: "date" }, { is: "text" }],
    ["a secret", { type: "string", writeOnly: true, format: "password" }, { is: "secret", secret: true }],
    ["a number", { type: "number", minimum: 0 }, { is: "number" }],
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
      { is: "file", media: { accept: "image/png,audio/*", image: true, audio: true } },
    ],
    [
      "a file by its description",
      { type: "string", format: "binary", description: "A picture of a cat" },
      { is: "file", media: { accept: "", image: true, audio: false } },
    ],
    ["files", { type: "array", items: { type: "string", format: "binary" } }, { is: "file", many: true }],
    ["a list", { type: "array", items: string, maxItems: 3 }, { is: "list" }],
    ["a list that is too long to draw", { type: "array", items: { type: "number" }, minItems: 784 }, { is: "json" }],
    ["a list of lists", { type: "array", items: { type: "array", items: string } }, { is: "json" }],
    ["a tuple", { type: "array", prefixItems: [string, { type: "integer" }], items: false }, { is: "json" }],
    ["an object", { type: "object", properties: { a: string } }, { is: "object" }],
    ["an object with more", { type: "object", properties: { a: string }, additionalProperties: {} }, { is: "json" }],
    ["a dictionary", { type: "object", additionalProperties: { type: "integer" } }, { is: "json" }],
    ["anything", {}, { is: "json", secret: false }],
    ["several types", { type: ["string", "number"] }, { is: "json" }],
    ["several forms", { anyOf: [string, { type: "object" }] }, { is: "json" }],
    ["a secret inside of what is JSON", { anyOf: [{ writeOnly: true }, string] }, { is: "json", secret: true }],
  ])("%s", (_name, schema, kind) => {
    expect(fieldOf(schema)).toMatchObject(kind);
  });

  test("a file whose name says what it is", () => {
    expect(fieldOf({ type: "string", format: "binary" }, "input_image")).toMatchObject({ media: { image: true } });
  });

  test("what a reference names, also in a reference of it", () => {
    const root = { x: { $ref: "#/y/$defs/a~1b" }, y: { $defs: { "a/b": { $ref: "#/z" } } }, z: { type: "integer" } };
    expect(fieldOf(root.x, "x", false, root).is).toBe("number");
    expect(fieldOf({ $ref: "#/nowhere" }, "x", false, root).is).toBe("json");
  });

  test("a reference to itself ends", () => {
    const root = { x: { $ref: "#/x" } };
    expect(fieldOf(root.x, "x", false, root).is).toBe("json");
  });

  test("a secret that a reference names inside of what is JSON", () => {
    const root = { x: { type: "array", items: { type: "array", items: { $ref: "#/y" } } }, y: { writeOnly: true } };
    expect(fieldOf(root.x, "x", false, root)).toMatchObject({ is: "json", secret: true });
  });
});

describe("null", () => {
  test.each<[JsonObject, string]>([
    [{ type: ["string", "null"] }, "text"],
    [{ anyOf: [string, { type: "null" }] }, "text"],
    [{ enum: ["a", null] }, "choice"],
    [{ oneOf: [{ const: "a" }, { const: "b" }, { type: "null" }] }, "choice"],
  ])("of %j may be the value", (schema, is) => {
    expect(fieldOf(schema)).toMatchObject({ nullable: true, is });
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
