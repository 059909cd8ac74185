import { defineModel, errorCodes, type JsonObject } from "@deepaas/core";
import { describe, expect, test } from "vitest";
import { errorCodeTable } from "../../error-codes.ts";
import { titleOf } from "../../problem-details.ts";
import { routes } from "../../routes.ts";
import { describeModels } from "../../testing/describe-models.ts";
import { documentFaults } from "../../testing/document-faults.ts";
import { fieldsOfEveryKind } from "../../testing/every-kind.ts";
import { deepaasTest, schemamodel, wide } from "../../testing/wide-model.ts";
import { toOpenApi } from "./to-openapi.ts";

const everyKind = defineModel({
  getPredictArgs: () => fieldsOfEveryKind,
  getTrainArgs: () => fieldsOfEveryKind,
  predict: () => 1,
  train: () => null,
  async *predictStream() {
    yield 1;
  },
});
const none = { predict: () => 1 };

const models = { wide, schemamodel, "deepaas-test": deepaasTest, everyKind, none };

describe("valid by two validators", () => {
  test.each(Object.entries(models))("%s", async (name, model) => {
    const faults = await documentFaults(toOpenApi(await describeModels({ [name]: model })));
    // The author's own example is shorter than the author allows, as in the recorded model.
    expect(
      faults.filter((fault) => !(name === "wide" && fault.endsWith("must NOT have fewer than 9 characters."))),
    ).toEqual([]);
  });

  test("all together, under a base path, with security", async () => {
    const securitySchemes = { token: { type: "http", scheme: "bearer" } };
    const { wide: _wide, ...others } = models;
    const document = toOpenApi(await describeModels(others), { basePath: "/a/b", securitySchemes });
    expect(await documentFaults(document)).toEqual([]);
    expect(Object.keys(pathsOf(document)).every((path) => path.startsWith("/a/b"))).toBe(true);
    expect(document.security).toEqual([{ token: [] }]);
    expect(answersOf(document, "/a/b/v2/runs", "get")).toEqual(expect.arrayContaining(["401", "403"]));
    expect(operationOf(document, "/a/b/health/live", "get").security).toEqual([]);
    expect(toOpenApi([]).security).toBeUndefined();
    expect(answersOf(toOpenApi([]), "/v2/runs", "get")).not.toContain("401");
  });

  test("each of them finds what is planted", async () => {
    const document = toOpenApi(await describeModels({ none }));
    const broken = { ...document, info: {} };
    const faults = await documentFaults(broken);
    expect(faults.some((fault) => fault.startsWith("schema validator"))).toBe(true);
    expect(faults.some((fault) => fault.startsWith("struct at #/info"))).toBe(true);
  });
});

describe("what it says", () => {
  test("every route of the table, and nothing of what is switched off", async () => {
    const described = await describeModels({ none });
    const templates = (document: JsonObject) =>
      Object.entries(pathsOf(document)).flatMap(([path, item]) =>
        Object.keys(item).map((method) => `${method} ${path.replace("/none/", "/{model}/")}`),
      );
    const all = Object.values(routes).map(({ method, path }) => `${method.toLowerCase()} ${path}`);
    expect(templates(toOpenApi(described)).sort()).toEqual(all.sort());
    const off = toOpenApi(described, { predictEndpoint: false, trainEndpoint: false, docEndpoint: false });
    expect(templates(off).filter((one) => /predict|train|api$|static|ui$/.test(one))).toEqual([]);
  });

  test("every code of the table has its status, text and problem details", () => {
    const { responses } = toOpenApi([]).components as { responses: Record<string, { content: object }> };
    for (const code of errorCodes) {
      const name = titleOf(errorCodeTable[code].http).replaceAll(" ", "");
      expect(JSON.stringify(responses[name])).toContain(JSON.stringify(code));
      expect(Object.keys(responses[name]?.content ?? {})).toEqual(
        expect.arrayContaining(["text/plain", "application/problem+json"]),
      );
    }
    expect(Object.keys(responses.UnprocessableContent?.content ?? {})).toContain("application/json");
  });

  test("an argument is where the server looks for it", async () => {
    const document = toOpenApi(await describeModels({ everyKind }));
    const { parameters, requestBody } = operationOf(document, "/v2/models/everyKind/predict/", "post") as unknown as {
      parameters: { in: string; name: string }[];
      requestBody: { content: Record<string, { schema: { properties?: object; required?: string[] } }> };
    };
    const places = new Map(parameters.map((one) => [one.name, one.in]));
    const expected = { top: "query", header: "header", crumb: "cookie", inQuery: "query" };
    expect(Object.fromEntries(Object.keys(expected).map((name) => [name, places.get(name)]))).toEqual(expected);
    for (const name of ["image", "pages", "grid", "tree", "pair", "inJson", "inForm"]) {
      expect([name, places.has(name)]).toEqual([name, false]);
    }
    const { content } = requestBody;
    const names = (type: string) => Object.keys(content[type]?.schema.properties ?? {});
    expect(Object.keys(content)).toEqual([
      "application/json",
      "application/x-www-form-urlencoded",
      "multipart/form-data",
    ]);
    expect(names("application/json")).toEqual(expect.arrayContaining(["tree", "pair", "inJson", "top"]));
    expect(names("application/json")).not.toEqual(expect.arrayContaining(["image"]));
    expect(names("multipart/form-data")).toEqual(expect.arrayContaining(["image", "pages", "inForm", "_json"]));
    expect(names("multipart/form-data")).not.toContain("tree");
  });

  test("what a file or a JSON value is required for is required where it can be given", async () => {
    const document = toOpenApi(await describeModels({ "deepaas-test": deepaasTest }));
    const { requestBody } = operationOf(document, "/v2/models/deepaas-test/predict/", "post");
    expect(requestBody).toMatchObject({ required: true });
    const { content } = requestBody as unknown as { content: Record<string, { schema: object }> };
    expect(Object.keys(content)).toEqual(["multipart/form-data"]);
    expect(content["multipart/form-data"]?.schema).toMatchObject({
      required: ["data"],
      anyOf: [{ required: ["parameter"] }, { required: ["_json"] }],
    });
  });

  test("what predict answers: the schema or a string, what `accept` offers, our shape, a stream", async () => {
    const document = toOpenApi(await describeModels({ schemamodel, everyKind }));
    const types = (model: string) => {
      const { responses } = operationOf(document, `/v2/models/${model}/predict/`, "post");
      return (responses as unknown as Record<string, { content: Record<string, { schema: object }> }>)["200"]?.content;
    };
    expect(types("schemamodel")).toMatchObject({
      "application/json": { schema: { $ref: "#/components/schemas/schemamodel.response" } },
      "application/vnd.deepaas+json": {},
      "image/png": {},
      "audio/*": {},
    });
    expect(types("everyKind")).toMatchObject({
      "application/json": { schema: { properties: { predictions: { type: "string" } } } },
      "text/event-stream": {},
    });
  });
});

type Paths = Readonly<Record<string, Readonly<Record<string, JsonObject>>>>;

function pathsOf(document: JsonObject): Paths {
  return document.paths as unknown as Paths;
}

function operationOf(document: JsonObject, path: string, method: string): JsonObject {
  return pathsOf(document)[path]?.[method] as JsonObject;
}

function answersOf(document: JsonObject, path: string, method: string): readonly string[] {
  return Object.keys(operationOf(document, path, method).responses as JsonObject);
}
