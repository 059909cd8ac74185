// Who calls is known before anything else happens: for every route of the table, on both paths.
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { connect } from "node:net";
import { createHost, DeepaasError, type JsonObject } from "@deepaas/core";
import { accessLog, routes } from "@deepaas/protocol";
import type { Authenticate } from "@deepaas/protocol/node";
import Koa from "koa";
import { describe, expect, test } from "vitest";
import { rest } from "./rest.ts";
import { accessOfRoute, ada, asAda, byToken, goodToken, pathOf, routeNames, serveGuarded } from "./testing/guarded.ts";
import { listening, sendRaw, serve } from "./testing/served.ts";

const guardedRoutes = routeNames.filter((name) => accessOfRoute(name) === undefined || accessOfRoute(name) === "admin");
const openRoutes = routeNames.filter((name) => accessOfRoute(name) === "open");
const json = { "Content-Type": "application/json" };

describe("a route for callers", () => {
  test.each(guardedRoutes)("%s", async (name) => {
    const { get, calls, runId } = await serveGuarded({ debugOutput: () => "output" });
    const { method } = routes[name];
    const path = pathOf(name, runId);
    const body = method === "POST" || method === "PUT" ? { body: "{}" } : {};
    const send = (headers: Record<string, string>) => get(path, { method, headers: { ...json, ...headers }, ...body });
    for (const [headers, challenge] of [
      [{}, "Bearer"],
      [{ Authorization: "Basic YTpi" }, "Bearer"],
      [{ Authorization: "Bearer wrong" }, 'Bearer error="invalid_token"'],
      [{ Authorization: `Bearer ${goodToken}x` }, 'Bearer error="invalid_token"'],
    ] as const) {
      const refused = await send(headers);
      expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([401, challenge]);
      expect(await refused.text()).not.toContain("secretive");
    }
    if (method === "GET") expect((await get(path, { method: "HEAD" })).status).toBe(401);
    expect(calls).toEqual([]);
    const allowed = await send(asAda.headers);
    expect(allowed.status).not.toBe(401);
    for (const { caller } of calls) expect(caller).toBe(ada);
    if ("seam" in routes[name]) expect(calls.length).toBeGreaterThan(0);
  });

  test("also if its path needs a redirect, has no such method, or does not exist: without credentials all look the same", async () => {
    const { get, calls } = await serveGuarded();
    const answers = [];
    for (const [path, method] of [
      ["/v2/models", "GET"],
      ["/v2//models/", "GET"],
      ["/v2/models/secretive", "GET"],
      ["/v2/models/unknown", "GET"],
      ["/v2/models/secretive/predict/", "GET"],
      ["/v2/models/unknown/predict/", "GET"],
      ["/v2/models/unknown/predict/", "POST"],
      ["/v2/elsewhere", "GET"],
      ["/v2/runs/none", "PATCH"],
    ] as const) {
      const answer = await get(path, { method, headers: { "X-Request-Id": "1" } });
      answers.push([answer.status, await answer.text(), answer.headers.get("allow"), answer.headers.get("location")]);
    }
    expect(new Set(answers.map((one) => JSON.stringify(one)))).toEqual(
      new Set([JSON.stringify([401, "401: Authentication required.", null, null])]),
    );
    expect(calls).toEqual([]);
    expect((await get("/v2/models/secretive", asAda)).status).toBe(308);
    expect((await get("/v2/models/unknown", asAda)).status).toBe(404);
    expect((await get("/v2/models/secretive/predict/", asAda)).status).toBe(405);
    expect((await get("/v2/elsewhere", asAda)).status).toBe(404);
    for (const { caller } of calls) expect(caller).toBe(ada);
  });

  test("is asked about with OPTIONS by everybody: a preflight has no credentials", async () => {
    const { get, calls } = await serveGuarded({ origins: ["https://page.example"] });
    for (const model of ["secretive", "unknown"]) {
      const preflight = await get(`/v2/models/${model}/predict/`, {
        method: "OPTIONS",
        headers: {
          Origin: "https://page.example",
          "Access-Control-Request-Method": "POST",
          "Access-Control-Request-Headers": "authorization",
        },
      });
      expect([preflight.status, preflight.headers.get("access-control-allow-headers")]).toEqual([204, "authorization"]);
    }
    const refused = await get("/v2/models/", { headers: { Origin: "https://page.example" } });
    expect(refused.headers.get("access-control-allow-origin")).toBe("https://page.example");
    expect(calls).toEqual([]);
  });
});

describe("an open route", () => {
  test.each(openRoutes)("%s asks nobody", async (name) => {
    let asked = 0;
    const { get, calls } = await serveGuarded({
      authenticate() {
        asked++;
        return undefined;
      },
    });
    for (const init of [{}, asAda, { headers: { Authorization: "Bearer wrong" } }]) {
      expect((await get(pathOf(name, "run"), init)).status).not.toBe(401);
    }
    const other = await get(pathOf(name, "run"), { method: "DELETE" });
    expect([404, 405]).toContain(other.status);
    expect(asked).toBe(0);
    for (const { method } of calls) expect(method).toBe("status");
  });
});

