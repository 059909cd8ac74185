import { connect } from "node:net";
import { gunzipSync } from "node:zlib";
import { type CallOptions, createHost, DeepaasError, defineModel } from "@deepaas/core";
import { describe, expect, test } from "vitest";
import { waits } from "./testing/echo-model.ts";
import { rawPredict, sendRaw, serve, serveService } from "./testing/served.ts";

const zipped = { headers: { "Accept-Encoding": "gzip" } };
/** Asks for a long answer. */
const long = (encoding: string) => ({
  body: JSON.stringify({ mode: "value", s: JSON.stringify("x".repeat(20_000)) }),
  headers: { "Content-Type": "application/json", "Accept-Encoding": encoding },
});

describe("compression", () => {
  const encodingOf = async (port: number, headers: readonly string[], query: string) => {
    const lines = [`POST /v2/models/m/predict/${query} HTTP/1.1`, "Host: localhost", "Connection: close", ...headers];
    const { head } = await sendRaw(port, `${lines.join("\r\n")}\r\n\r\n`);
    return /content-encoding: (.*)/i.exec(head)?.[1];
  };

  test("a long JSON answer is compressed for who takes that, and says on what it depends", async () => {
    const { predict } = await serve();
    const answer = await predict({}, long("gzip"));
    expect(answer.headers.get("content-encoding")).toBe("gzip");
    expect(answer.headers.get("vary")).toBe("Accept, Accept-Encoding");
    expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(Number(answer.headers.get("content-length"))).toBeLessThan(1_000);
    expect(((await answer.json()) as { predictions: string }).predictions).toHaveLength(20_000);
    const plain = await predict({}, long("identity"));
    expect([plain.headers.get("content-encoding"), plain.headers.get("vary")]).toEqual([
      null,
      "Accept, Accept-Encoding",
    ]);
  });

  test("from a length on that is an option, and never with 0", async () => {
    const small = await serve({ gzipFromBytes: 20 });
    expect(await encodingOf(small.port, ["Accept-Encoding: gzip"], "?mode=value&s=1")).toBe("gzip");
    expect(await encodingOf(small.port, ["Accept-Encoding: gzip;q=0"], "?mode=value&s=1")).toBeUndefined();
    const body = (await serve()).predict({ mode: "value", s: "1" }, zipped);
    expect((await body).headers.get("content-encoding")).toBeNull();
    const never = await (await serve({ gzipFromBytes: 0 })).predict({}, long("gzip"));
    expect([never.status, never.headers.get("content-encoding")]).toEqual([200, null]);
  });

  test("HEAD has the length of what GET would send", async () => {
    const { get } = await serve({ gzipFromBytes: 20 });
    const [head, whole] = [await get("/v2/models/", { method: "HEAD", ...zipped }), await get("/v2/models/", zipped)];
    expect(head.headers.get("content-encoding")).toBe("gzip");
    expect(head.headers.get("content-length")).toBe(whole.headers.get("content-length"));
    await whole.text();
  });

  test("neither a file nor an event stream is", async () => {
    const { predict } = await serve({ gzipFromBytes: 1 });
    for (const init of [zipped, { headers: { ...zipped.headers, Accept: "text/event-stream" } }]) {
      const answer = await predict({ mode: init === zipped ? "bytes" : "echo" }, init);
      expect([answer.status, answer.headers.get("content-encoding")]).toEqual([200, null]);
      await answer.text();
    }
  });

  test("the documents are too", async () => {
    const { get } = await serve();
    for (const path of ["/openapi.json", "/swagger.json"]) {
      const answer = await get(path, zipped);
      expect([answer.headers.get("content-encoding"), answer.headers.get("vary")]).toEqual(["gzip", "Accept-Encoding"]);
      expect(Object.keys((await answer.json()) as object)).toContain("paths");
      const plain = await get(path, { headers: { "Accept-Encoding": "identity" } });
      expect([plain.headers.get("content-encoding"), plain.headers.get("vary")]).toEqual([null, "Accept-Encoding"]);
      expect(plain.headers.get("etag")).not.toBe(answer.headers.get("etag"));
    }
  });

  test("errors are too", async () => {
    const { port } = await serve({ gzipFromBytes: 10 });
    const answer = await new Promise<Buffer>((resolve) => {
      const received: Buffer[] = [];
      const socket = connect(port, "127.0.0.1", () =>
        socket.write(rawPredict(["Accept-Encoding: gzip"]).replace("predict/", "predict/?n=x")),
      );
      socket.on("data", (chunk) => received.push(chunk));
      socket.once("close", () => resolve(Buffer.concat(received)));
      socket.once("end", () => socket.end());
    });
    const body = answer.subarray(answer.indexOf("\r\n\r\n") + 4);
    expect(gunzipSync(body).toString()).toBe('{"n":["Not a valid integer."]}');
  });
});

