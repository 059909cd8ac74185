import type { IncomingHttpHeaders } from "node:http";
import { get as httpGet } from "node:http";
import type { JsonObject } from "@deepaas/core";
import { toOpenApi, toSwagger } from "@deepaas/protocol";
import { describe, expect, test } from "vitest";
import { serve } from "./testing/served.ts";

const paths = ["/swagger.json", "/openapi.json", "/api", "/static/swagger/swagger-ui.css", "/static/swagger/page.js"];

test("the documents are those of the models that are served, as they are served", async () => {
  const options = { trainEndpoint: false, basePath: "/b", rawPredictions: true };
  const { get, service } = await serve({ ...options, securitySchemes: { token: { type: "http", scheme: "bearer" } } });
  const models = [await service.describe("m")];
  const openApi = (await (await get("/b/openapi.json")).json()) as JsonObject;
  const { version } = openApi.info as { readonly version: string };
  expect(version).toMatch(/^\d+\.\d+\.\d+/);
  const securitySchemes = { token: { type: "http", scheme: "bearer" } };
  expect(openApi).toEqual(JSON.parse(JSON.stringify(toOpenApi(models, { ...options, version, securitySchemes }))));
  const swagger = await get("/b/swagger.json");
  expect(swagger.headers.get("content-type")).toBe("application/json; charset=utf-8");
  expect(await swagger.json()).toEqual(
    JSON.parse(JSON.stringify(toSwagger(models, { ...options, version, securitySchemes }))),
  );
});

describe("conditional GET", () => {
  test.each(paths)("%s", async (path) => {
    const { get } = await serve();
    const first = await get(path);
    const tag = first.headers.get("etag") ?? "";
    expect([first.status, tag]).toEqual([200, expect.stringMatching(/^"[\w-]{20,}"$/)]);
    expect((await first.text()).length).toBeGreaterThan(0);
    const again = await get(path, { headers: { "If-None-Match": `"other", ${tag}` } });
    expect([again.status, again.headers.get("etag"), await again.text()]).toEqual([304, tag, ""]);
    expect((await get(path, { headers: { "If-None-Match": '"other"' } })).status).toBe(200);
    const head = await get(path, { method: "HEAD" });
    expect([head.status, head.headers.get("etag"), await head.text()]).toEqual([200, tag, ""]);
  });

  test("another set of models is another document", async () => {
    const one = await (await serve()).get("/openapi.json");
    const two = await (await serve({}, { other: { predict: () => 1 } })).get("/openapi.json");
    expect(one.headers.get("etag")).not.toBe(two.headers.get("etag"));
  });
});

describe("the page", () => {
  test("holds no script of its own, and its policy allows nothing from elsewhere", async () => {
    const { get } = await serve({ basePath: "/a/b" });
    const page = await get("/a/b/api");
    const policy = page.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'self'; script-src 'self'; style-src 'self';");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    const html = await page.text();
    expect(html).not.toMatch(/<script(?! src=)|<style|\son\w+=|style=/);
    const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link as string);
    expect(links.length).toBeGreaterThan(4);
    for (const link of links) expect([link, (await get(link)).status]).toEqual([link, 200]);
  });

  test("its parts are compressed for whoever takes that", async () => {
    const { port } = await serve();
    const plain = await ask(port, "identity");
    const zipped = await ask(port, "gzip");
    expect(plain.headers["content-encoding"]).toBeUndefined();
    expect(zipped.headers).toMatchObject({ "content-encoding": "gzip", vary: "Accept-Encoding" });
    expect(zipped.bytes).toBeLessThan(plain.bytes / 3);
    expect(zipped.headers.etag).not.toBe(plain.headers.etag);
  });

  test.each([
    "index.html",
    "swagger-initializer.js",
    "package.json",
    "..%2fpackage.json",
    "__proto__",
    "constructor",
    "",
  ])("there is no part %j", async (name) => {
    const { get } = await serve();
    expect((await get(`/static/swagger/${name}`)).status).toBe(404);
  });
});

function ask(
  port: number,
  encoding: string,
): Promise<{ readonly headers: IncomingHttpHeaders; readonly bytes: number }> {
  const options = { port, path: "/static/swagger/swagger-ui-bundle.js", headers: { "Accept-Encoding": encoding } };
  return new Promise((resolve, reject) => {
    httpGet(options, (response) => {
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.once("end", () => resolve({ headers: response.headers, bytes }));
    }).once("error", reject);
  });
}