test("a probe of health is answered whatever its credentials are, and who may see the reasons sees them", async () => {
  let asked = 0;
  const { get, calls } = await serveGuarded({
    authenticate(request, token) {
      asked++;
      if (token === "fails") throw new Error("the issuer is down");
      return byToken(request, token);
    },
  });
  const statusFor = async (authorization?: string) =>
    (await get("/health/ready", authorization === undefined ? {} : { headers: { Authorization: authorization } }))
      .status;
  expect([await statusFor(), await statusFor("Basic YTpi"), asked]).toEqual([200, 200, 0]);
  expect([await statusFor("Bearer wrong"), await statusFor("Bearer fails")]).toEqual([200, 200]);
  expect(await statusFor(asAda.headers.Authorization)).toBe(200);
  expect(calls.map(({ caller }) => caller)).toEqual([undefined, undefined, undefined, undefined, ada]);
  expect((await get("/health/ready", { method: "DELETE" })).status).toBe(405);
});

describe("the documents", () => {
  test.each(["/openapi.json", "/swagger.json"])("%s describes no model to a stranger", async (path) => {
    const { get, calls } = await serveGuarded();
    const stranger = await get(path);
    expect([stranger.status, stranger.headers.get("vary")]).toEqual([200, "Accept-Encoding, Authorization"]);
    const text = await stranger.text();
    expect(text).not.toContain("secretive");
    expect(calls).toEqual([]);
    expect((await get(path, { headers: { Authorization: "Bearer wrong" } })).status).toBe(401);
    const known = await get(path, asAda);
    expect(await known.text()).toContain("secretive");
    expect(known.headers.get("etag")).not.toBe(stranger.headers.get("etag"));
    expect(calls.map(({ caller }) => caller)).toEqual([ada, ada]);
  });

  test("have a bearer scheme by themselves, which the open routes do not need", async () => {
    const { get } = await serveGuarded();
    const openApi = (await (await get("/openapi.json", asAda)).json()) as JsonObject;
    expect(openApi.security).toEqual([{ bearer: [] }]);
    expect(openApi.components).toMatchObject({ securitySchemes: { bearer: { type: "http", scheme: "bearer" } } });
    const paths = openApi.paths as Record<string, Record<string, JsonObject>>;
    const securityOf = (path: string) => paths[path]?.get?.security;
    expect(["/health/live", "/v2/", "/"].map(securityOf)).toEqual([[], [], []]);
    expect(["/openapi.json", "/swagger.json", "/health/ready"].map(securityOf)).toEqual([
      [{}, { bearer: [] }],
      [{}, { bearer: [] }],
      [{}, { bearer: [] }],
    ]);
    expect(["/v2/stats", "/v2/debug/", "/v2/models/"].map(securityOf)).toEqual([undefined, undefined, undefined]);
    const swagger = (await (await get("/swagger.json", asAda)).json()) as JsonObject;
    expect(swagger).toMatchObject({
      security: [{ bearer: [] }],
      securityDefinitions: { bearer: { type: "apiKey", in: "header", name: "Authorization" } },
    });
    const own = await serveGuarded({ securitySchemes: { mine: { type: "mutualTLS" } } });
    expect(((await (await own.get("/openapi.json")).json()) as JsonObject).security).toEqual([{ mine: [] }]);
    expect(await (await own.get("/swagger.json")).json()).not.toHaveProperty("securityDefinitions");
  });
});

test.each([
  [200, ["read", "admin"]],
  [403, undefined],
  [403, []],
  [403, ["read", "read:all", "predict", "train"]],
  [403, ["admin@secretive"]],
])("/v2/debug/ is %i for the scopes %j", async (status, scopes) => {
  const authenticate = () => ({ id: "eve", ...(scopes && { scopes }) });
  const { get } = await serveGuarded({ authenticate, debugOutput: () => "what a model printed" });
  const answer = await get("/v2/debug/");
  expect([answer.status, (await answer.text()).includes("printed")]).toEqual([status, status === 200]);
});

test.each([
  [200, ["metrics"]],
  [200, ["read", "admin"]],
  [403, undefined],
  [403, ["read", "read:all", "predict", "train"]],
  [403, ["admin@secretive", "metrics@secretive"]],
])("/metrics is %i for the scopes %j", async (status, scopes) => {
  const authenticate = () => ({ id: "eve", ...(scopes && { scopes }) });
  const { get } = await serveGuarded({ authenticate, metrics: () => "deepaas_up 1" });
  const answer = await get("/metrics");
  expect([answer.status, (await answer.text()).includes("deepaas_up")]).toEqual([status, status === 200]);
});

