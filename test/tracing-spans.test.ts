// The spans of one process, as the real OpenTelemetry SDK records them: names, kinds, attributes, errors.

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connectRest, connectWs } from "@deepaas/client";
import { createHost, DeepaasError, type HostOptions, silentLogger, type TrainContext, Type } from "@deepaas/core";
import { createServer } from "@deepaas/koa";
import { flushSpans, hasSdk, tracing } from "@deepaas/tracing";
import modelObserver from "@deepaas/tracing/worker";
import { attachWs } from "@deepaas/ws/node";
import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { afterAll, beforeEach, expect, test, vi } from "vitest";

const exporter = new InMemorySpanExporter();
const tracer = () => trace.getTracer("test");

/** Whether the sampler records: a decision of the SDK for each span. */
let records = true;

function register() {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const sampler = { shouldSample: () => ({ decision: records ? 2 : 0 }), toString: () => "switch" };
  trace.setGlobalTracerProvider(
    new TracerProvider({ sampler, spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
  );
}

beforeEach(() => {
  records = true;
  if (!hasSdk()) register();
  exporter.reset();
});
afterAll(() => {
  trace.disable();
  context.disable();
});

const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const clientId = "00f067aa0ba902b7";

const models = {
  plain: { getPredictArgs: () => ({ n: Type.Number({ default: 1 }) }), predict: ({ n }: { n: number }) => n },
  own: {
    predict: async () => {
      await new Promise(setImmediate);
      tracer().startSpan("inner").end();
      return [1, 2];
    },
  },
  parts: {
    async *predictStream() {
      for (let i = 0; i < 3; i++) {
        await new Promise(setImmediate);
        tracer().startSpan(`part ${i}`).end();
        yield i;
      }
    },
  },
  wrong: {
    predict: () => {
      throw new TypeError("my secret text");
    },
    predictStream: async function* () {
      yield 1;
      throw new DeepaasError("failed_precondition", "my secret text");
    },
    train: () => {
      throw new RangeError("my secret text");
    },
  },
  many: {
    predictBatch: (list: readonly object[]) => list.map(() => 1),
    train: async (_args: object, run: TrainContext) => run.publish(new Blob(["weights"])),
  },
};

async function serve(options: Partial<HostOptions> = {}) {
  const { host: observer, adapter } = tracing();
  const host = await createHost({ models, modelObserver, observer, logger: silentLogger, ...options } as HostOptions);
  const server = createServer(host, { observer: adapter, logger: silentLogger });
  const sockets = attachWs(server, host, { observer: adapter, logger: silentLogger });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url,
    async [Symbol.asyncDispose]() {
      await sockets.close();
      server.closeAllConnections();
      server.close();
      await host.close();
    },
  };
}

const named = (name: string) => exporter.getFinishedSpans().filter((span) => span.name === name);
const only = (name: string) => {
  const [span, ...others] = named(name);
  expect(others).toEqual([]);
  return span as ReadableSpan;
};
const isOver = (name: string, count = 1) => vi.waitUntil(() => named(name).length >= count);
const parentOf = ({ parentSpanContext }: ReadableSpan) =>
  exporter.getFinishedSpans().find((span) => span.spanContext().spanId === parentSpanContext?.spanId)?.name;
const predictRoute = "POST /v2/models/{model}/predict/";

test("a REST predict is a server span by the HTTP conventions; its name does not have the model", async () => {
  await using served = await serve();
  await connectRest(served.url).predict("plain", {}, { traceparent, requestId: "q1" });
  await isOver(predictRoute);
  const server = only(predictRoute);
  expect([server.kind, server.parentSpanContext?.spanId, server.status.code]).toEqual([
    SpanKind.SERVER,
    clientId,
    SpanStatusCode.UNSET,
  ]);
  expect(server.attributes).toEqual({
    "deepaas.request.id": "q1",
    "deepaas.model": "plain",
    "http.request.method": "POST",
    "url.path": "/v2/models/plain/predict/",
    "http.route": "/v2/models/{model}/predict/",
    "http.response.status_code": 200,
  });
  expect(only("execute plain").attributes).toEqual({
    "deepaas.model": "plain",
    "deepaas.request.id": "q1",
    "deepaas.batch.size": 1,
  });
  expect(parentOf(only("execute plain"))).toBe(predictRoute);
  expect(parentOf(only("plain.predict"))).toBe("execute plain");
  expect(named("call plain")).toEqual([]);
});

test("an RPC call is a server span by the JSON-RPC conventions, of an unknown method, too", async () => {
  await using served = await serve();
  const service = connectWs(served.url);
  await service.predict("plain", {}, { traceparent });
  service.close();
  await isOver("predict");
  expect(only("predict")).toMatchObject({
    kind: SpanKind.SERVER,
    attributes: { "rpc.system.name": "jsonrpc", "rpc.method": "predict", "deepaas.model": "plain" },
  });
  // The connection itself: its handshake.
  await isOver("GET /v2/ws");
  expect(only("GET /v2/ws").attributes).toMatchObject({ "http.route": "/v2/ws" });
});

test("a client's mistake has an error.type, but is no error of the server; a path that is not served makes no name", async () => {
  await using served = await serve();
  await expect(connectRest(served.url).predict("plain", { n: "x" })).rejects.toMatchObject({ code: "invalid_args" });
  await fetch(`${served.url}/secret/path?token=t`);
  await isOver(predictRoute);
  await isOver("GET");
  expect(only(predictRoute)).toMatchObject({
    status: { code: SpanStatusCode.UNSET },
    attributes: { "error.type": "invalid_args", "http.response.status_code": 422 },
  });
  expect(only("GET").attributes).toMatchObject({ "http.response.status_code": 404, "error.type": "not_found" });
  expect(only("GET").attributes).not.toHaveProperty("http.route");
});

test("what a model throws is told by its class or code, never by its text", async () => {
  await using served = await serve();
  const service = connectRest(served.url);
  await expect(service.predict("wrong", {})).rejects.toMatchObject({ code: "internal" });
  await expect(Array.fromAsync(service.predictStream("wrong", {}))).rejects.toMatchObject({
    code: "failed_precondition",
  });
  await isOver(predictRoute, 2);
  expect(only("wrong.predict")).toMatchObject({
    status: { code: SpanStatusCode.ERROR },
    attributes: { "error.type": "TypeError" },
  });
  expect(only("wrong.predictStream").attributes).toMatchObject({ "error.type": "failed_precondition" });
  expect(named("execute wrong").map(({ attributes }) => attributes["error.type"])).toEqual(["failed", "failed"]);
  expect(named(predictRoute)[0]).toMatchObject({
    status: { code: SpanStatusCode.ERROR },
    attributes: { "error.type": "internal" },
  });
  const seen = exporter
    .getFinishedSpans()
    .map(({ name, attributes, status, events }) => [name, attributes, status, events]);
  expect(JSON.stringify(seen)).not.toContain("secret");
});

test("each item of a stream is made within the span of the model, which ends with the stream or when its reader leaves", async () => {
  await using served = await serve();
  expect(await Array.fromAsync(served.host.predictStream("parts", {}, { traceparent }))).toEqual([0, 1, 2]);
  expect(["part 0", "part 1", "part 2"].map((name) => parentOf(only(name)))).toEqual(
    Array(3).fill("parts.predictStream"),
  );
  exporter.reset();
  for await (const _ of served.host.predictStream("parts", {}, { traceparent })) break;
  await isOver("parts.predictStream");
  expect(only("parts.predictStream").status.code).toBe(SpanStatusCode.UNSET);
});

test("a result that is a list is no stream", async () => {
  await using served = await serve();
  expect(await served.host.predict("own", {}, { traceparent })).toEqual([1, 2]);
  expect(parentOf(only("inner"))).toBe("own.predict");
});

test("a call in this process without a trace context is within the active span", async () => {
  await using served = await serve();
  await tracer().startActiveSpan("application", async (span) => {
    await served.host.predict("many", {});
    span.end();
  });
  expect(parentOf(only("call many"))).toBe("application");
  expect(["queue many", "execute many"].map((name) => parentOf(only(name)))).toEqual(["call many", "call many"]);
  expect(parentOf(only("many.predictBatch"))).toBe("execute many");
  expect(only("call many").attributes).toMatchObject({ "deepaas.weights.version": 0, "deepaas.stream": false });
});

test("a server span is within the span of an instrumentation of the HTTP server; an RPC call is within the client's", () => {
  const { adapter } = tracing();
  const request = { adapter: "rest", requestId: "q", traceparent, method: "GET", path: "/" } as const;
  tracer().startActiveSpan("instrumentation", (span) => {
    adapter.request?.(request)?.end?.({ operation: "versions", status: 200, complete: true } as never);
    const call = { ...request, adapter: "ws", method: undefined, path: undefined } as const;
    adapter.request?.(call)?.end?.({ operation: "models", status: 200, complete: true } as never);
    span.end();
  });
  expect(parentOf(only("GET /"))).toBe("instrumentation");
  expect(only("models").parentSpanContext?.spanId).toBe(clientId);
});

test("an attempt is a consumer span with a link to the span that submitted the run, and begins with its claim", async () => {
  await using served = await serve();
  const { id } = await served.host.train("many", {}, { traceparent, requestId: "q" });
  await isOver("attempt many");
  const [submit, attempt, claim] = ["submit many", "attempt many", "store claim"].map(only) as [
    ReadableSpan,
    ReadableSpan,
    ReadableSpan,
  ];
  expect([submit.kind, submit.parentSpanContext?.spanId, attempt.kind]).toEqual([
    SpanKind.PRODUCER,
    clientId,
    SpanKind.CONSUMER,
  ]);
  expect(attempt.links.map(({ context: linked }) => linked.spanId)).toEqual([submit.spanContext().spanId]);
  const stores = ["store create", "store claim", "store addVersion"].map((name) => parentOf(only(name)));
  expect([parentOf(attempt), ...stores]).toEqual(["submit many", "submit many", "attempt many", "attempt many"]);
  expect(claim.startTime).toEqual(attempt.startTime);
  expect(attempt.attributes).toEqual({
    "deepaas.model": "many",
    "deepaas.run.id": id,
    "deepaas.run.attempt": 1,
    "deepaas.run.event": "succeeded",
  });
  expect(named("store append")).toEqual([]);
});

test("an attempt of a run without a trace context begins a trace, whatever is active", async () => {
  const observer = tracing().host;
  await using host = await createHost({
    models: { m: { train: () => 1 } },
    observer: { run: observer.run as never },
    logger: silentLogger,
  });
  await tracer().startActiveSpan("application", async (span) => {
    await host.train("m", {});
    span.end();
  });
  await isOver("attempt m");
  expect(only("attempt m").parentSpanContext).toBeUndefined();
});

test("an attempt that failed is an error", async () => {
  await using served = await serve();
  await served.host.train("wrong", {}, { traceparent });
  await isOver("attempt wrong");
  expect(only("attempt wrong")).toMatchObject({
    status: { code: SpanStatusCode.ERROR },
    attributes: { "error.type": "failed", "deepaas.run.event": "failed" },
  });
  expect(only("wrong.train").attributes).toMatchObject({ "error.type": "RangeError" });
});

test("what is not recorded says so to what is within it", async () => {
  records = false;
  await using served = await serve();
  const seen: unknown[] = [];
  const observer = [
    tracing().host,
    { execute: ({ traceparent: told }: { traceparent?: string | undefined }) => void seen.push(told) },
  ];
  await using host = await createHost({ models: { m: { predict: () => 1 } }, observer, logger: silentLogger });
  await host.predict("m", {});
  await served.host.predict("plain", {}, { traceparent });
  expect(seen).toEqual([expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/)]);
  expect(exporter.getFinishedSpans()).toEqual([]);
});

test("without an SDK nothing is observed, and the model is called as it is", async () => {
  trace.disable();
  const { host, adapter } = tracing();
  const call = { model: "m", requestId: "q", traceparent: undefined };
  expect(hasSdk()).toBe(false);
  expect(adapter.request?.({ adapter: "rest", method: "GET", path: "/", ...call })).toBeUndefined();
  expect(host.predict?.({ ...call, stream: false, caller: undefined })).toBeUndefined();
  expect(host.store?.({ name: "claim", runId: "r" })).toBeUndefined();
  const items = (async function* () {})();
  const about = { ...call, method: "predictStream", runId: undefined } as const;
  expect(modelObserver.call(about, () => items)).toBe(items);
  await flushSpans();
});
