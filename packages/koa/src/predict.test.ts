import { connect } from "node:net";
import { type CallOptions, createHost, defineModel, modelFile, Type } from "@deepaas/core";
import { describe, expect, test } from "vitest";
import { waits } from "./testing/echo-model.ts";
import { rawPredict, serve, serveService } from "./testing/served.ts";

const answerOf = async (response: Response) => [
  response.status,
  response.headers.get("content-type"),
  await response.text(),
];
const text = "text/plain; charset=utf-8";
const json = "application/json; charset=utf-8";

describe("results", () => {
  test("without a schema, predictions is a string", async () => {
    const { predict } = await serve();
    expect(await answerOf(await predict({ n: "5" }))).toEqual([
      200,
      json,
      '{"status":"OK","predictions":"{\\"mode\\":\\"echo\\",\\"n\\":5}"}',
    ]);
    expect(await (await predict({ mode: "value", s: '"h\u00e9"' })).text()).toBe(
      '{"status":"OK","predictions":"h\u00e9"}',
    );
  });

  test("raw predictions are the value, when they are asked for", async () => {
    const { predict } = await serve({ rawPredictions: true });
    expect(await (await predict({ mode: "value", s: "[1,null]" })).text()).toBe(
      '{"status":"OK","predictions":[1,null]}',
    );
  });

  test("our own media type gives the bare value", async () => {
    const { predict } = await serve();
    const headers = { Accept: "application/vnd.deepaas+json" };
    expect(await answerOf(await predict({ mode: "value", s: "[1]" }, { headers }))).toEqual([
      200,
      "application/vnd.deepaas+json",
      "[1]",
    ]);
  });

  test("with a schema the value itself, and a mismatch is the model's fault", async () => {
    const model = defineModel({
      schema: { label: Type.String() },
      getPredictArgs: () => ({ ok: Type.Boolean() }),
      predict: ({ ok }) => (ok ? { label: "x" } : ({ label: 5 } as unknown as { label: string })),
    });
    const { get } = await serve({}, { typed: model });
    expect(await answerOf(await get("/v2/models/typed/predict/?ok=yes", { method: "POST" }))).toEqual([
      200,
      json,
      '{"label":"x"}',
    ]);
    expect(await answerOf(await get("/v2/models/typed/predict/?ok=no", { method: "POST" }))).toEqual([
      500,
      text,
      "500: ERROR validating model response, check server logs.",
    ]);
  });

  test("a file has its type, its length and its name", async () => {
    const { predict } = await serve();
    const response = await predict({ mode: "bytes" });
    expect(await answerOf(response)).toEqual([200, "image/png", "0123456789"]);
    expect(response.headers.get("content-length")).toBe("10");
    expect(response.headers.get("content-disposition")).toBe(
      `attachment; filename="a\\"?.png"; filename*=UTF-8''a%22%E6%97%A5.png`,
    );
    expect(response.headers.get("content-security-policy")).toBe("default-src 'none'; sandbox");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  });
});

describe("mistakes of the caller", () => {
  test("all of them at once, as a map of lists", async () => {
    const { predict } = await serve();
    expect(await answerOf(await predict({ n: "500", list: "x", o: "y" }))).toEqual([
      422,
      "application/json",
      '{"n":["Must be greater than or equal to 1 and less than or equal to 100."],"list":{"0":["Not a valid integer."]},"o":["Not a valid mapping type."]}',
    ]);
  });

  test("the map stays for clients of JSON; problem details come to those who know them", async () => {
    const { predict } = await serve();
    expect(await (await predict({ n: "x" }, { headers: { Accept: "application/json" } })).json()).toEqual({
      n: ["Not a valid integer."],
    });
    for (const type of ["application/problem+json", "application/vnd.deepaas+json"]) {
      const response = await predict({ n: "x" }, { headers: { Accept: `${type}, */*;q=0.1`, "X-Request-Id": "abc" } });
      expect(response.headers.get("content-type")).toBe("application/problem+json");
      expect(await response.json()).toMatchObject({
        title: "Unprocessable Content",
        status: 422,
        code: "invalid_args",
        requestId: "abc",
        issues: [{ pointer: "/n", rule: "type" }],
      });
    }
  });

  test("unknown arguments are dropped, or refused by a host that is strict", async () => {
    expect((await (await serve()).predict({ zz: "1" })).status).toBe(200);
    const service = await createHost({ models: { m: { predict: () => 1 } }, unknownArgs: "reject" });
    const { predict } = await serveService(service, {});
    expect(await answerOf(await predict({ zz: "1" }))).toEqual([422, "application/json", '{"zz":["Unknown field."]}']);
    await service.close();
  });

  test("issues that the model found itself", async () => {
    const { predict } = await serve();
    expect(await answerOf(await predict({ mode: "issues" }))).toEqual([
      422,
      "application/json",
      '{"s":["Is no JPEG."]}',
    ]);
  });
});

