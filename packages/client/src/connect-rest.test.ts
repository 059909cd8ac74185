// What each call requests, and what becomes of the responses, through a `fetch` that is the test. Real servers: test/.
import type { DeepaasError, ModelFile } from "@deepaas/core";
import { ownMediaType, problemMediaType } from "@deepaas/protocol";
import { afterEach, describe, expect, test, vi } from "vitest";
import { connectRest } from "./connect-rest.ts";
import type { ConnectedService } from "./connected-service.ts";
import type { ConnectRestOptions } from "./rest-call.ts";

afterEach(() => vi.useRealTimers());

interface Request {
  readonly url: string;
  readonly method: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly signal: AbortSignal | null | undefined;
}

type Reply = Response | Error;

const json = (value: unknown, init: ResponseInit = {}) =>
  new Response(JSON.stringify(value), { headers: { "Content-Type": ownMediaType }, ...init });
const eventStream = (...blocks: readonly string[]) =>
  new Response(blocks.map((block) => `${block}\n\n`).join(""), { headers: { "Content-Type": "text/event-stream" } });

/** A client whose requests are answered with the replies in turn, the last one again and again. */
function connect(replies: readonly (() => Reply)[] = [() => json(null)], options: ConnectRestOptions = {}) {
  const requests: Request[] = [];
  const fetch = async (url: string | URL | globalThis.Request, init: RequestInit = {}) => {
    requests.push({
      url: String(url as string),
      method: init.method,
      headers: init.headers as Record<string, string>,
      body: init.body,
      signal: init.signal,
    });
    const reply = (replies[requests.length - 1] ?? replies.at(-1))?.();
    if (!(reply instanceof Response)) throw reply as Error;
    return reply;
  };
  return { requests, client: connectRest("http://h/base/", { fetch, ...options }) };
}

const iteratorOf = <T>(items: AsyncIterable<T>) => items[Symbol.asyncIterator]();
const rejection = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: unknown) => error as DeepaasError,
  );

const own = `${ownMediaType}, ${problemMediaType}`;
const events = `text/event-stream, ${problemMediaType}`;

