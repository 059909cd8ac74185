import { defineModel, errorCodes, type Fields, FileField, type JsonObject, Type, withDefault } from "@deepaas/core";
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
    const withGrants = toOpenApi([], { securitySchemes, grants: true });
    expect(operationOf(withGrants, "/v2/runs/{id}/events", "get").security).toEqual([{ token: [] }, { grant: [] }]);
    for (const other of ["/v2/runs", "/v2/stats"])
      expect(operationOf(withGrants, other, "get").security).toBeUndefined();
    expect(withGrants).toMatchObject({ components: { securitySchemes: { grant: { in: "query", name: "grant" } } } });
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
    expect(templates(toOpenApi(described, { ui: true, metrics: true })).sort()).toEqual(all.sort());
    const off = toOpenApi(described, { predictEndpoint: false, trainEndpoint: false, docEndpoint: false });
    expect(templates(off).filter((one) => /predict|train|api$|static|ui$|^get \/metrics$/.test(one))).toEqual([]);
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
    const expected = { header: "header", crumb: "cookie", inQuery: "query" };
    expect(Object.fromEntries(Object.keys(expected).map((name) => [name, places.get(name)]))).toEqual(expected);
    for (const name of ["image", "pages", "grid", "tree", "pair", "inJson", "inForm"]) {
      expect([name, places.has(name)]).toEqual([name, false]);
    }
    const { content } = requestBody;
    const names = (type: string) => Object.keys(content[type]?.schema.properties ?? {});
    expect(Object.keys(content)).toEqual(["multipart/form-data"]);
    expect(names("multipart/form-data")).toEqual(expect.arrayContaining(["image", "pages", "inForm", "_json"]));
    expect(names("multipart/form-data")).not.toContain("tree");
  });

  test("an argument stands once, and a body without files is JSON", async () => {
    const fields = {
      n: withDefault(Type.Integer(), 3),
      classes: Type.Optional(Type.Array(Type.String())),
      accept: { type: "string", enum: ["image/png", "application/json"] },
    } as const;
    const form = { ...fields, file: Type.Optional(FileField()) };
    const model = (args: Fields) => ({ getPredictArgs: () => args, predict: () => 1 });
    const document = toOpenApi(await describeModels({ plain: model(fields), form: model(form) }));
    expect(await documentFaults(document)).toEqual([]);
    expect(JSON.stringify(document)).not.toContain('"*/*",');
    const bodyOf = (name: string) => {
      const { parameters, requestBody } = operationOf(document, `/v2/models/${name}/predict/`, "post");
      expect((parameters as readonly { in: string }[]).filter((one) => one.in === "query")).toEqual([]);
      return (requestBody as unknown as { content: Record<string, JsonObject> }).content;
    };
    expect(Object.keys(bodyOf("plain"))).toEqual(["application/json"]);
    const { "multipart/form-data": multipart, ...others } = bodyOf("form");
    expect(others).toEqual({});
    expect(multipart).toMatchObject({ encoding: { classes: { style: "form", explode: true } } });
    // A page would send defaults.
    expect(multipart).toMatchObject({ schema: { properties: { n: { description: "Default: 3." } } } });
    const { properties } = (multipart?.schema ?? {}) as { properties: Record<string, JsonObject> };
    expect(Object.values(properties).filter((one) => "default" in one)).toEqual([]);
  });

  test("each type of event has a name, and nothing refers to itself", () => {
    const { schemas } = toOpenApi([]).components as unknown as { schemas: Record<string, JsonObject> };
    const { oneOf, discriminator } = schemas.RunEvent as unknown as {
      oneOf: { $ref: string }[];
      discriminator: { propertyName: string; mapping: Record<string, string> };
    };
    expect(discriminator.propertyName).toBe("type");
    expect(Object.values(discriminator.mapping)).toEqual(oneOf.map(({ $ref }) => $ref));
    for (const [type, place] of Object.entries(discriminator.mapping)) {
      const name = place.split("/").at(-1) as string;
      expect(schemas[name]).toMatchObject({ properties: { type: { const: type } } });
    }
    for (const [name, schema] of Object.entries(schemas)) {
      expect(JSON.stringify(schema)).not.toContain(`"#/components/schemas/${name}"`);
    }
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
