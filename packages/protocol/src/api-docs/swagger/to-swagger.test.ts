import { readFileSync } from "node:fs";
import { defineModel, FileField, type JsonObject, type Model, Type } from "@deepaas/core";
import { describe, expect, test } from "vitest";
import { describeModels } from "../../testing/describe-models.ts";
import { documentFaults } from "../../testing/document-faults.ts";
import { fieldsOfEveryKind } from "../../testing/every-kind.ts";
import { swaggerDifferences } from "../../testing/swagger-differences.ts";
import { deepaasTest, schemamodel, wide } from "../../testing/wide-model.ts";
import { toSwagger } from "./to-swagger.ts";

const recorded: Readonly<Record<string, Model>> = { wide, schemamodel, "deepaas-test": deepaasTest };

/** What a document of ours says otherwise than the Python server's, and why. */
const differences: readonly { readonly at: RegExp; readonly why: string }[] = [
  { at: /^~ \/info\/(description|version):/, why: "the text and the version are ours" },
  { at: /^~ \/paths\/\/v2\/models\/\/get\/description:/, why: "the text is ours" },
  { at: /Models|Version\/properties\/links|Versions\/properties\/links/, why: "lists are said to be lists" },
  { at: /(post|delete)\/responses/, why: "Swagger 2.0 demands an answer" },
  { at: /\/responses\/404\/|\/definitions\/ArgumentErrors\//, why: "the server answers so, and clients read it" },
  { at: /\/format: "(int32|float)"$/, why: "our numbers are doubles, whose integers have 53 bits" },
  { at: /TrainingList|Training\/properties\/(date|uuid|status|args|result)/, why: "as the server really answers" },
  { at: /Location\/required\/2|ModelMeta\/properties\/author/, why: "as the server really answers" },
  { at: /\/consumes\/0: "multipart\/form-data"$/, why: "Swagger 2.0 demands it of files" },
  { at: /\/str_none\/(default: null|description:)/, why: "a default has the type of its parameter" },
  {
    at: /^- .*\/parameters\/(list_list|tuple_|dict_|dict_typed|nested\w*|list_nested|body)\//,
    why: "only JSON can carry it, and beside a form that is the part `_json`; deepaas_ui fails on objects",
  },
  { at: /^\+ .*\/parameters\/_json\//, why: "where the above is said" },
  { at: /^- .*\/parameters\/cookie\/|^\+ .*\/parameters\/Cookie\//, why: "there are no cookies: their header" },
  { at: /\/meta_x\/(x-)?(example|title):/, why: "a parameter has neither" },
  { at: /\/multi_files\//, why: "a file has no items" },
  { at: /\/int_range_excl\/exclusive/, why: "it can be said, so it is" },
  { at: /\/x-schema\//, why: "what Swagger 2.0 has no words for" },
  { at: /\/list_containsonly\//, why: "JSON Schema says it of the items" },
  { at: /\/(timedelta_|ip_|enum_|enum_val|raw_|field_|constant_|time_)\//, why: "no parameter is without a type" },
  { at: /\/definitions\/(Inner|Generated\d*)\//, why: "schemas without a name are numbered" },
];

describe("against the documents of the Python server", () => {
  test.each(Object.keys(recorded))("%s differs only where we say so", async (name) => {
    const ours = toSwagger(await describeModels({ [name]: recorded[name] as Model }));
    const text = readFileSync(new URL(`../../testing/fixtures/swagger-${name}.json`, import.meta.url), "utf8");
    const theirs = JSON.parse(text) as JsonObject;
    const unexplained = swaggerDifferences(theirs, ours).filter((line) => !differences.some(({ at }) => at.test(line)));
    expect(unexplained).toEqual([]);
    expect(Object.keys(ours)).toEqual(Object.keys(theirs));
    expect(Object.keys(ours.paths as JsonObject)).toEqual(Object.keys(theirs.paths as JsonObject));
    const kept = namesOf(theirs, name).filter((one) => namesOf(ours, name).includes(one));
    expect(namesOf(ours, name).filter((one) => kept.includes(one))).toEqual(kept);
  });

  test("every reason is one of something", async () => {
    const lines: string[] = [];
    for (const [name, model] of Object.entries(recorded)) {
      const text = readFileSync(new URL(`../../testing/fixtures/swagger-${name}.json`, import.meta.url), "utf8");
      lines.push(
        ...swaggerDifferences(JSON.parse(text) as JsonObject, toSwagger(await describeModels({ [name]: model }))),
      );
    }
    expect(differences.filter(({ at }) => !lines.some((line) => at.test(line)))).toEqual([]);
  });
});

function namesOf(document: JsonObject, model: string): readonly unknown[] {
  return parametersOf(document, `/v2/models/${model}/predict/`).map(({ name }) => name);
}

function predictOf(document: JsonObject, path: string): JsonObject {
  return ((document.paths as JsonObject)[path] as JsonObject).post as JsonObject;
}

function parametersOf(document: JsonObject, path: string): readonly JsonObject[] {
  return predictOf(document, path).parameters as readonly JsonObject[];
}

describe("valid by two validators", () => {
  test("models of all kinds together, numbered", async () => {
    const everyKind = defineModel({ getPredictArgs: () => fieldsOfEveryKind, predict: () => 1 });
    const document = toSwagger(
      await describeModels({ wide, schemamodel, everyKind, "deepaas-test": deepaasTest, none: { predict: () => 1 } }),
    );
    expect(await documentFaults(document)).toEqual([]);
    expect(Object.keys(document.definitions as JsonObject)).toEqual(
      expect.arrayContaining(["Prediction", "ModelPredictionResponse", "ModelPredictionResponse1"]),
    );
  });

  test("no models, under a base path, with everything switched off", async () => {
    const off = toSwagger([], { basePath: "/a/b", trainEndpoint: false, predictEndpoint: false });
    expect(await documentFaults(off)).toEqual([]);
    expect(Object.keys(off.paths as JsonObject)).toEqual(["/a/b/v2/", "/a/b/v2/debug/", "/a/b/v2/models/", "/a/b"]);
    const models = await describeModels({ schemamodel });
    const noTrain = toSwagger(models, { trainEndpoint: false });
    expect(JSON.stringify([noTrain.paths, noTrain.definitions])).not.toMatch(/train/i);
    expect(Object.keys(toSwagger(models, { predictEndpoint: false }).paths as JsonObject)).not.toContain(
      "/v2/models/schemamodel/predict/",
    );
  });
});

describe("what clients read", () => {
  test("deepaas_ui finds the model, a type that it knows for each argument, and what is produced", async () => {
    const everyKind = defineModel({ getPredictArgs: () => fieldsOfEveryKind, predict: () => 1 });
    for (const [name, model] of Object.entries({ ...recorded, everyKind })) {
      const document = toSwagger(await describeModels({ [name]: model }), { basePath: "/base" });
      const path = Object.keys(document.paths as JsonObject).find((one) => one.endsWith("predict/"));
      expect(path).toBe(`/base/v2/models/${name}/predict/`);
      const { produces } = predictOf(document, path as string);
      expect(Array.isArray(produces) && produces.length > 0).toBe(true);
      for (const { type = "string" } of parametersOf(document, path as string)) {
        expect(["integer", "number", "boolean", "string", "array", "file"]).toContain(type);
      }
    }
    const document = toSwagger(await describeModels({ schemamodel }));
    expect(document.definitions).toMatchObject({
      ModelPredictionResponse: { properties: { label: { type: "string" } } },
    });
  });

  test("notes come after the first empty line of a description", async () => {
    const fields = { a: { type: ["integer", "string"], description: "An image.", default: 1 } } as const;
    const [model] = await describeModels({ m: { getPredictArgs: () => fields, predict: () => 1 } });
    const [a] = parametersOf(toSwagger([model as never]), "/v2/models/m/predict/");
    expect(a).toMatchObject({
      type: "string",
      default: "1",
      description: "An image.\n\nRead as integer, or else string.",
    });
  });

  test("what only JSON can carry is the body, or a part beside a form, and refers to what it is made of", async () => {
    const { tree: Node } = fieldsOfEveryKind;
    const [plain, form] = await describeModels({
      plain: { getPredictArgs: () => ({ tree: { ...Node, required: true }, n: Type.Integer() }), predict: () => 1 },
      form: { getPredictArgs: () => ({ tree: { ...Node, required: true }, file: FileField() }), predict: () => 1 },
    });
    const document = toSwagger([plain as never, form as never]);
    expect(await documentFaults(document)).toEqual([]);
    const [body, n] = parametersOf(document, "/v2/models/plain/predict/");
    expect(body).toMatchObject({ in: "body", name: "body", required: true, schema: { required: ["tree"] } });
    expect(n).toMatchObject({ in: "query", required: true, type: "integer" });
    expect(predictOf(document, "/v2/models/plain/predict/").consumes).toEqual(["application/json"]);
    const [part, file] = parametersOf(document, "/v2/models/form/predict/");
    expect(part).toMatchObject({ in: "formData", name: "_json", type: "string", required: true });
    expect(file).toMatchObject({ in: "formData", name: "file", type: "file", required: true });
    expect(document.definitions).toMatchObject({
      Node: { properties: { children: { items: { $ref: "#/definitions/Node" } } } },
    });
  });

  test("the answers to an unknown model and to invalid arguments are documented, and the version of the model", async () => {
    const model = { getMetadata: () => ({ name: "Digits", version: "1.2.0" }), predict: () => 1, train: () => 1 };
    const document = toSwagger(await describeModels({ m: model }));
    expect(await documentFaults(document)).toEqual([]);
    const paths = document.paths as Readonly<Record<string, Readonly<Record<string, JsonObject>>>>;
    const statusesOf = (path: string, method: string) => Object.keys(paths[path]?.[method]?.responses as object);
    expect(paths["/v2/models/m/"]?.get?.description).toBe("Digits, version 1.2.0.");
    for (const path of ["/v2/models/m/predict/", "/v2/models/m/train/"]) {
      expect(statusesOf(path, "post")).toEqual(expect.arrayContaining(["200", "404", "422"]));
    }
    for (const method of ["get", "delete"]) expect(statusesOf("/v2/models/m/train/{uuid}", method)).toContain("404");
  });
});
