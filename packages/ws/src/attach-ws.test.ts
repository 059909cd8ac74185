import { once } from "node:events";
import { request } from "node:http";
import { DeepaasError, type RunEvent } from "@deepaas/core";
import { describe, expect, test } from "vitest";
import { longLog, refused, serve, serviceOf, steppingHost, watched } from "./testing/serve.ts";

const typesOf = (events: readonly RunEvent[]) => events.map(({ type }) => type);

describe("watching", () => {
  test("WS-3: a run's events arrive one a frame as they happen, and the socket closes with 1000 after the last", async () => {
    const { host, step } = await steppingHost();
    await using _host = host;
    await using served = await serve(host);
    const { id } = await host.train("stepping", { steps: 2 });
    const ws = served.open(`/v2/runs/${id}/events`);
    const seen = watched(ws);
    ws.on("message", (data) => JSON.parse(String(data)).type === "progress" && step(id));
    const { events, code } = await seen;
    expect(typesOf(events)).toEqual(["queued", "started", "progress", "progress", "succeeded"]);
    expect(events).toEqual(await Array.fromAsync(host.watch(id)));
    expect(code).toBe(1000);
  });

  test("WS-3, WS-4: with after=N it goes on behind N, and at the end it only closes", async () => {
    const { service } = longLog(5, "");
    await using served = await serve(service);
    const behind = await watched(served.open("/v2/runs/a/events?after=3"));
    expect(behind.events.map(({ seq }) => seq)).toEqual([4, 5]);
    expect(await watched(served.open("/v2/runs/a/events?after=5"))).toEqual({ events: [], code: 1000, reason: "" });
  });

  test("a watcher that leaves ends its watch and never touches the run", async () => {
    const { host, step } = await steppingHost();
    await using _host = host;
    await using served = await serve(host);
    const { id } = await host.train("stepping", { steps: 1 });
    const ws = served.open(`/v2/runs/${id}/events`);
    ws.on("message", (data) => JSON.parse(String(data)).type === "progress" && ws.terminate());
    expect((await watched(ws)).code).toBe(1006);
    step(id);
    expect(typesOf(await Array.fromAsync(host.watch(id))).at(-1)).toBe("succeeded");
    await expect.poll(() => served.attached.connections).toBe(0);
  });

  test("an event is encoded once for all watchers", async () => {
    let encoded = 0;
    const event = Object.freeze({ seq: 1, at: "", type: "succeeded", toJSON: () => ({ encoded: ++encoded }) });
    async function* watch() {
      yield event;
    }
    await using served = await serve(serviceOf({ watch, run: async () => ({ firstSeq: 1, lastSeq: 1 }) }));
    const [one, two] = await Promise.all(["a", "b"].map((id) => watched(served.open(`/v2/runs/${id}/events`))));
    expect([one?.events, two?.events]).toEqual([[{ encoded: 1 }], [{ encoded: 1 }]]);
  });

  test("WS-7, WS-35: a run that is removed while it is watched closes with 4404, a fault of the server with 1011", async () => {
    const failing = (error: unknown) =>
      serviceOf({
        run: async () => ({ firstSeq: 1, lastSeq: 1 }),
        watch: async function* () {
          yield* [] as RunEvent[];
          throw error;
        },
      });
    const logged: unknown[] = [];
    const logger = { debug() {}, info() {}, warn() {}, error: (...line: unknown[]) => logged.push(line) };
    await using gone = await serve(failing(new DeepaasError("not_found", `There is no ${"ä".repeat(100)}.`)), {
      logger,
    });
    const { code, reason } = await watched(gone.open("/v2/runs/a/events"));
    expect([code, reason]).toEqual([4404, `not_found: There is no ${"ä".repeat(50)}`]);
    expect(logged).toEqual([]);
    await using broken = await serve(failing(new Error("secret")), { logger });
    expect(await watched(broken.open("/v2/runs/a/events"))).toMatchObject({
      code: 1011,
      reason: expect.not.stringContaining("secret"),
    });
    expect(logged).toEqual([[{ err: expect.any(Error), requestId: expect.any(String), runId: "a" }, "watch failed"]]);
  });
});