describe("the authenticator", () => {
  const predict = { method: "POST", headers: { ...json, ...asAda.headers }, body: "{}" };
  const path = "/v2/models/secretive/predict/";

  test.each<[number, string | null, unknown]>([
    [401, null, new DeepaasError("unauthenticated", "The key has expired.")],
    [403, null, new DeepaasError("permission_denied", "Not you.")],
    [429, "3", new DeepaasError("rate_limited", "Not now.", { retryAfterMs: 2_500 })],
    [503, "1", new DeepaasError("unavailable", "The issuer does not answer.")],
    [500, null, new Error(`there is no ${goodToken}`)],
    [500, null, `no ${goodToken}`],
  ])("is answered with %i as it throws", async (status, retryAfter, thrown) => {
    for (const authenticate of [
      () => {
        throw thrown;
      },
      () => Promise.reject(thrown),
    ]) {
      const { get, logged, calls } = await serveGuarded({ authenticate });
      const answer = await get(path, { ...predict, headers: { ...predict.headers, Accept: "application/json" } });
      expect([answer.status, answer.headers.get("retry-after")]).toEqual([status, retryAfter]);
      const text = await answer.text();
      expect(text).not.toMatch(/there is no|dpk_/);
      expect(text).toContain(DeepaasError.is(thrown) ? thrown.message : "The server failed");
      expect(calls).toEqual([]);
      const failures = logged.filter((line) => line.startsWith("request failed"));
      expect(failures).toHaveLength(status === 500 ? 1 : 0);
      expect(logged.join("\n")).not.toContain(goodToken);
    }
  });

  test("is waited for, for authenticateMs", async () => {
    const never: Authenticate = () => new Promise(() => {});
    const { get } = await serveGuarded({ authenticate: never, authenticateMs: 20 });
    expect((await get(path, predict)).status).toBe(401);
    const patient = await serveGuarded({ authenticate: async () => ada });
    expect((await patient.get(path, predict)).status).toBe(200);
    expect(patient.calls.at(-1)?.caller).toBe(ada);
  });

  test("decides before anything of the body is read", async () => {
    const seen: unknown[] = [];
    const { port } = await serveGuarded({
      async authenticate(request) {
        await new Promise((resolve) => setImmediate(resolve));
        seen.push(request.readableDidRead);
        return undefined;
      },
    });
    // The body never comes.
    const head = [`POST ${path} HTTP/1.1`, "Host: localhost", "Connection: close", "Content-Type: application/json"];
    const { status } = await sendRaw(port, [...head, "Content-Length: 1000000", "", ""].join("\r\n"));
    expect([status, seen]).toEqual([401, [false]]);
  });

  test("decides before the client sends a body that it asks about", async () => {
    const { port, calls } = await serveGuarded();
    const head = (...more: readonly string[]) =>
      [
        `POST ${path} HTTP/1.1`,
        "Host: localhost",
        "Content-Type: application/json",
        "Expect: 100-continue",
        ...more,
        "",
        "",
      ].join("\r\n");
    const refused = await sendRaw(port, head("Content-Length: 1000000"));
    expect(refused.head).toMatch(/^HTTP\/1.1 401 .*\r\nConnection: close/s);
    const large = await sendRaw(port, head(`Authorization: Bearer ${goodToken}`, "Content-Length: 1000000000"));
    expect(large.head).toMatch(/^HTTP\/1.1 413 /);
    expect(calls.map(({ method }) => method)).toEqual(["describe"]);
    const socket = connect(port, "127.0.0.1");
    const received = socket.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
    const next = async () => String((await received.next()).value);
    for (let i = 0; i < 2; i++) {
      socket.write(head(`Authorization: Bearer ${goodToken}`, "Content-Length: 2"));
      expect(await next()).toBe("HTTP/1.1 100 Continue\r\n\r\n");
      socket.write("{}");
      expect(await next()).toMatch(/^HTTP\/1.1 200 /);
    }
    socket.destroy();
  });

  test("has the grant of a URL, and what is answered stays between the two", async () => {
    const tokens: unknown[] = [];
    const authenticate: Authenticate = (_request, token) => {
      tokens.push(token);
      return ada;
    };
    const lines: string[] = [];
    const observer = accessLog({ info: (fields) => void lines.push(JSON.stringify(fields)) });
    const { get, runId, logged } = await serveGuarded({ authenticate, observer });
    const answer = await get(`/v2/runs/${runId}?grant=grant.very.secret`);
    expect([answer.status, tokens]).toEqual([200, ["grant.very.secret"]]);
    expect([answer.headers.get("cache-control"), answer.headers.get("referrer-policy")]).toEqual([
      "private, no-cache",
      "no-referrer",
    ]);
    await get(`${path}?grant=grant.very.secret`, { method: "POST" });
    await get("/v2/runs?grant=dpk_key");
    expect(tokens.slice(1)).toEqual([undefined, undefined]);
    await get("/v2/runs/grant.very.secret/dpk_key");
    await expect.poll(() => lines.length).toBe(4);
    expect([...logged, ...lines].join("\n")).not.toMatch(/very.secret|dpk_key/);
    expect(lines.filter((line) => line.includes('"caller":"ada"'))).toHaveLength(4);
  });

  test.each(["", 1, {}, null])("must be a function, not %j", async (authenticate) => {
    await expect(serve({ authenticate: authenticate as never })).rejects.toThrow(TypeError);
  });

  test.each([0, -1, 1.5, 2 ** 31, "1"])("authenticateMs must not be %j", async (authenticateMs) => {
    await expect(serve({ authenticateMs: authenticateMs as never })).rejects.toThrow("authenticateMs");
  });
});

