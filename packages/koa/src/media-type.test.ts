import { defineModel, modelFile, Type } from "@deepaas/core";
import { describe, expect, test } from "vitest";
import { sendRaw, serve } from "./testing/served.ts";

const json = "application/json; charset=utf-8";
const text = "text/plain; charset=utf-8";

describe("the media type", () => {
  const types = ["image/png", "text/plain", "application/json"];
  const drawing = defineModel({
    getPredictArgs: () => ({
      accept: Type.Enum(types as ["image/png", "text/plain", "application/json"]),
      nothing: Type.Optional(Type.Boolean()),
    }),
    predict: ({ accept, nothing }) =>
      nothing
        ? null
        : accept === "application/json"
          ? { a: 1 }
          : modelFile(new TextEncoder().encode(accept), {
              contentType: accept === ("*/*" as string) ? "image/png" : accept,
            }),
  });
  const ask = async (accept: string | undefined, query = "") => {
    const { port } = await serve({}, { draw: drawing });
    const lines = [
      `POST /v2/models/draw/predict/${query} HTTP/1.1`,
      "Host: localhost",
      "Connection: close",
      ...(accept === undefined ? [] : [`Accept: ${accept}`]),
    ];
    const { status, head, body } = await sendRaw(port, `${lines.join("\r\n")}\r\n\r\n`);
    return [status, /content-type: (.*)/i.exec(head)?.[1], body];
  };

  test.each([
    [undefined, "image/png"],
    ["*/*", "image/png"],
    ["text/plain", "text/plain"],
    ["image/*", "image/png"],
    ["text/plain; charset=utf-8", "text/plain"],
    ["*/*, text/plain", "text/plain"],
    ["IMAGE/PNG;q=0.5, text/*;q=0.4", "image/png"],
    ["text/html, text/*;q=0.8", "text/plain"],
    ["image/png;q=0.1, text/plain;q=0.9", "text/plain"],
    ["image/png;q=0, */*;q=0.1", "text/plain"],
    ["text/html,application/xhtml+xml,*/*;q=0.8", "image/png"],
  ])("Accept: %s gives %s", async (accept, type) => {
    expect(await ask(accept)).toEqual([200, type, type]);
  });

  test("none that the client takes is 406", async () => {
    expect(await ask("audio/wav")).toEqual([
      406,
      text,
      "406: The model answers image/png, text/plain, application/json",
    ]);
  });

  test("the caller's argument wins over the header, and is checked", async () => {
    expect(await ask("image/png", "?accept=text/plain")).toEqual([200, "text/plain", "text/plain"]);
    expect(await ask("image/png", "?accept=x/y")).toEqual([
      422,
      "application/json",
      '{"accept":["Must be one of: image/png, text/plain, application/json."]}',
    ]);
  });

  test("located in headers, only the header chooses", async () => {
    const located = defineModel({
      getPredictArgs: () => ({ accept: { enum: ["image/png", "text/plain"], location: "headers" } }),
      predict: (args: { accept: unknown }) =>
        modelFile(new TextEncoder().encode(String(args.accept)), { contentType: "text/plain" }),
    });
    const { get } = await serve({}, { located });
    const askFor = async (accept: string, query = "") =>
      (await get(`/v2/models/located/predict/${query}`, { method: "POST", headers: { Accept: accept } })).text();
    expect(await askFor("text/plain, image/*;q=0.5")).toBe("text/plain");
    expect(await askFor("*/*")).toBe("*/*");
    expect(await askFor("image/png", "?accept=text/plain")).toBe("image/png");
    expect(await askFor("x/y")).toMatch(/^406: /);
  });

  test("a range of the model's own is the type of what has none", async () => {
    const bare = defineModel({
      getPredictArgs: () => ({ accept: { enum: ["audio/*"] } }),
      predict: () => new Uint8Array([1]),
    });
    const { get } = await serve({}, { bare });
    const response = await get("/v2/models/bare/predict/?accept=audio/*", { method: "POST" });
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "audio/*"]);
  });

  test("a response schema is only for JSON, and JSON is only what it describes", async () => {
    const strict = defineModel({
      schema: { label: Type.String() },
      getPredictArgs: () => ({ accept: { enum: ["application/json", "image/png"] }, empty: Type.Boolean() }),
      predict: ({ empty }): never => (empty ? null : new Uint8Array([1])) as never,
    });
    const { get } = await serve({}, { strict });
    const ask = async (query: string) => {
      const response = await get(`/v2/models/strict/predict/?${query}`, { method: "POST" });
      return [response.status, response.headers.get("content-type"), await response.text()];
    };
    expect(await ask("accept=image/png&empty=1")).toEqual([200, "image/png", ""]);
    expect(await ask("accept=image/png&empty=0")).toEqual([200, "image/png", "\x01"]);
    const invalid = [500, text, "500: ERROR validating model response, check server logs."];
    expect(await ask("accept=application/json&empty=1")).toEqual(invalid);
    expect(await ask("accept=application/json&empty=0")).toEqual(invalid);
  });

  test("JSON is wrapped as ever; nothing at all is an empty body of the type", async () => {
    expect(await ask("application/json")).toEqual([200, json, '{"status":"OK","predictions":"{\\"a\\":1}"}']);
    expect(await ask("text/plain", "?nothing=1")).toEqual([200, "text/plain", ""]);
  });
});