describe("failures", () => {
  test("a crash is 500 with our sentence; nothing of its cause goes out", async () => {
    const { predict } = await serve();
    for (const accept of ["*/*", "application/json", "text/html"]) {
      const response = await predict({ mode: "crash" }, { headers: { Accept: accept } });
      const body = await response.text();
      expect(response.status).toBe(500);
      expect(body).not.toMatch(/secret|passwd|\.ts|at /);
      if (accept !== "application/json") expect(body).toMatch(/^500: /);
    }
  });

  test("JSON has no NaN: that is the model's fault", async () => {
    const { predict } = await serve();
    expect((await predict({ mode: "nan" })).status).toBe(500);
  });

  test("what the model means for the caller has its status and text", async () => {
    const { predict } = await serve();
    expect(await answerOf(await predict({ mode: "refuse" }))).toEqual([409, text, "409: Not today."]);
    const problem = await predict({ mode: "refuse" }, { headers: { Accept: "application/json" } });
    expect(problem.headers.get("content-type")).toBe("application/problem+json");
    expect(await problem.json()).toMatchObject({
      type: "about:blank",
      title: "Conflict",
      status: 409,
      detail: "Not today.",
      code: "failed_precondition",
    });
  });

  test("busy says when to come back", async () => {
    const { predict } = await serve();
    const response = await predict({ mode: "busy" });
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "3"]);
  });

  test("a model without predict is 501, an unknown one 404", async () => {
    const { get } = await serve({}, { "train-only": defineModel({ train: () => 1 }) });
    expect(await answerOf(await get("/v2/models/train-only/predict/", { method: "POST" }))).toEqual([
      501,
      text,
      "501: Not implemented by underlying model (loaded 'train-only')",
    ]);
    expect(await answerOf(await get("/v2/models/nope/predict/", { method: "POST" }))).toEqual([
      404,
      text,
      "404: Not Found",
    ]);
  });

  test("a file that cannot be read is 500, not half an answer", async () => {
    const { predict, errors } = await serve();
    const response = await predict({ mode: "stream" });
    expect([response.status, await response.text()]).toEqual([500, "500: The server failed. See its log."]);
    expect(errors).toHaveLength(1);
  });

  test("what nobody foresaw is 500, and in the log under the request's id", async () => {
    const service = await createHost({ models: { m: { predict: () => 1 } } });
    const errors: object[] = [];
    const silent = () => {};
    const logger = { debug: silent, info: silent, warn: silent, error: (fields: object) => void errors.push(fields) };
    const broken = new Proxy(service, {
      get: (on, name) => (name === "describe" ? () => Promise.reject(new Error("secret")) : Reflect.get(on, name)),
    });
    const { get } = await serveService(broken, { logger });
    const response = await get("/v2/models/m/", { headers: { "X-Request-Id": "r-1" } });
    expect([response.status, await response.text()]).toEqual([500, "500: The server failed. See its log."]);
    expect(errors).toEqual([
      expect.objectContaining({ requestId: "r-1", err: expect.objectContaining({ message: "secret" }) }),
    ]);
    await service.close();
  });
});

