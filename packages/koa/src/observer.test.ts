// The hooks of an observer are called once for each request, also if it fails or its client leaves.
import { once } from "node:events";
import { connect } from "node:net";
import { type CallOptions, type ModelService, modelFile, silentLogger } from "@deepaas/core";
import { describe, expect, test } from "vitest";
import type { ServerOptions } from "./create-server.ts";
import { waits } from "./testing/echo-model.ts";
import { ada, asAda, byToken } from "./testing/guarded.ts";
import { recordingObserver } from "./testing/observed.ts";
import { rawPredict, sendRaw, serve, serveService } from "./testing/served.ts";

const given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const ofSpan = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";
const json = { method: "POST", headers: { "Content-Type": "application/json" } };

async function observed(options: ServerOptions = {}, traceparent?: string) {
  const recorded = recordingObserver(traceparent);
  return { ...recorded, ...(await serve({ ...options, observer: recorded.observer })) };
}

describe("the hooks of an observer are called once for", () => {
  test("a predict", async () => {
    const { get, ended } = await observed();
    const headers = { ...json.headers, "X-Request-Id": "r-1", traceparent: given };
    await get("/v2/models/m/predict/?s=secret", { method: "POST", headers, body: "{}" });
    expect(await ended()).toEqual({
      adapter: "rest",
      requestId: "r-1",
      traceparent: given,
      method: "POST",
      path: "/v2/models/m/predict/",
      operation: "predict",
      model: "m",
      runId: undefined,
      caller: undefined,
      status: 200,
      error: undefined,
      complete: true,
    });
  });

  test.each([
    ["GET", "/v2/models/m/", { operation: "model", model: "m", status: 200 }],
    ["GET", "/v2/models/none/", { operation: "model", model: undefined, status: 404, error: "not_found" }],
    ["POST", "/v2/models/none/predict/", { operation: "predict", model: undefined, status: 404, error: "not_found" }],
    ["POST", "/v2/models/m/predict/?n=0", { operation: "predict", model: "m", status: 422, error: "invalid_args" }],
    ["POST", "/v2/models/m/predict/?mode=crash", { operation: "predict", model: "m", status: 500, error: "internal" }],
    ["POST", "/v2/models/x/versions/y/serve", { operation: "serveWeights", model: undefined, error: "invalid_args" }],
    ["PUT", "/v2/models/m/train/run-1", { operation: "trainNamed", model: "m", runId: "run-1", status: 200 }],
    ["GET", "/v2/runs/none", { operation: "run", runId: "none", status: 404, error: "not_found" }],
    ["PUT", "/v2/models/m/predict/", { operation: undefined, model: undefined, status: 405, error: "not_implemented" }],
    ["GET", "/v2/models/m", { operation: undefined, status: 308, error: undefined }],
    ["GET", "/v2/nothing", { operation: undefined, status: 404, error: "not_found" }],
    ["GET", "/nothing", { operation: undefined, status: 404, error: "not_found" }],
    ["HEAD", "/v2/stats", { operation: "stats", status: 200, complete: true }],
    ["OPTIONS", "/v2/stats", { operation: undefined, status: 204, complete: true }],
  ])("%s %s", async (method, path, end) => {
    const { get, ended } = await observed();
    await get(path, { method });
    expect(await ended()).toMatchObject({ method, path: path.split("?")[0], complete: true, ...end });
  });

  test("a training, with the id that it got", async () => {
    const { get, ended } = await observed();
    const answer = await get("/v2/models/m/train/", { method: "POST" });
    const { uuid } = (await answer.json()) as { uuid: string };
    expect(await ended()).toMatchObject({ operation: "train", model: "m", runId: uuid });
  });

  test("a request that is refused: a caller that is unknown, a host that is not allowed, a body that is too large", async () => {
    const { get, ended, port } = await observed({ authenticate: byToken, maxBodyBytes: 10 });
    await get("/v2/models/m/predict/", { ...json, body: "{}" });
    expect(await ended()).toMatchObject({ operation: "predict", model: undefined, caller: undefined, status: 401 });
    const headers = { ...json.headers, ...asAda.headers };
    await get("/v2/models/m/predict/", { method: "POST", headers, body: `{"s":"${"x".repeat(20)}"}` });
    expect(await ended()).toMatchObject({ caller: ada.id, status: 413, error: "too_large" });
    await sendRaw(port, "GET /v2/ HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n");
    expect(await ended()).toMatchObject({ status: 403, error: "permission_denied" });
  });

  test("a request with two hosts, without the model that it names", async () => {
    const { ended, port } = await observed();
    const head = "POST /v2/models/invented/predict/ HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n";
    await sendRaw(port, `${head}Content-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`);
    expect(await ended()).toMatchObject({ operation: "predict", model: undefined, status: 400, error: "invalid_args" });
  });

  test("a request that cannot be parsed", async () => {
    const { ended, port } = await observed();
    await sendRaw(port, `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(20_000)}\r\n\r\n`);
    expect(await ended()).toMatchObject({ method: undefined, path: undefined, status: 431, error: "too_large" });
    await sendRaw(port, "no HTTP\r\n\r\n");
    expect(await ended()).toMatchObject({ status: 400, error: "invalid_args", complete: true });
  });

  test("a request whose body cannot be parsed any more", async () => {
    const { ended, port } = await observed();
    await sendRaw(port, `${rawPredict(["Transfer-Encoding: chunked"])}no chunk\r\n`);
    expect(await ended()).toMatchObject({ operation: "predict", complete: false });
  });

  test("a client that leaves before its response", async () => {
    const { ended, port } = await observed();
    const { started } = waits;
    const body = JSON.stringify({ mode: "wait" });
    const headers = ["Content-Type: application/json", `Content-Length: ${body.length}`];
    const socket = connect(port, "127.0.0.1", () => socket.write(rawPredict(headers, body)));
    await expect.poll(() => waits.started).toBe(started + 1);
    socket.destroy();
    expect(await ended()).toMatchObject({ operation: "predict", status: 499, error: "cancelled", complete: false });
  });

  test("a client that leaves before the response to a request that waits behind another", async () => {
    const { begun, ends, port } = await observed();
    const { started } = waits;
    const waiting = "POST /v2/models/m/predict/?mode=wait HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n";
    const socket = connect(port, "127.0.0.1", () => socket.write(waiting + waiting));
    await expect.poll(() => waits.started).toBe(started + 2);
    socket.destroy();
    await expect.poll(() => ends).toMatchObject([{ status: 499 }, { status: 499 }]);
    expect(begun).toHaveLength(2);
  });

  test("a stream, when it ends: whole, with an error, or without its client", async () => {
    const { get, ended, ends } = await observed();
    const headers = { Accept: "text/event-stream" };
    const path = "/v2/models/m/predict/";
    await (await get(path, { method: "POST", headers })).text();
    expect(await ended()).toMatchObject({ operation: "predict", model: "m", status: 200, complete: true });
    await (await get(`${path}?mode=crash`, { method: "POST", headers })).text();
    expect(await ended()).toMatchObject({ status: 200, error: "internal", complete: true });

    await get("/v2/models/m/train/run-2?mode=wait", { method: "PUT" });
    await ended();
    const leaving = new AbortController();
    await get("/v2/runs/run-2/events", { headers, signal: leaving.signal });
    expect(ends).toEqual([]);
    leaving.abort();
    const watch = { operation: "runEvents", model: "m", runId: "run-2", status: 200 };
    expect(await ended()).toMatchObject({ ...watch, error: "cancelled", complete: false });
  });

  test.each(["application/json", "text/plain"])(
    "a file that cannot be read to its end, for a body of %s",
    async (type) => {
      const recorded = recordingObserver();
      const failing = {
        predict: () =>
          modelFile(
            new ReadableStream({
              start: (controller) => controller.enqueue(new Uint8Array(1)),
              pull: (controller) => controller.error(new Error("the disk is away")),
            }),
            { contentType: "application/octet-stream" },
          ),
      };
      const { get } = await serve({ observer: recorded.observer }, { failing });
      const body = type === "application/json" ? { headers: { "Content-Type": type }, body: "{}" } : {};
      await expect(
        get("/v2/models/failing/predict/", { method: "POST", ...body }).then((it) => it.text()),
      ).rejects.toThrow();
      expect(await recorded.ended()).toMatchObject({ status: 200, error: "internal", complete: false });
    },
  );
});

