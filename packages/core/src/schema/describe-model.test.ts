import { Type } from "typebox";
import { describe, expect, test } from "vitest";
import { FileField, SecretField, withDefault } from "../contract/field.ts";
import type { Model } from "../contract/model.ts";
import { declarationOf, type ModelDeclaration } from "./declare-model.ts";
import { describeModel } from "./describe-model.ts";

const has = { predict: true, predictBatch: false, predictStream: false, train: false, reload: false };

const model = {
  getMetadata: () => ({ name: "M", author: "A" }),
  getPredictArgs: () => ({
    must: Type.Integer({ minimum: 1 }),
    pattern: Type.Optional(Type.String({ pattern: /^a+$/ })),
    filled: withDefault(Type.Number(), 0.5),
    undefinedDefault: { type: "string", default: undefined },
    object: Type.Optional(Type.Object({ a: Type.String(), b: Type.Optional(Type.Integer({ default: 1 })) })),
    left: { type: "string", required: false },
    pair: Type.Tuple([Type.Integer(), Type.String()]),
    tree: Type.Cyclic({ Node: Type.Object({ kids: Type.Array(Type.Ref("Node")) }) }, "Node"),
    file: FileField({ description: "a picture", location: "form" }),
    files: Type.Optional(Type.Array(FileField())),
    secret: Type.Optional(SecretField()),
    anything: Type.Optional(Type.Any()),
    nothing: withDefault(Type.Union([Type.String(), Type.Null()]), null),
    accept: Type.Enum(["application/json", "image/png"]),
  }),
  getTrainArgs: () => ({ epochs: Type.Optional(Type.Integer()) }),
  schema: Type.Any(),
  resume: "never",
  predictBatch: () => [],
  reload: () => {},
} satisfies Model;

describe("a declaration", () => {
  test("is described alike before and after it was sent as JSON", async () => {
    const declaration = await declarationOf("m", model);
    const sent = JSON.parse(JSON.stringify(declaration)) as ModelDeclaration;
    expect(sent).toEqual(declaration);
    const description = describeModel("m", sent);
    expect(description).toEqual(describeModel("m", declaration));
    expect(description.predictArgs.required).toEqual(["must", "pair", "tree", "file"]);
    expect(description.predictArgs.properties).toMatchObject({
      pattern: { type: "string", pattern: "^a+$" },
      undefinedDefault: { type: "string" },
      object: { type: "object", required: ["a"] },
      pair: { prefixItems: [{ type: "integer" }, { type: "string" }], items: false },
      file: { type: "string", format: "binary", description: "a picture", location: "form" },
      files: { type: "array", items: { type: "string", format: "binary" } },
      secret: { type: "string", format: "password", writeOnly: true },
      anything: {},
      accept: { enum: ["application/json", "image/png", "*/*"], default: "application/json" },
    });
    expect(JSON.stringify(description)).not.toContain("~");
    expect(description.metadata).toMatchObject({ name: "M", author: "A", servedAs: "m" });
    // One schema of anything, not a dictionary without fields.
    expect(description.response).toEqual({});
    expect(description.has).toEqual({ predict: true, predictBatch: true, predictStream: false, train: false });
    expect(description.resume).toBe("never");
  });

  test("of a model that fails to return its metadata has none", async () => {
    const declaration = await declarationOf("m", {
      getMetadata() {
        throw new Error("no metadata");
      },
    });
    expect(declaration).not.toHaveProperty("metadata");
    expect(describeModel("m", declaration).metadata.description).toContain("Could not load description");
  });

  test.each<[string, Model, string]>([
    ["a field", { getPredictArgs: () => ({ a: (() => 1) as never }) }, "getPredictArgs at /a: "],
    ["a part of a field", { getTrainArgs: () => ({ a: { enum: [1n] } }) }, "getTrainArgs at /a/enum/0: "],
    ["the response", { schema: (() => 1) as never }, "schema at /: "],
    ["resume", { resume: (() => 1) as never }, "resume: "],
  ])("is refused if %s is not JSON", async (_, faulty, place) => {
    await expect(declarationOf("m", faulty)).rejects.toThrow(`Model m: ${place}`);
  });
});

test.each<[string, unknown, string]>([
  ["is not an object", null, "its declaration is not an object"],
  ["has fields that are a list", { has, predictFields: [] }, "getPredictArgs at /: "],
  ["has a field that is not a schema", { has, trainFields: { k: 1 } }, "getTrainArgs at /k: "],
  [
    "has a default of the wrong type",
    { has, predictFields: { k: { type: "integer", default: "seven" } } },
    "getPredictArgs at /k/default: ",
  ],
  ["has a response that is not a schema", { has, responseSchema: { type: "strin" } }, "schema at /type: "],
  ["has a response of null", { has, responseSchema: null }, "schema at /: "],
  ["has an unknown resume", { has, resume: "later" }, 'resume: must be "auto" or "never", not "later"'],
  ["does not state its methods", {}, "has at /: must be an object"],
  ["states a method as a word", { has: { ...has, train: "yes" } }, "has at /train: must be true or false"],
])("a declaration that %s is refused with its place", (_, declaration, message) => {
  expect(() => describeModel("m", declaration as ModelDeclaration)).toThrow(`Model m: ${message}`);
});