describe("the request", () => {
  type Call = (client: ConnectedService) => Promise<unknown>;
  const requests: readonly [string, Call, string, object][] = [
    ["status", (client) => client.status(), "GET /health/ready", { accept: own }],
    ["models", (client) => client.models(), "GET /v2/models/", { accept: own }],
    ["describe", (client) => client.describe("a b"), "GET /v2/models/a%20b/schema", { accept: own }],
    [
      "predict",
      (client) => client.predict("m", { x: 1 }),
      "POST /v2/models/m/predict/",
      { accept: `${own}, */*`, body: { x: 1 } },
    ],
    ["train", (client) => client.train("m", { x: 1 }), "POST /v2/models/m/train/", { accept: own, body: { x: 1 } }],
    [
      "train as",
      (client) => client.train("m", {}, { runId: "r" }),
      "PUT /v2/models/m/train/r",
      { accept: own, body: {} },
    ],
    ["run", (client) => client.run("r"), "GET /v2/runs/r", { accept: own }],
    ["runs", (client) => client.runs(), "GET /v2/runs", { accept: own }],
    ["runs of no state", (client) => client.runs({ state: [] }), "GET /v2/runs?anyOf=%5B%5D", { accept: own }],
    [
      "runs of a filter",
      (client) => client.runs({ state: ["queued", "running"], model: "m", limit: 2 }),
      "GET /v2/runs?state=queued&state=running&model=m&limit=2",
      { accept: own },
    ],
    [
      "runs of one state",
      (client) => client.runs({ state: "queued", model: undefined } as never),
      "GET /v2/runs?state=queued",
      { accept: own },
    ],
    ["cancel", (client) => client.cancel("r"), "POST /v2/runs/r/cancel", { accept: own }],
    ["remove", (client) => client.remove("r"), "DELETE /v2/runs/r", { accept: own }],
  ];
  test.each(requests)("of %s", async (_name, call, line, { accept, body }: { accept?: string; body?: object }) => {
    const { client, requests } = connect([() => json({ status: "ready", reasons: [] })]);
    await call(client);
    const [request] = requests as [Request];
    expect(`${request.method} ${request.url.replace("http://h/base", "")}`).toBe(line);
    expect(request.headers.Accept).toBe(accept);
    expect(request.body).toBe(body === undefined ? null : JSON.stringify(body));
    expect(request.headers["Content-Type"]).toBe(body === undefined ? undefined : ownMediaType);
  });

  test("of a stream and of a watch", async () => {
    const { client, requests } = connect([() => new Response(null, { status: 204 })]);
    await Array.fromAsync(client.watch("r"));
    await Array.fromAsync(client.watch("r", { after: 0 }));
    await rejection(iteratorOf(client.predictStream("m", { x: 1 })).next());
    expect(
      requests.map(({ method, url, headers }) => [method, url.replace("http://h/base", ""), headers.Accept]),
    ).toEqual([
      ["GET", "/v2/runs/r/events", events],
      ["GET", "/v2/runs/r/events?after=0", events],
      ["POST", "/v2/models/m/predict/", events],
    ]);
    expect(requests[2]?.body).toBe('{"x":1}');
  });

  test("of an artifact", async () => {
    const { client, requests } = connect([() => new Response("abc", { headers: { "Content-Type": "text/plain" } })]);
    const file = await client.artifact("r", "a/b");
    expect([requests[0]?.url, requests[0]?.headers.Accept]).toEqual([
      "http://h/base/v2/runs/r/artifacts/a%2Fb",
      `${problemMediaType}, */*`,
    ]);
    expect([file.contentType, await file.text()]).toEqual(["text/plain", "abc"]);
  });

  test.each<[string, (client: ConnectedService, options: object) => Promise<unknown>]>([
    ["status", (client, options) => client.status(options)],
    ["models", (client, options) => client.models(options)],
    ["describe", (client, options) => client.describe("m", options)],
    ["predict", (client, options) => client.predict("m", {}, options)],
    ["predictStream", (client, options) => rejection(iteratorOf(client.predictStream("m", {}, options)).next())],
    ["train", (client, options) => client.train("m", {}, options)],
    ["run", (client, options) => client.run("r", options)],
    ["runs", (client, options) => client.runs({}, options)],
    ["cancel", (client, options) => client.cancel("r", options)],
    ["remove", (client, options) => client.remove("r", options)],
    ["watch", (client, options) => rejection(iteratorOf(client.watch("r", options)).next())],
    ["artifact", (client, options) => client.artifact("r", "a", options)],
  ])("of %s has the options of its call", async (_name, call) => {
    const { client, requests } = connect([() => json({ status: "ready", reasons: [] })]);
    const { signal } = new AbortController();
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    await call(client, { requestId: "q", traceparent, signal });
    expect(requests[0]).toMatchObject({ headers: { "X-Request-Id": "q", traceparent }, signal });
  });

  test("has the headers of the client, from a function for each request", async () => {
    let asked = 0;
    const { client, requests } = connect(undefined, { headers: async () => ({ Authorization: `Bearer ${++asked}` }) });
    await client.models();
    await client.models();
    expect(requests.map(({ headers }) => headers.Authorization)).toEqual(["Bearer 1", "Bearer 2"]);
  });
});

describe("status", () => {
  test("is the body of the response, also of 503", async () => {
    const body = { status: "degraded", reasons: ["disk full"] };
    for (const status of [200, 503]) {
      const headers = { "Content-Type": "application/json; charset=utf-8" };
      const { client } = connect([() => json(body, { status, headers })]);
      expect(await client.status()).toEqual({ state: "degraded", reasons: ["disk full"] });
    }
  });

  test("rejects for 503 of something else, and for another error", async () => {
    for (const reply of [new Response("down", { status: 503 }), json({}, { status: 500 })]) {
      const { client } = connect([() => reply]);
      expect(await rejection(client.status())).toBeDefined();
    }
    const { client } = connect([() => json({}, { status: 503, headers: { "Content-Type": "application/json" } })]);
    expect(await rejection(client.models())).toMatchObject({ code: "unavailable" });
  });
});