describe("the request's id", () => {
  test("is the client's when it is sound, else a new one, and reaches the service", async () => {
    const seen: (string | undefined)[] = [];
    const service = await createHost({ models: { m: { predict: () => 1 } } });
    const spy = new Proxy(service, {
      get(on, name) {
        if (name !== "predict") return Reflect.get(on, name).bind(on);
        return (model: string, args: unknown, options: CallOptions) => {
          seen.push(options.requestId);
          return on.predict(model, args, options);
        };
      },
    });
    const { predict } = await serveService(spy, {});
    const idOf = async (id: string) =>
      (await predict({}, { headers: { "X-Request-Id": id } })).headers.get("x-request-id");
    expect(await idOf("abc-123")).toBe("abc-123");
    const made = await idOf("x".repeat(200));
    expect(made).toMatch(/^[0-9a-f-]{36}$/);
    expect(await idOf("a b")).toMatch(/^[0-9a-f-]{36}$/);
    expect(seen.slice(0, 2)).toEqual(["abc-123", made]);
    await service.close();
  });
});

describe("a client that leaves", () => {
  test("ends its predict", async () => {
    const { port } = await serve();
    const before = { ...waits };
    const body = '{"mode":"wait"}';
    const socket = connect(port, "127.0.0.1", () =>
      socket.write(rawPredict(["Content-Type: application/json", `Content-Length: ${body.length}`], body)),
    );
    await expect.poll(() => waits.started).toBe(before.started + 1);
    socket.destroy();
    await expect.poll(() => waits.aborted).toBe(before.aborted + 1);
  });
});

describe("a client that left before the answer was there", () => {
  test.each(["file", "stream"])("costs nothing but the %s", async (kind) => {
    const service = await createHost({ models: { m: defineModel({ predict: () => 1, async *predictStream() {} }) } });
    let answered = 0;
    const gone = (options: CallOptions) =>
      new Promise<void>((resolve) => options.signal?.addEventListener("abort", () => resolve()));
    const late = new Proxy(service, {
      get(on, name) {
        if (name === "predict") {
          return async (_model: string, _args: unknown, options: CallOptions) => {
            answered++;
            await gone(options);
            return modelFile(new Uint8Array(10));
          };
        }
        if (name === "predictStream") {
          return async function* (_model: string, _args: unknown, options: CallOptions) {
            answered++;
            await gone(options);
            yield 1;
          };
        }
        return (Reflect.get(on, name) as () => unknown).bind(on);
      },
    });
    const { port, get } = await serveService(late, {});
    const accept = kind === "stream" ? ["Accept: text/event-stream"] : [];
    const socket = connect(port, "127.0.0.1", () => socket.write(rawPredict(accept)));
    await expect.poll(() => answered).toBe(1);
    socket.destroy();
    // An error without a listener would have ended the process by now.
    for (let i = 0; i < 3; i++) expect((await get("/v2/")).status).toBe(200);
    await service.close();
  });
});

describe("a prediction in pieces", () => {
  const stream = { headers: { Accept: "text/event-stream" } };

  test("comes as events, and says that it ended", async () => {
    const { predict } = await serve();
    const response = await predict({}, stream);
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(await response.text()).toBe(
      'retry: 1000\ndata: {"part":1}\n\ndata: {"part":2}\n\nevent: end\ndata: null\n\n',
    );
  });

  test("that breaks says so, without the cause", async () => {
    const { predict } = await serve();
    const body = await (await predict({ mode: "crash" }, stream)).text();
    expect(body).toMatch(/data: \{"part":1\}\n\nevent: error\ndata: \{"code":"internal"/);
    expect(body).not.toContain("secret");
  });

  test("that cannot begin has a status", async () => {
    const { predict } = await serve();
    expect((await predict({ n: "x" }, stream)).status).toBe(422);
  });

  test("a model that has none answers as a whole whoever takes that too, and says so to others", async () => {
    let predicted = 0;
    const { get } = await serve({}, { whole: defineModel({ predict: () => ++predicted }) });
    const both = { headers: { Accept: "text/event-stream, application/json;q=0.5" } };
    const response = await get("/v2/models/whole/predict/", { method: "POST", ...both });
    expect([response.status, response.headers.get("content-type")]).toEqual([200, json]);
    expect((await get("/v2/models/whole/predict/", { method: "POST", ...stream })).status).toBe(501);
    expect(predicted).toBe(1);
  });
});