test("the span of an observer is the parent of the call", async () => {
  const calls: (string | undefined)[] = [];
  const describe = async (_model: string, { traceparent }: CallOptions) => {
    calls.push(traceparent);
    throw new Error("enough");
  };
  for (const traceparent of [undefined, ofSpan]) {
    const { observer } = recordingObserver(traceparent);
    const { get } = await serveService({ describe } as unknown as ModelService, { observer, logger: silentLogger });
    await get("/v2/models/m/", { headers: { traceparent: given } });
  }
  expect(calls).toEqual([given, ofSpan]);
});

test("several observers are told, in their order, and one that throws changes nothing", async () => {
  const order: string[] = [];
  const first = { request: () => ({ end: () => void order.push("first") }) };
  const faulty = {
    request: () => ({
      end() {
        throw new Error("observer");
      },
    }),
  };
  const last = { request: () => ({ end: () => void order.push("last") }) };
  const { get, errors } = await serve({ observer: [first, faulty, last] });
  expect((await get("/v2/")).status).toBe(200);
  await expect.poll(() => order).toEqual(["last", "first"]);
  expect(errors).toMatchObject([{ hook: "request" }]);
});

test.each([null, 1, "log", [undefined]])("observer must not be %j", async (observer) => {
  await expect(serve({ observer: observer as never })).rejects.toThrow("rest: observer must be");
});

test("the connection of a client that sends no request is not a request", async () => {
  const { begun, port, get, ended } = await observed();
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.destroy();
  await get("/v2/");
  await ended();
  expect(begun).toEqual([]);
});

test("a key or a grant in a path is told to no observer and is in no log", async () => {
  const logged: object[] = [];
  const logger = { ...silentLogger, error: (fields: object) => void logged.push(fields) };
  const { observer, ended } = recordingObserver();
  const run = () => Promise.reject(new Error("broken"));
  const { port } = await serveService({ run } as unknown as ModelService, { observer, logger });
  expect((await fetch(`http://127.0.0.1:${port}/v2/runs/dpk_hush`)).status).toBe(500);
  expect(await ended()).toMatchObject({ path: "/v2/runs/[token]", runId: "[token]" });
  expect(JSON.stringify(logged)).toContain("/v2/runs/[token]");
  expect(JSON.stringify(logged)).not.toContain("hush");
});