describe("a stream", () => {
  test("returns its items to its end event", async () => {
    const { client } = connect([
      () => eventStream("data: 1", ": comment", "data: null", "event: end\ndata: {}", "data: 3"),
    ]);
    expect(await Array.fromAsync(client.predictStream("m", {}))).toEqual([1, null]);
  });

  test("without its end event is unavailable, after its items", async () => {
    const { client } = connect([() => eventStream("data: 1")]);
    const stream = iteratorOf(client.predictStream("m", {}));
    expect((await stream.next()).value).toBe(1);
    expect(await rejection(stream.next())).toMatchObject({ code: "unavailable" });
  });

  test("with an error event rejects with its error", async () => {
    const data = JSON.stringify({ code: "internal", message: "No." });
    const { client } = connect([() => eventStream(`event: error\ndata: ${data}`)]);
    expect(await rejection(iteratorOf(client.predictStream("m", {})).next())).toMatchObject({
      code: "internal",
      message: "No.",
    });
  });

  test("with arguments that have no JSON form is not requested", async () => {
    const { client, requests } = connect();
    expect(await rejection(iteratorOf(client.predictStream("m", { x: 1n })).next())).toMatchObject({
      code: "invalid_args",
    });
    expect(requests).toEqual([]);
  });
});

describe("a watch", () => {
  test.each(["succeeded", "failed", "cancelled"])("ends with %s, whatever follows", async (type) => {
    const log = [
      { seq: 1, type: "started" },
      { seq: 2, type },
      { seq: 3, type: "log" },
    ];
    const { client } = connect([() => eventStream(...log.map((one) => `data: ${JSON.stringify(one)}`))]);
    expect(await Array.fromAsync(client.watch("r"))).toEqual(log.slice(0, 2));
  });

  test("without a terminal event is unavailable, after its events", async () => {
    const { client } = connect([() => eventStream('data: {"seq":1,"type":"started"}')]);
    const watch = iteratorOf(client.watch("r"));
    expect((await watch.next()).value).toMatchObject({ seq: 1 });
    expect(await rejection(watch.next())).toMatchObject({ code: "unavailable" });
  });

  test("of a log without further events is empty, and reads nothing", async () => {
    const { client } = connect([() => new Response(null, { status: 204 })]);
    expect(await Array.fromAsync(client.watch("r", { after: 9 }))).toEqual([]);
  });

  test.each([
    [undefined, 45_000],
    [1_000, 3_000],
  ])("with a heartbeat of %s ms is unavailable after %i ms of silence; its connection is closed", async (ms, limit) => {
    vi.useFakeTimers();
    let closed = 0;
    const cancel = () => {
      closed++;
    };
    const silent = () =>
      new Response(new ReadableStream({ cancel }), { headers: { "Content-Type": "text/event-stream" } });
    const { client } = connect([silent], ms === undefined ? {} : { heartbeatMs: ms });
    const first = rejection(iteratorOf(client.watch("r")).next());
    const second = rejection(iteratorOf(client.predictStream("m", {})).next());
    let ended = 0;
    for (const call of [first, second]) void call.then(() => ended++);
    await vi.advanceTimersByTimeAsync(limit - 1);
    expect(ended).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect([await first, await second]).toMatchObject([{ code: "unavailable" }, { code: "unavailable" }]);
    expect([closed, vi.getTimerCount()]).toEqual([2, 0]);
  });

  test("with a heartbeat of 0 waits without a limit", async () => {
    vi.useFakeTimers();
    const silent = () => new Response(new ReadableStream(), { headers: { "Content-Type": "text/event-stream" } });
    const { client } = connect([silent], { heartbeatMs: 0 });
    let ended = false;
    void rejection(iteratorOf(client.watch("r")).next()).then(() => (ended = true));
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect([ended, vi.getTimerCount()]).toEqual([false, 0]);
  });
});