test("a model cannot read the token as a header", async () => {
  const { get } = await serveGuarded();
  const headers = { ...json, ...asAda.headers, Accept: "application/vnd.deepaas+json" };
  const answer = await get("/v2/models/secretive/predict/", { method: "POST", headers, body: "{}" });
  expect(await answer.json()).toBe("no token");
});

describe("path confusion: no variant of a path reaches the service without credentials", () => {
  const variants = (path: string) => [
    `/${path}`,
    path.replace("/v2/", "/v2//"),
    path.replace("/v2/", "/v2/./"),
    path.replace("/v2/", "/v2/../v2/"),
    path.replace("/v2/", "/health/live/../../v2/"),
    path.replace("/v2/", "/health/live/%2e%2e/%2e%2e/v2/"),
    path.replace("/v2/", "/ui/..%2fv2%2f"),
    path.replace("/v2/", "/%76%32/"),
    path.replace("/v2/", "/v2%2f"),
    path.replace("/v2/", "/V2/"),
    path.replace("/v2/", "/v2;x=1/"),
    path.replace("/v2/", "\\v2\\"),
    path.replaceAll("/", "%2f").replace("%2f", "/"),
    path.endsWith("/") ? path.slice(0, -1) : `${path}/`,
    `${path}?a=/health/live`,
    `${path}#/health/live`,
    `${path}%00`,
    `${path}%0d%0aAuthorization:%20Bearer%20${goodToken}`,
    `http://localhost${path}`,
    `http://localhost//evil.example${path}`,
  ];

  test.each(["", "/base/path"])("below %j", async (basePath) => {
    const { port, calls, runId } = await serveGuarded({ basePath, trustProxy: ["127.0.0.1"] });
    for (const name of guardedRoutes) {
      const { method } = routes[name];
      for (const path of variants(basePath + pathOf(name, runId)).concat(pathOf(name, runId))) {
        for (const extra of ["", "X-Forwarded-Prefix: /v2\r\n", "X-Original-URL: /health/live\r\n"]) {
          const request = `${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${extra}Connection: close\r\n\r\n`;
          const answer = await sendRaw(port, request);
          // Only the open ones answer: nothing that is asked for here does.
          expect([method, path, answer.status >= 300]).toEqual([method, path, true]);
          expect(answer.body).not.toContain("secretive");
        }
      }
    }
    expect(calls).toEqual([]);
  });

  test("a header that ends early injects none", async () => {
    const { port, calls } = await serveGuarded();
    for (const token of [
      "x\r\nX-Role: admin",
      "x\0",
      "x\nAuthorization: Bearer y",
      `x ${goodToken}`,
      `"${goodToken}"`,
    ]) {
      const { status } = await sendRaw(
        port,
        `GET /v2/models/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer ${token}\r\n\r\n`,
      );
      expect([400, 401]).toContain(status);
    }
    expect(calls).toEqual([]);
  });
});

describe("beside a WebSocket adapter without authentication", () => {
  test("a middleware warns once, with the first request", async () => {
    const { noteOpenWs } = await import("@deepaas/protocol/node");
    const warned: string[] = [];
    const silent = () => {};
    const logger = { debug: silent, info: silent, warn: (_: object, text: string) => warned.push(text), error: silent };
    await using host = await createHost({ models: { m: { predict: () => 1 } } });
    const app = new Koa().use(rest(host, { authenticate: () => ada, logger }));
    const handle = app.callback();
    const server = createHttpServer((req, res) => void handle(req, res));
    noteOpenWs(server, logger);
    expect(warned).toEqual([]);
    const port = await listening(server);
    for (let i = 0; i < 3; i++) await fetch(`http://127.0.0.1:${port}/v2/models/`);
    expect(warned).toEqual([expect.stringContaining("WebSocket calls are not authenticated")]);
    server.close();
    await once(server, "close");
  });
});