describe("pages of another origin", () => {
  const from = (origin: string, headers = {}) => ({ headers: { Origin: origin, ...headers } });
  const preflight = (origin: string) => ({
    method: "OPTIONS",
    ...from(origin, {
      "Access-Control-Request-Method": "POST",
      "Access-Control-Request-Headers": "content-type,x-request-id",
    }),
  });
  const allowed = (response: Response) => response.headers.get("access-control-allow-origin");

  test("may not read anything by default", async () => {
    const { get } = await serve();
    const answer = await get("/v2/", from("https://a.example"));
    expect([allowed(answer), answer.headers.get("vary")]).toEqual([null, null]);
    expect(allowed(await get("/v2/models/m/predict/", preflight("https://a.example")))).toBeNull();
  });

  test("may when they are listed: answers, errors and redirects", async () => {
    const { get } = await serve({ origins: ["https://a.example", "http://localhost:3000"] });
    for (const path of ["/v2/", "/v2/nothing", "/v2/models/m", "/openapi.json"]) {
      const answer = await get(path, from("http://localhost:3000"));
      expect([path, allowed(answer)]).toEqual([path, "http://localhost:3000"]);
      expect(answer.headers.get("vary")).toContain("Origin");
      expect(answer.headers.get("access-control-expose-headers")).toContain("X-Request-Id");
      expect(allowed(await get(path, from("https://b.example")))).toBeNull();
      expect(allowed(await get(path, from("null")))).toBeNull();
    }
  });

  test("are told before a request what it may be", async () => {
    const { get } = await serve({ origins: ["https://a.example"] });
    const answer = await get("/v2/models/m/predict/", preflight("https://a.example"));
    expect([answer.status, allowed(answer)]).toEqual([204, "https://a.example"]);
    expect(answer.headers.get("access-control-allow-methods")).toBe("OPTIONS, POST");
    expect(answer.headers.get("access-control-allow-headers")).toBe("content-type,x-request-id");
    expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
    const other = await get("/v2/models/m/predict/", preflight("https://b.example"));
    expect([other.status, other.headers.get("access-control-allow-methods")]).toEqual([204, null]);
  });

  test("from anywhere, when that is said", async () => {
    const { get } = await serve({ origins: "any" });
    expect(allowed(await get("/v2/", from("https://b.example")))).toBe("*");
  });

  test.each([["https://a.example/"], ["a.example"], [5], "*"])("%j is no list of origins", async (origins) => {
    await expect(serve({ origins: origins as unknown as string[] })).rejects.toThrow(/origins/);
  });
});

describe("a trace", () => {
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  test("reaches the service and the observer; what is none does not", async () => {
    const observed: (string | undefined)[] = [];
    const service = await createHost({
      models: { m: defineModel({ predict: () => 1, train: () => 1 }) },
      observer: { predict: (call) => void observed.push(call.traceparent) },
    });
    const asked: CallOptions[] = [];
    const spy = new Proxy(service, {
      get(on, name) {
        const found = Reflect.get(on, name) as (...given: unknown[]) => unknown;
        return (...given: unknown[]) => {
          asked.push(given.at(-1) as CallOptions);
          return found.apply(on, given);
        };
      },
    });
    const { predict, get } = await serveService(spy, {});
    await predict({}, { headers: { traceparent } });
    for (const wrong of ["", "00-1-2-01", `${traceparent}\u00e9`, `ff${traceparent.slice(2)}`]) {
      await predict({}, { headers: { traceparent: wrong } });
    }
    expect(observed).toEqual([traceparent, undefined, undefined, undefined, undefined]);
    asked.length = 0;
    await get("/v2/models/m/train/", { method: "POST", headers: { traceparent } });
    expect(asked.map((options) => options.traceparent)).toEqual([traceparent, traceparent]);
    await service.close();
  });
});

describe("when to come back", () => {
  test.each([
    ["rate_limited", 429],
    ["overloaded", 503],
    ["unavailable", 503],
  ] as const)("is said with %s", async (code, status) => {
    const predict = () => {
      throw new DeepaasError(code, "Later.", code === "unavailable" ? {} : { retryAfterMs: 1_001 });
    };
    const { get } = await serve({}, { busy: { predict } });
    const answer = await get("/v2/models/busy/predict/", { method: "POST" });
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([status, code === "unavailable" ? "1" : "2"]);
  });
});

describe("the page", () => {
  test("cannot be framed, says nothing to others, and is what its type says", async () => {
    const { headers } = await (await serve()).get("/api");
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  });
});

describe("slow clients", () => {
  test("headers that never end are 408", async () => {
    const { port } = await serve({ headersTimeoutMs: 100 });
    const answer = await sendRaw(port, "GET /v2/ HTTP/1.1\r\nX-Slow: ");
    expect([answer.status, answer.body]).toEqual([408, "408: Request Timeout"]);
  });

  test("a body that comes in drops for ever is cut off", async () => {
    const { port } = await serve({ requestTimeoutMs: 300, headersTimeoutMs: 200, uploadIdleMs: 10_000 });
    const socket = connect(port, "127.0.0.1", () =>
      socket.write(rawPredict(["Content-Type: application/json", "Content-Length: 1000000"])),
    );
    const drip = setInterval(() => socket.write(" "), 20);
    socket.on("error", () => {});
    let answer = "";
    socket.on("data", (chunk) => {
      answer += chunk.toString();
    });
    await new Promise((resolve) => socket.once("close", resolve));
    clearInterval(drip);
    expect(answer === "" || answer.startsWith("HTTP/1.1 408 ")).toBe(true);
  });

  test("an idle connection is given up", async () => {
    const { port } = await serve({ keepAliveMs: 50 });
    const startedAt = performance.now();
    const answer = await sendRaw(port, "GET /v2/ HTTP/1.1\r\nHost: localhost\r\n\r\n");
    expect(answer.status).toBe(200);
    // Node adds a second of its own.
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});

describe("who leaves", () => {
  test("ends a predict over a connection that was used before", async () => {
    const { port } = await serve();
    const before = { ...waits };
    const keep = rawPredict([], "").replace("Connection: close\r\n", "Content-Length: 0\r\n");
    const socket = connect(port, "127.0.0.1", () => socket.write(keep));
    await new Promise((resolve) => socket.once("data", resolve));
    socket.write(keep.replace("predict/", "predict/?mode=wait"));
    await expect.poll(() => waits.started).toBe(before.started + 1);
    socket.destroy();
    await expect.poll(() => waits.aborted).toBe(before.aborted + 1);
  });
});
