// What a web page can make a browser send to a server on loopback (the rules: `accessRule` of `@deepaas/protocol/node`).
import { createHost, defineModel } from "@deepaas/core";
import { describe, expect, test } from "vitest";
import { createServer } from "./create-server.ts";
import { rest } from "./rest.ts";
import { sendRaw, serve } from "./testing/served.ts";

const trainer = defineModel({ train: () => "done" });
const crossSite = { Origin: "http://evil.example", "Sec-Fetch-Site": "cross-site" };

describe("a page of another origin", () => {
  test.each([
    ["POST", "/v2/models/m/predict/?s=x"],
    ["POST", "/v2/models/t/train/"],
    ["PUT", "/v2/models/t/train/mine"],
    ["DELETE", "/v2/models/t/train/mine"],
    ["POST", "/v2/runs/mine/cancel"],
    ["DELETE", "/v2/runs/mine"],
  ])("cannot %s %s", async (method, path) => {
    const { get, service } = await serve({}, { t: trainer });
    for (const headers of [crossSite, { Origin: "null" }, { "Sec-Fetch-Site": "cross-site" }]) {
      const response = await get(path, { method, headers });
      expect([response.status, await response.text()]).toEqual([
        403,
        "403: Origin not allowed. The option origins lists the allowed ones.",
      ]);
    }
    expect((await service.runs()).items).toEqual([]);
  });

  test("cannot start a training with a form", async () => {
    const { get, service } = await serve({}, { t: trainer });
    const body = new URLSearchParams({ epochs: "1" });
    const response = await get("/v2/models/t/train/", { method: "POST", headers: crossSite, body });
    expect(response.status).toBe(403);
    expect((await service.runs()).items).toEqual([]);
  });

  test("gets problem details if it accepts them", async () => {
    const { get } = await serve();
    const headers = { ...crossSite, Accept: "application/problem+json" };
    const response = await get("/v2/models/m/predict/?s=x", { method: "POST", headers });
    expect([response.status, await response.json()]).toMatchObject([403, { code: "permission_denied", status: 403 }]);
  });

  test("can call if it is listed, and then read the response", async () => {
    const { get } = await serve({ origins: ["http://evil.example"] });
    const response = await get("/v2/models/m/predict/?s=x", { method: "POST", headers: crossSite });
    expect([response.status, response.headers.get("access-control-allow-origin")]).toEqual([
      200,
      "http://evil.example",
    ]);
  });
});

test("a page of the server itself can call", async () => {
  const { get, base } = await serve();
  const headers = { Origin: base, "Sec-Fetch-Site": "same-origin" };
  expect((await get("/v2/models/m/predict/?s=x", { method: "POST", headers })).status).toBe(200);
});

test("a refused request is answered before its body arrives", async () => {
  const { port } = await serve();
  const head = `POST /v2/models/m/predict/ HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nOrigin: http://evil.example\r\n`;
  const { status } = await sendRaw(port, `${head}Connection: close\r\nContent-Length: 1000000\r\n\r\n{`);
  expect(status).toBe(403);
});

describe("DNS rebinding", () => {
  const ask = async (port: number, host: string, method = "GET") =>
    (await sendRaw(port, `${method} /v2/models/ HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)).status;

  test("reads nothing on loopback", async () => {
    const { port } = await serve();
    expect(await ask(port, "evil.example")).toBe(403);
    expect(await ask(port, `localhost:${port}`)).toBe(200);
  });

  test("a second Host header is 400", async () => {
    const { port } = await serve();
    expect(await ask(port, `127.0.0.1:${port}\r\nHost: evil.example`)).toBe(400);
  });

  test("allowedHosts lists the names of the server", async () => {
    const { port } = await serve({ allowedHosts: ["ml.example"] });
    expect(await ask(port, "ml.example")).toBe(200);
    expect(await ask(port, "localhost")).toBe(403);
  });
});

describe("behind a trusted proxy", () => {
  const headers = { "X-Forwarded-Host": "ml.example", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/ml" };

  test("links, redirects and documents have its prefix", async () => {
    const { get } = await serve({ trustProxy: ["127.0.0.1"], basePath: "/v" });
    const json = async (path: string) => (await (await get(path, { headers })).json()) as { paths: object };
    expect(JSON.stringify(await json("/v/v2/models/m/"))).toContain('"href":"/ml/v/v2/models/m"');
    expect(Object.keys((await json("/v/openapi.json")).paths)).toContain("/ml/v/v2/models/m/predict/");
    const redirect = await get("/v/v2/models/m", { headers, redirect: "manual" });
    expect([redirect.status, redirect.headers.get("location")]).toEqual([308, "/ml/v/v2/models/m/"]);
    expect(await (await get("/v/api", { headers })).text()).toContain('src="/ml/v/static/swagger/page.js"');
  });

  test("its page can call; without trustProxy it cannot", async () => {
    const page = { method: "POST", headers: { ...headers, Origin: "https://ml.example" } };
    const trusting = await serve({ trustProxy: ["127.0.0.1"] });
    expect((await trusting.get("/v2/models/m/predict/?s=x", page)).status).toBe(200);
    const other = await serve();
    expect((await other.get("/v2/models/m/predict/?s=x", page)).status).toBe(403);
    expect(await (await other.get("/v2/models/m/", page)).text()).not.toContain("/ml");
  });
});

test("rest and createServer without a host say what they need", async () => {
  const host = createHost({ models: { m: { predict: () => 1 } } });
  for (const [make, name] of [
    [rest, "rest"],
    [createServer, "createServer"],
  ] as const) {
    expect(() => make({ basePath: "/a" } as never)).toThrow(`${name}: the first argument must be a host`);
    expect(() => make(undefined as never)).toThrow(`${name}: the first argument must be a host`);
    expect(() => make(host as never)).toThrow(`${name}: the host is a promise: await createHost`);
  }
  await (await host).close();
});