describe("WS-2, WS-5: an upgrade is refused with", () => {
  test.each([
    [404, "not_found", "/v2/runs/nobody/events"],
    [416, "out_of_range", "/v2/runs/RUN/events?after=99"],
    [400, "invalid_args", "/v2/runs/RUN/events?after=-1"],
    [400, "invalid_args", "/v2/runs/RUN/events?after=1e3"],
    [400, "invalid_args", "/v2/runs/RUN/events?after="],
    [400, "invalid_args", "/v2/runs/RUN/events?after=1&after=2"],
    [400, "invalid_args", "/v2/runs/RUN/events?after=9999999999999999"],
    [404, "not_found", "/v2/runs/RUN/events/more"],
    [404, "not_found", "/v2/runs//events"],
    [404, "not_found", "/v2/runs/%/events"],
    [404, "not_found", "/elsewhere"],
  ])("%i %s on %s, as problem details", async (status, code, path) => {
    const { host } = await steppingHost();
    await using _host = host;
    await using served = await serve(host);
    const { id } = await host.train("stepping", {});
    const answer = await refused(served.open(path.replace("RUN", id)));
    expect(answer.headers["content-type"]).toBe("application/problem+json");
    expect([answer.status, JSON.parse(answer.body)]).toEqual([status, expect.objectContaining({ status, code })]);
  });

  test("410 when what comes after the cursor was trimmed, with what is still held", async () => {
    const run = async () => ({ firstSeq: 11, lastSeq: 20 });
    await using served = await serve(serviceOf({ run }));
    const { status, body } = await refused(served.open("/v2/runs/a/events?after=9"));
    expect([status, JSON.parse(body)]).toEqual([410, expect.objectContaining({ first: 11, last: 20 })]);
    const held = longLog(20, "").service;
    await using holding = await serve(serviceOf({ run, watch: held.watch }));
    expect((await watched(holding.open("/v2/runs/a/events?after=10"))).events).toHaveLength(10);
  });

  test("500 when the run cannot be looked up, without the reason", async () => {
    const run = () => Promise.reject(new Error("secret"));
    await using served = await serve(serviceOf({ run }));
    const { status, body } = await refused(served.open("/v2/runs/a/events"));
    expect([status, body]).toEqual([500, expect.not.stringContaining("secret")]);
  });

  test("503 and Retry-After beyond maxConnections", async () => {
    const { host } = await steppingHost();
    await using _host = host;
    await using served = await serve(host, { maxConnections: 1 });
    const { id } = await host.train("stepping", {});
    await once(served.open(`/v2/runs/${id}/events`), "open");
    const answer = await refused(served.open(`/v2/runs/${id}/events`));
    expect([answer.status, answer.headers["retry-after"]]).toEqual([503, "5"]);
  });
});

test("who has left makes room for another", async () => {
  const { service } = longLog(1, "");
  await using served = await serve(service, { maxConnections: 1 });
  for (const _ of [1, 2, 3]) {
    expect((await watched(served.open("/v2/runs/a/events"))).code).toBe(1000);
    await expect.poll(() => served.attached.connections).toBe(0);
  }
});

describe("origins", () => {
  const outcome = async (
    origins: "same-origin" | "any" | readonly string[] | undefined,
    origin: string | undefined,
  ) => {
    const { service } = longLog(1, "");
    await using served = await serve(service, origins === undefined ? {} : { origins });
    const own = `https://127.0.0.1:${served.port}`;
    const ws = served.open("/v2/runs/a/events", origin === undefined ? {} : { origin: origin.replace("OWN", own) });
    return await Promise.race([watched(ws).then(({ code }) => code), refused(ws).then(({ status }) => status)]);
  };

  test.each([
    [1000, undefined, undefined],
    [1000, undefined, "OWN"],
    [403, undefined, "https://evil.example"],
    [403, undefined, "null"],
    [403, undefined, "OWN.evil.example"],
    [1000, ["https://good.example"], "https://good.example"],
    [1000, ["https://good.example"], "OWN"],
    [403, ["https://good.example"], "http://good.example"],
    [1000, "any", "https://evil.example"],
  ] as const)("%i with origins %j for a page of %s", async (expected, origins, origin) => {
    expect(await outcome(origins, origin)).toBe(expected);
  });
});