describe("an upload", () => {
  const file = new Blob(["abc"], { type: "text/plain" });

  test.each([
    ["predict", (client: ConnectedService, options: object) => client.predict("m", { file, x: 1 }, options)],
    ["train", (client: ConnectedService, options: object) => client.train("m", { file, x: 1 }, options)],
  ])("of %s is a form, and its progress is told", async (_name, call) => {
    const { client, requests } = connect();
    const progress: object[] = [];
    await call(client, { onUploadProgress: (sent: object) => progress.push(sent) });
    const body = requests[0]?.body as FormData | ReadableStream<Uint8Array<ArrayBuffer>>;
    const form =
      body instanceof FormData ? body : await new Response(body, { headers: requests[0]?.headers ?? {} }).formData();
    expect(form.get("_json")).toBe('{"x":1}');
    expect(await (form.get("file") as File).text()).toBe("abc");
    expect(progress.at(-1)).toEqual({ bytes: 3, total: 3 });
  });
});

describe("a response", () => {
  test("of predict is JSON for this project's media type, else a file", async () => {
    const { client } = connect([
      () => json({ x: 1 }),
      () => new Response("{}", { headers: { "Content-Type": "application/json" } }),
    ]);
    expect(await client.predict("m", {})).toEqual({ x: 1 });
    expect(await ((await client.predict("m", {})) as ModelFile).text()).toBe("{}");
  });

  test("that never arrives is unavailable", async () => {
    const { client } = connect([() => new TypeError("fetch failed")]);
    expect(await rejection(client.models())).toMatchObject({ code: "unavailable" });
  });

  test("with problem details rejects with them", async () => {
    const problem = { code: "overloaded", detail: "Too many.", retryAfterMs: 7, status: 503, title: "?" };
    const headers = { "Content-Type": problemMediaType };
    const { client } = connect([() => json(problem, { status: 503, headers })]);
    const error = await rejection(client.remove("r"));
    expect(error).toMatchObject({ code: "overloaded", message: "Too many.", retryAfterMs: 7 });
  });

  test("of a proxy has the time of Retry-After", async () => {
    const { client } = connect([() => new Response("busy", { status: 503, headers: { "Retry-After": "3" } })]);
    expect(await rejection(client.models())).toMatchObject({ code: "unavailable", retryAfterMs: 3_000 });
  });
});

describe("a timeout", () => {
  test.each([2 ** 31, 2 ** 40, Number.POSITIVE_INFINITY, 60_000.5])(
    "of %d ms does not end the call at once",
    async (timeoutMs) => {
      const { client, requests } = connect();
      await client.models({ timeoutMs });
      // A timer that is too long would end at once.
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(requests[0]?.signal?.aborted).toBe(false);
    },
  );

  test("is one with the caller's signal: either ends the call", async () => {
    const leave = new AbortController();
    const { client, requests } = connect();
    await client.models({ signal: leave.signal, timeoutMs: 60_000 });
    leave.abort();
    expect(requests[0]?.signal?.aborted).toBe(true);
    await client.models({ signal: new AbortController().signal, timeoutMs: 1 });
    await expect.poll(() => requests[1]?.signal?.aborted).toBe(true);
  });
});

test("an unknown option is refused, each known one is taken", () => {
  expect(() => connectRest("http://h", { heartBeatMs: 1 } as never)).toThrow(TypeError);
  connectRest("http://h", { headers: {}, heartbeatMs: 1, fetch: globalThis.fetch });
});

test("a typed model calls the service", async () => {
  const { client, requests } = connect([() => json(2)]);
  expect(await client.model("m").predict({ x: 1 } as never)).toBe(2);
  expect(requests[0]?.url).toBe("http://h/base/v2/models/m/predict/");
});
