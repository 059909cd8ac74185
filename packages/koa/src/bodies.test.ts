import { createServer } from "node:http";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { createHost, silentLogger, Type } from "@deepaas/core";
import Koa, { type Middleware } from "koa";
import { describe, expect, test } from "vitest";
import { rest } from "./rest.ts";
import { listening, rawPredict, sendRaw, serve } from "./testing/served.ts";

const raw = { rawPredictions: true };
const post = (type: string, body: RequestInit["body"] & {}, headers: Record<string, string> = {}): RequestInit => ({
  method: "POST",
  body,
  headers: { "Content-Type": type, ...headers },
});
function form(parts: Readonly<Record<string, string | File>>): RequestInit {
  const body = new FormData();
  for (const [name, value] of Object.entries(parts)) body.append(name, value);
  return { method: "POST", body };
}
const json = (body: string | Uint8Array<ArrayBuffer>, headers = {}) => post("application/json", body, headers);
const echoOf = async (response: Response) => ((await response.json()) as { predictions: unknown }).predictions;

describe("JSON", () => {
  test.each(["application/json", "application/json; charset=utf-8", "application/vnd.api+json", "APPLICATION/JSON"])(
    "is read from %s",
    async (type) => {
      const { predict } = await serve(raw);
      expect(await echoOf(await predict({}, post(type, '{"s":"\u00e9","n":"5"}')))).toEqual({
        mode: "echo",
        s: "\u00e9",
        n: 5,
      });
    },
  );

  test.each(["text/plain", "application/octet-stream", "application/jsonx", "multipart/mixed; boundary=XX"])(
    "is ignored as %s",
    async (type) => {
      const { predict } = await serve(raw);
      expect(await echoOf(await predict({}, post(type, '{"s":"x"}')))).toEqual({ mode: "echo" });
    },
  );

  test("is read in the charset it says", async () => {
    const { predict } = await serve(raw);
    const bytes = new Uint8Array(Buffer.from('{"s":"h\u00e9"}', "latin1"));
    expect(await echoOf(await predict({}, post("application/json; charset=latin-1", bytes)))).toMatchObject({
      s: "h\u00e9",
    });
  });

  test("a charset that is not known is 400, with the reason", async () => {
    const { predict } = await serve();
    for (const type of ["application/json", "application/x-www-form-urlencoded"]) {
      const response = await predict({}, post(`${type}; charset=nonsense`, "{}"));
      expect([response.status, await response.text()]).toEqual([400, "400: The charset of the body is not known"]);
    }
  });

  test("an empty body holds no arguments", async () => {
    const { predict } = await serve(raw);
    expect(await echoOf(await predict({}, json("")))).toEqual({ mode: "echo" });
  });

  test.each<[string, string | Uint8Array<ArrayBuffer>]>([
    ["broken", "{"],
    ["blank", "  "],
    ["with a byte order mark", "\ufeff{}"],
    ["with invalid UTF-8", new Uint8Array([0x22, 0xff, 0x22])],
    ["with NaN", '{"n": NaN}'],
    ["nested 201 deep", "[".repeat(201) + "]".repeat(201)],
    ["nested 100,000 deep", '{"a":'.repeat(100_000)],
    ["nested 100,000 deep, and closed", "[".repeat(100_000) + "]".repeat(100_000)],
  ])("%s is 400 with the body of the original, also when nothing is read from it", async (_what, body) => {
    const { predict } = await serve();
    const response = await predict({ s: "x" }, json(body));
    expect([response.status, response.headers.get("content-type"), await response.text()]).toEqual([
      400,
      "application/json",
      '{"json":["Invalid JSON body."]}',
    ]);
  });

  test("nested 200 deep is fine", async () => {
    const { predict } = await serve(raw);
    expect((await predict({}, json(`{"x":${"[".repeat(199)}${"]".repeat(199)}}`))).status).toBe(200);
  });

  test.each(["[1]", "5", "null", '"s"'])("%s at the top holds no arguments", async (body) => {
    const { predict } = await serve(raw);
    expect(await echoOf(await predict({}, json(body)))).toEqual({ mode: "echo" });
  });

  test("__proto__ does no harm", async () => {
    const { predict } = await serve(raw);
    const body =
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"o":{"__proto__":{"polluted":1}}}';
    const response = await predict({}, json(body));
    expect(await response.text()).toBe(
      '{"status":"OK","predictions":{"mode":"echo","o":{"__proto__":{"polluted":1}}}}',
    );
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe("forms", () => {
  test("urlencoded text becomes arguments; the query wins", async () => {
    const { predict } = await serve(raw);
    const body = post("application/x-www-form-urlencoded", "s=a+b%C3%A9&n=5&list=1&list=2");
    expect(await echoOf(await predict({ n: "7" }, body))).toEqual({ mode: "echo", s: "a b\u00e9", n: 7, list: [1, 2] });
  });

  test("more fields than allowed are 413", async () => {
    const { predict } = await serve();
    const response = await predict({}, post("application/x-www-form-urlencoded", "a=1&".repeat(10_000)));
    expect([response.status, await response.text()]).toEqual([413, "413: The form has more than 1000 fields"]);
  });
});

describe("compressed bodies", () => {
  const text = '{"s":"packed"}';
  test.each([
    ["gzip", gzipSync(text)],
    ["deflate", deflateSync(text)],
    ["br", brotliCompressSync(text)],
    ["GZIP", gzipSync(text)],
    ["identity", Buffer.from(text)],
  ])("%s is read", async (encoding, body) => {
    const { predict } = await serve(raw);
    expect(await echoOf(await predict({}, json(new Uint8Array(body), { "Content-Encoding": encoding })))).toMatchObject(
      { s: "packed" },
    );
  });

  test("one that grows beyond the limit is 413", async () => {
    const { predict } = await serve({ maxBodyBytes: 100_000 });
    const response = await predict(
      {},
      json(new Uint8Array(gzipSync(Buffer.alloc(50_000_000, "x"))), { "Content-Encoding": "gzip" }),
    );
    expect([response.status, await response.text()]).toEqual([
      413,
      expect.stringMatching(/^Maximum request body size 100000 exceeded/),
    ]);
  });

  test("a broken one is 400, an unknown one 415", async () => {
    const { predict } = await serve();
    const broken = await predict(
      {},
      json(new Uint8Array(gzipSync(text).subarray(0, 20)), { "Content-Encoding": "gzip" }),
    );
    expect([broken.status, await broken.text()]).toEqual([
      400,
      expect.stringMatching(/^400: The compressed body is broken/),
    ]);
    const junk = await predict({}, json("junk", { "Content-Encoding": "gzip" }));
    expect(junk.status).toBe(400);
    const unknown = await predict({}, json(text, { "Content-Encoding": "zstd" }));
    expect([unknown.status, await unknown.text()]).toEqual([
      415,
      "415: The content encoding is not gzip, deflate or br",
    ]);
  });
});

describe("the limit of a body", () => {
  test.each(["application/json", "application/x-www-form-urlencoded"])(
    "is kept for %s, with the sentence of the original",
    async (type) => {
      const { predict } = await serve({ maxBodyBytes: 1_000 });
      const response = await predict({ s: "x" }, post(type, "x".repeat(1_001)));
      expect([response.status, await response.text()]).toEqual([
        413,
        "Maximum request body size 1000 exceeded, actual body size 1001",
      ]);
    },
  );

  test.each([
    ["JSON", json(`{"s":"${"x".repeat(2_000)}"}`)],
    ["a form", post("application/x-www-form-urlencoded", `s=${"x".repeat(2_000)}`)],
    [
      "compressed JSON",
      json(new Uint8Array(gzipSync(`{"zzz":[${"{},".repeat(5_000)}{}]}`)), { "Content-Encoding": "gzip" }),
    ],
    ["a text part", form({ s: "x".repeat(2_000) })],
    ["many text parts", form(Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`, "x".repeat(50)])))],
    ["exact values", form({ _json: JSON.stringify({ s: "x".repeat(2_000) }) })],
  ])("%s over maxJsonBytes is 413, which names the option", async (_what, sent) => {
    const { predict } = await serve({ maxJsonBytes: 1_000 });
    const response = await predict({}, sent);
    expect([response.status, await response.text()]).toEqual([
      413,
      "413: JSON and form text may have 1000 bytes (the option maxJsonBytes; --client-max-size of the command). Send large data as a file",
    ]);
  });

  test("a file does not count as text", async () => {
    const { predict } = await serve({ maxJsonBytes: 1_000 });
    expect((await predict({}, form({ s: "x", file: new File(["x".repeat(50_000)], "f") }))).status).toBe(200);
  });

  test("maxJsonBytes of 0 leaves only maxBodyBytes", async () => {
    const { predict } = await serve({ maxJsonBytes: 0 });
    expect((await predict({}, json(`{"s":"${"x".repeat(9_000_000)}"}`))).status).toBe(200);
  });

  test("does not count a body that nobody reads", async () => {
    const { predict } = await serve({ maxBodyBytes: 1_000 });
    expect((await predict({}, post("application/octet-stream", "x".repeat(200_000)))).status).toBe(200);
  });

  test("a connection serves on after a refused body", async () => {
    const { port } = await serve({ maxBodyBytes: 10 });
    const first = rawPredict(["Content-Type: application/json", "Content-Length: 100"], "x".repeat(100)).replace(
      "Connection: close\r\n",
      "",
    );
    const answers = await sendRaw(port, first, "GET /v2/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    expect(answers.status).toBe(413);
    expect(answers.body).toContain("HTTP/1.1 200 OK");
  });
});

describe("what is no request", () => {
  test("headers beyond the limit are 431", async () => {
    const { port } = await serve();
    expect(await sendRaw(port, rawPredict([`X-Large: ${"x".repeat(20_000)}`]))).toMatchObject({
      status: 431,
      body: "431: Request Header Fields Too Large",
    });
  });

  test("junk is 400", async () => {
    const { port } = await serve();
    expect(await sendRaw(port, "junk\r\n\r\n")).toMatchObject({ status: 400, body: "400: Bad Request" });
  });
});

describe("bytes that are no text in their charset are 400", () => {
  const bytes = new Uint8Array([0x73, 0x3d, 0xff, 0xfe]);
  const part = (type: string) =>
    Buffer.concat([
      Buffer.from(`--XX\r\nContent-Disposition: form-data; name="s"\r\nContent-Type: ${type}\r\n\r\n`),
      bytes,
      Buffer.from("\r\n--XX--\r\n"),
    ]);
  test.each<[string, string, Uint8Array<ArrayBuffer>]>([
    ["JSON", "application/json", new Uint8Array([0x22, 0xff, 0x22])],
    ["a form", "application/x-www-form-urlencoded", bytes],
    ["an escape of a form", "application/x-www-form-urlencoded", new Uint8Array(Buffer.from("s=%FF"))],
    ["a name of a form", "application/x-www-form-urlencoded", new Uint8Array(Buffer.from("%FF=1"))],
    ["a form in another charset", "application/x-www-form-urlencoded; charset=shift_jis", bytes],
    ["a text part", "multipart/form-data; boundary=XX", new Uint8Array(part("text/plain"))],
    [
      "a text part in another charset",
      "multipart/form-data; boundary=XX",
      new Uint8Array(part("text/plain; charset=euc-jp")),
    ],
  ])("%s", async (_what, type, body) => {
    const { predict } = await serve();
    expect((await predict({}, post(type, body))).status).toBe(400);
  });
});

test.each([
  ["s=a+b%20c%2b%zz%4", "utf-8", "a b c+%zz%4"],
  ["s=%80+%92", "windows-1252", "\u20ac \u2019"],
  ["&s=x=y&&", "utf-8", "x=y"],
  ["s=h%C3%A9", "utf-8", "h\u00e9"],
  ["n=1&s", "utf-8", ""],
])("the form %s in %s has s=%j", async (body, charset, expected) => {
  const { predict } = await serve(raw);
  expect(
    await echoOf(await predict({}, post(`application/x-www-form-urlencoded; charset=${charset}`, body))),
  ).toMatchObject({ s: expected });
});

test("deflate is taken with and without the header of zlib", async () => {
  const { predict } = await serve(raw);
  for (const packed of [deflateSync('{"s":"packed"}'), deflateRawSync('{"s":"packed"}')]) {
    const response = await predict({}, json(new Uint8Array(packed), { "Content-Encoding": "deflate" }));
    expect(await echoOf(response)).toMatchObject({ s: "packed" });
  }
});

test("curl -d with JSON is told that it sent a form", async () => {
  const needs = { getPredictArgs: () => ({ x: Type.Integer() }), predict: () => 1 };
  const { get } = await serve({}, { needs });
  const sent = (headers = {}) =>
    get("/v2/models/needs/predict/", post("application/x-www-form-urlencoded", '{"x":3}', headers));
  const response = await sent();
  expect([response.status, await response.json()]).toEqual([
    422,
    { x: ["Missing data for required field."], _schema: [expect.stringContaining("was read as a form")] },
  ]);
  const problem = (await (await sent({ Accept: "application/problem+json" })).json()) as { detail: string };
  expect(problem.detail).toContain("was read as a form");
});

describe("behind a middleware that has read the body", () => {
  const reads: Middleware = async (ctx, next) => {
    for await (const _chunk of ctx.req) {
      // Read as a body parser reads it.
    }
    await next();
  };

  test.each(["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=XX"])(
    "%s is refused with a sentence that says how to mount",
    async (type) => {
      const host = await createHost({ models: { m: { predict: () => 1, train: () => 1 } } });
      const errors: object[] = [];
      const logger = { ...silentLogger, error: (fields: object) => void errors.push(fields) };
      const handle = new Koa().use(reads).use(rest(host, { logger })).callback();
      const port = await listening(createServer((req, res) => void handle(req, res)));
      for (const path of ["predict", "train"]) {
        const response = await fetch(`http://127.0.0.1:${port}/v2/models/m/${path}/`, post(type, "{}"));
        expect([response.status, await response.text()]).toEqual([
          500,
          expect.stringContaining("Mount rest() before it"),
        ]);
      }
      expect(errors).toHaveLength(2);
      expect((await host.runs()).items).toEqual([]);
      const empty = await fetch(`http://127.0.0.1:${port}/v2/models/m/predict/`, { method: "POST" });
      expect(empty.status).toBe(200);
      await host.close({ drainMs: 0 });
    },
  );
});