describe("beside others on the same server", () => {
  test("it answers below its base path only, and leaves the rest to the server's other listeners", async () => {
    const { service } = longLog(1, "");
    await using served = await serve(service, { basePath: "/base/" });
    expect((await watched(served.open("/base/v2/runs/a/events/"))).code).toBe(1000);
    expect((await refused(served.open("/v2/runs/a/events"))).status).toBe(404);
    served.server.on("upgrade", (req, socket) => {
      if (req.url === "/chat" || req.url === "/base/v2/runs/a/b/events")
        socket.end("HTTP/1.1 418 Other\r\nConnection: close\r\n\r\n");
    });
    expect((await refused(served.open("/chat"))).status).toBe(418);
    expect((await refused(served.open("/base/v2/runs/a/b/events"))).status).toBe(418);
    expect((await watched(served.open("/base/v2/runs/a/events"))).code).toBe(1000);
  });

  test("two attachments share a server", async () => {
    const { service } = longLog(1, "");
    await using served = await serve(service, { basePath: "/one" });
    const { attachWs } = await import("./node.ts");
    const second = attachWs(served.server, service, { basePath: "/two" });
    expect((await watched(served.open("/one/v2/runs/a/events"))).code).toBe(1000);
    expect((await watched(served.open("/two/v2/runs/a/events"))).code).toBe(1000);
    expect((await refused(served.open("/three/v2/runs/a/events"))).status).toBe(404);
    await second.close();
    expect((await refused(served.open("/two/v2/runs/a/events"))).status).toBe(404);
  });

  test("once the last attachment is closed the server is as it was before", async () => {
    const { service } = longLog(1, "");
    await using served = await serve(service, {}, (_req, res) => res.writeHead(418).end());
    await served.attached.close();
    expect(served.server.listenerCount("upgrade")).toBe(0);
    expect((await refused(served.open("/v2/runs/a/events"))).status).toBe(418);
  });

  test("a request that offers h2c is answered as an ordinary one", async () => {
    const { service } = longLog(1, "");
    await using served = await serve(service, {}, (_req, res) => res.end("plain"));
    const headers = { connection: "Upgrade, HTTP2-Settings", upgrade: "h2c", "http2-settings": "AAMAAABk" };
    const [response] = await once(request({ port: served.port, headers }).end(), "response");
    expect((await Array.fromAsync(response as AsyncIterable<Buffer>)).join("")).toBe("plain");
  });
});

test.each([
  [{ heartBeatMs: 1 }, 'attachWs: there is no option "heartBeatMs"'],
  [{ heartbeatMs: -1 }, "attachWs: heartbeatMs must be a whole number of at least 0, not -1"],
  [{ maxConnections: 0 }, "attachWs: maxConnections must be a whole number of at least 1, not 0"],
  [{ maxBufferedBytes: 0.5 }, "attachWs: maxBufferedBytes must be"],
  [{ drainMs: Number.NaN }, "attachWs: drainMs must be"],
  [{ basePath: "base" }, 'attachWs: basePath must be "" or start with a slash'],
  [{ origins: ["example.org"] }, "attachWs: origins must be"],
  [{ allowedHosts: [] }, 'attachWs: allowedHosts must be "any" or a list'],
  [{ allowedHosts: ["https://example.org"] }, "attachWs: allowedHosts must be"],
  [{ allowedHosts: ["example.org/path"] }, "attachWs: allowedHosts must be"],
  [{ allowedHosts: "example.org" }, "attachWs: allowedHosts must be"],
  [{ authenticate: "secret" }, "attachWs: authenticate must be a function, not secret"],
  [{ authenticateMs: 0 }, "attachWs: authenticateMs must be a whole number of at least 1, not 0"],
  [{ maxConnectsPerSecond: -1 }, "attachWs: maxConnectsPerSecond must be"],
])("the options %j are refused", async (options, message) => {
  await expect(serve(serviceOf({ watch: () => [] }), options as object)).rejects.toThrow(message);
});
