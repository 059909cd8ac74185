import { createServer as createHttpServer } from "node:http";
import { createHost, DeepaasError } from "@deepaas/core";
import Koa from "koa";
import { describe, expect, test } from "vitest";
import { rest } from "./rest.ts";
import { echoModel } from "./testing/echo-model.ts";
import { listening, multipart, sendRaw, serve, serveService } from "./testing/served.ts";

const plain = async (response: Response) => [
  response.status,
  response.headers.get("content-type"),
  await response.text(),
];

describe("discovery", () => {
  test("the versions, the version, the list and a model have the bodies of the original", async () => {
    const { get } = await serve();
    const version = { version: "stable", id: "v2", links: [{ rel: "self", type: "application/json", href: "/v2/" }] };
    const root = await get("/");
    expect(root.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(await root.json()).toEqual({
      versions: [version],
      links: [
        { rel: "help", type: "text/html", href: "/api" },
        { rel: "describedby", type: "application/json", href: "/swagger.json" },
      ],
    });
    expect(await (await get("/v2/")).json()).toEqual(version);
    const model = {
      id: "m",
      name: "Echo",
      links: [{ rel: "self", href: "/v2/models/m" }],
      description: "It says <what> it got.",
      license: "MIT",
    };
    expect(await (await get("/v2/models/")).json()).toEqual({ models: [model] });
    expect(await (await get("/v2/models/m/")).json()).toEqual(model);
  });

  test("our own shapes come to those who accept them", async () => {
    const { get, service } = await serve();
    const headers = { Accept: "application/vnd.deepaas+json" };
    const list = await get("/v2/models/", { headers });
    expect(list.headers.get("content-type")).toBe("application/vnd.deepaas+json");
    expect(await list.json()).toEqual(await service.models());
    expect(await (await get("/v2/models/m/", { headers })).json()).toMatchObject({ servedAs: "m" });
    expect(await (await get("/v2/models/m/schema")).json()).toEqual(await service.describe("m"));
  });

  test("/ui leads to the page", async () => {
    const { get } = await serve();
    expect(await plain(await get("/ui"))).toEqual([302, "text/plain; charset=utf-8", "302: Found"]);
    expect((await get("/ui")).headers.get("location")).toBe("/api");
  });

  test("health: alive, ready, and not ready once closing", async () => {
    const service = await createHost({ models: { m: { predict: () => 1 } } });
    const { get } = await serveService(service, {});
    expect(await (await get("/health/live")).json()).toEqual({ status: "live" });
    expect(await (await get("/health/ready")).json()).toEqual({ status: "ready", reasons: [] });
    await service.close();
    const closing = await get("/health/ready");
    expect([closing.status, closing.headers.get("retry-after")]).toEqual([503, "1"]);
    const refused = await get("/v2/models/");
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
  });

  test("the stats of the service, which no cache keeps", async () => {
    const service = await createHost({ models: { m: { predict: () => 1 } } });
    const { get } = await serveService(service, {});
    await service.predict("m", {});
    const answer = await get("/v2/stats");
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([200, "no-store"]);
    expect(await answer.json()).toMatchObject({
      status: { state: "ready", reasons: [] },
      models: [{ model: "m", waiting: 0, running: 0, calls: 1, failed: 0 }],
      workers: [],
      store: { kind: "memory" },
    });
    await service.close();
    expect((await get("/v2/stats")).status).toBe(503);
  });

  test("the debug route is empty unless something is to be said", async () => {
    expect((await (await serve()).get("/v2/debug/")).status).toBe(204);
    const { get } = await serve({ debugOutput: () => "worker said hello" });
    expect(await plain(await get("/v2/debug/"))).toEqual([200, "text/plain; charset=utf-8", "worker said hello"]);
  });
});

test("/metrics has what the option returns, in the text format of Prometheus, and is not there without it", async () => {
  const unserved = await serve();
  expect((await unserved.get("/metrics")).status).toBe(404);
  const { get } = await serve({ metrics: async () => "# HELP a\n# TYPE a gauge\na 1\n", gzipFromBytes: 10 });
  const answer = await get("/metrics", { headers: { "Accept-Encoding": "gzip" } });
  expect(await plain(answer)).toEqual([
    200,
    "text/plain; version=0.0.4; charset=utf-8",
    "# HELP a\n# TYPE a gauge\na 1\n",
  ]);
  expect([answer.headers.get("content-encoding"), answer.headers.get("cache-control")]).toEqual(["gzip", "no-store"]);
  const pathsOf = async (server: typeof unserved) =>
    Object.keys(((await (await server.get("/openapi.json")).json()) as { paths: object }).paths);
  expect(await pathsOf(unserved)).not.toContain("/metrics");
  const failing = await serve({ metrics: () => Promise.reject(new DeepaasError("unavailable", "It is closing.")) });
  expect((await failing.get("/metrics")).status).toBe(503);
  expect(await pathsOf(failing)).toContain("/metrics");
});

describe("slashes", () => {
  test.each([
    ["GET", "/v2", "/v2/"],
    ["GET", "/v2?x=1&y=%2F", "/v2/?x=1&y=%2F"],
    ["HEAD", "/v2/models", "/v2/models/"],
    ["GET", "//v2//models/", "/v2/models/"],
    ["GET", "///v2/models/m", "/v2/models/m/"],
    ["GET", "//", "/"],
    ["POST", "/v2/models/m/predict?s=1", "/v2/models/m/predict/?s=1"],
    ["GET", "/v2/models/m/train", "/v2/models/m/train/"],
  ])("%s %s is sent on to %s", async (method, path, to) => {
    const { port } = await serve();
    const answer = await sendRaw(port, `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    expect([answer.status, /location: (.*)/i.exec(answer.head)?.[1]]).toEqual([308, to]);
  });

  test.each(["/v2/models/nope", "/v2/models/nope/train", "//v2/models/nope/"])(
    "%s of no model leads nowhere",
    async (path) => {
      const { port } = await serve();
      const answer = await sendRaw(port, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
      expect([answer.status, answer.body]).toEqual([404, "404: Not Found"]);
      expect(answer.head).toMatch(/nosniff/i);
    },
  );

  test("a redirected upload arrives whole", async () => {
    const { base } = await serve({ rawPredictions: true });
    // As bytes: the fetch of Node sends a FormData with another boundary the second time.
    const body = new Blob([multipart({ head: 'name="file"; filename="f"', content: "x".repeat(300_000) })]);
    const headers = { "Content-Type": "multipart/form-data; boundary=XX" };
    const response = await fetch(`${base}/v2/models/m/predict?s=1`, { method: "POST", body, headers });
    expect(await response.json()).toMatchObject({ predictions: { s: "1", file: { size: 300_000 } } });
  });

  test.each([
    ["GET", "/v2/models/m/predict"],
    ["POST", "/v2/models"],
    ["GET", "/api/"],
    ["GET", "/ui/"],
    ["GET", "//evil.example/v2"],
  ])("%s %s is not found", async (method, path) => {
    const { port } = await serve();
    const answer = await sendRaw(port, `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    expect([answer.status, answer.body]).toEqual([404, "404: Not Found"]);
  });
});

describe("methods", () => {
  test.each([
    ["POST", "/", "GET,HEAD,OPTIONS"],
    ["DELETE", "/v2/models/m/", "GET,HEAD,OPTIONS"],
    ["GET", "/v2/models/m/predict/", "OPTIONS,POST"],
    ["PUT", "/v2/models/m/train/", "GET,HEAD,OPTIONS,POST"],
    ["POST", "/v2/models/m/train/x", "DELETE,GET,HEAD,OPTIONS,PUT"],
  ])("%s %s is not allowed, and what is", async (method, path, allow) => {
    const { get } = await serve();
    const response = await get(path, { method });
    expect([...(await plain(response)), response.headers.get("allow")]).toEqual([
      405,
      "text/plain; charset=utf-8",
      "405: Method Not Allowed",
      allow,
    ]);
  });

  test("OPTIONS is answered, and unknown paths have none", async () => {
    const { get } = await serve();
    const response = await get("/v2/models/m/predict/", { method: "OPTIONS" });
    expect([response.status, response.headers.get("allow")]).toEqual([204, "OPTIONS,POST"]);
    expect((await get("/nope", { method: "OPTIONS" })).status).toBe(404);
  });

  test.each([
    "/",
    "/v2/",
    "/v2/models/",
    "/v2/models/m/",
    "/v2/models/m/schema",
    "/v2/models/m/train/",
    "/v2/runs",
    "/api",
    "/static/swagger/page.js",
    "/swagger.json",
    "/openapi.json",
    "/health/ready",
  ])("HEAD %s is GET without its body", async (path) => {
    const { get } = await serve();
    // What fetch decompresses is longer than its Content-Length.
    const headers = { "Accept-Encoding": "identity" };
    const [head, whole] = [await get(path, { method: "HEAD", headers }), await get(path, { headers })];
    expect(head.status).toBe(200);
    expect(head.headers.get("content-length")).toBe(String((await whole.arrayBuffer()).byteLength));
    expect(await head.text()).toBe("");
  });
});

describe("what is not there", () => {
  test.each([
    "/nope",
    "/v1/",
    "/v2/nope",
    "/v2/models/nope/",
    "/v2/models/..%2f..%2fetc/",
    "/v2/models/%00/",
    "/v2/models/%c0%af/",
    "/v2/models/%/",
    "/v2/models/m/train/nope",
    "/v2/models/m/train/a%2Fb",
    "/v2/runs/..%2F",
    "/v2/runs/x/artifacts/..%2F..%2Fetc%2Fpasswd",
    "/v2/runs/__proto__",
    "/v2/models/__proto__/",
    "/v2/models/constructor/",
  ])("%s", async (path) => {
    const { port, errors } = await serve();
    const answer = await sendRaw(port, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    expect([answer.status, answer.body]).toEqual([404, "404: Not Found"]);
    expect(answer.head).toMatch(/x-content-type-options: nosniff/i);
    expect(errors).toEqual([]);
  });
});

describe("options", () => {
  test("under a base path everything has it, and nothing is outside", async () => {
    const { get } = await serve({ basePath: "/custom/base/" });
    const root = (await (await get("/custom/base")).json()) as { links: { href: string }[] };
    expect(root.links.map(({ href }) => href)).toEqual(["/custom/base/api", "/custom/base/swagger.json"]);
    expect((await get("/custom/base/v2")).headers.get("location")).toBe("/custom/base/v2/");
    expect(await (await get("/custom/base/v2/models/m/")).json()).toMatchObject({
      links: [{ href: "/custom/base/v2/models/m" }],
    });
    expect((await get("/custom/base/ui")).headers.get("location")).toBe("/custom/base/api");
    for (const path of ["/", "/custom", "/custom/", "/custom/base/", "/v2/", "/custom/v2/"])
      expect([path, (await get(path)).status]).toEqual([path, 404]);
  });

  test("endpoints that are switched off are 402, and only they", async () => {
    const { get, predict } = await serve({ predictEndpoint: false, trainEndpoint: false });
    const paid = [402, "text/plain; charset=utf-8", "402: Payment Required"];
    expect(await plain(await predict({}))).toEqual(paid);
    expect(await plain(await get("/v2/models/m/train/"))).toEqual(paid);
    expect(await plain(await get("/v2/models/m/train/", { method: "POST" }))).toEqual(paid);
    for (const method of ["GET", "PUT", "DELETE"])
      expect(await plain(await get("/v2/models/m/train/x", { method }))).toEqual(paid);
    expect((await get("/v2/models/m/predict/")).status).toBe(405);
    expect((await get("/v2/models/m/")).status).toBe(200);
  });

  test("without the page there is no link to it either", async () => {
    const { get } = await serve({ docEndpoint: false });
    expect([(await get("/api")).status, (await get("/ui")).status]).toEqual([404, 404]);
    expect((await get("/static/swagger/swagger-ui.css")).status).toBe(404);
    expect((await get("/swagger.json")).status).toBe(200);
    expect(((await (await get("/")).json()) as { links: unknown[] }).links).toHaveLength(1);
  });

  test.each([
    { nope: 1 },
    { basePath: "v2" },
    { basePath: "/a/../b%" },
    { maxBodyBytes: -1 },
    { maxFiles: 1.5 },
    { trainEndpoint: "no" },
    { securitySchemes: [] },
    { debugOutput: "text" },
    { metrics: "text" },
  ])("%j is refused", async (options) => {
    const service = await createHost({ models: { m: { predict: () => 1 } } });
    expect(() => rest(service, options as object)).toThrow(TypeError);
    await service.close();
  });

  test("the server's own options reach it, and unknown ones are refused", async () => {
    const { server } = await serve({ headersTimeoutMs: 5_000, requestTimeoutMs: 6_000, keepAliveMs: 7_000 });
    expect([server.headersTimeout, server.requestTimeout, server.keepAliveTimeout]).toEqual([5_000, 6_000, 7_000]);
    const { port } = await serve({ maxHeaderBytes: 1_000 });
    expect(await sendRaw(port, `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(1_000)}\r\n\r\n`)).toMatchObject({
      status: 431,
    });
    await expect(serve({ port: 1 } as object)).rejects.toThrow(/no option "port"/);
    await expect(serve({ keepAliveMs: -1 })).rejects.toThrow(/keepAliveMs/);
  });
});

describe("in an app that exists already", () => {
  async function app(basePath = "") {
    const service = await createHost({ models: { m: { predict: () => 1 } } });
    const koa = new Koa();
    koa.silent = true;
    koa.use(rest(service, { basePath }));
    koa.use((ctx) => {
      if (ctx.path === "/boom") throw new Error("the app's own");
      if (ctx.path === "/mine" || (ctx.path === "/" && ctx.method === "POST")) ctx.body = "the app's";
    });
    const handle = koa.callback();
    const port = await listening(createHttpServer((req, res) => void handle(req, res)));
    return async (path: string, method = "GET") => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, redirect: "manual" });
      return [response.status, await response.text()];
    };
  }

  test("other paths, other methods of shared paths, and other errors are the app's", async () => {
    const ask = await app();
    expect(await ask("/mine")).toEqual([200, "the app's"]);
    expect(await ask("/", "POST")).toEqual([200, "the app's"]);
    expect(await ask("/", "DELETE")).toEqual([405, "405: Method Not Allowed"]);
    expect(await ask("/boom")).toEqual([500, "Internal Server Error"]);
    expect(await ask("/nope")).toEqual([404, "Not Found"]);
    expect(await ask("/v2/nope")).toEqual([404, "404: Not Found"]);
  });

  test("a watcher that leaves is no error of the app", async () => {
    const service = await createHost({ models: { m: echoModel } });
    const koa = new Koa();
    const errors: unknown[] = [];
    koa.on("error", (error) => errors.push(error));
    koa.use(rest(service));
    const handle = koa.callback();
    const port = await listening(createHttpServer((req, res) => void handle(req, res)));
    const run = await service.train("m", { mode: "wait" });
    const leave = new AbortController();
    const events = await fetch(`http://127.0.0.1:${port}/v2/runs/${run.id}/events`, {
      headers: { Accept: "text/event-stream" },
      signal: leave.signal,
    });
    await events.body?.getReader().read();
    leave.abort();
    await service.close();
    expect(errors).toEqual([]);
  });

  test("below a base path, the rest of the paths are the app's", async () => {
    const ask = await app("/models");
    expect((await ask("/models/v2/"))[0]).toBe(200);
    expect(await ask("/v2/")).toEqual([404, "Not Found"]);
    expect(await ask("/models/v2/nope")).toEqual([404, "404: Not Found"]);
  });
});
