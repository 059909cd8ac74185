// What a hostile or broken client sends. After each of these the server answers, no file is left, and no rejection was
// without a handler: `served.ts` looks at the last two.
import { connect, type Socket } from "node:net";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { leftovers, multipart, rawPredict, type Served, sendRaw, serve } from "./testing/served.ts";

const jsonHead = "Content-Type: application/json";
const formHead = "Content-Type: multipart/form-data; boundary=XX";
let served: Served | undefined;

async function serveIt(...given: Parameters<typeof serve>): Promise<Served> {
  served = await serve(...given);
  return served;
}

/** Before the hook of `served.ts` closes the server: hooks run in reverse order. */
afterEach(async () => {
  const one = served;
  served = undefined;
  expect((await one?.get("/v2/"))?.status).toBe(200);
  expect(one?.errors).toEqual([]);
});

function connected(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => resolve(socket));
    socket.once("error", reject);
  });
}

function* endlessly<T>(item: T): Generator<T> {
  for (;;) yield item;
}

const closed = (socket: Socket) => new Promise((resolve) => socket.once("close", resolve));

describe("bodies", () => {
  test.each([
    ["JSON", jsonHead, '{"s":'],
    ["a form", "Content-Type: application/x-www-form-urlencoded", "s=1&n"],
    ["multipart", formHead, '--XX\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nDA'],
    ["gzip", `${jsonHead}\r\nContent-Encoding: gzip`, gzipSync('{"s":"x"}').subarray(0, 15).toString("latin1")],
  ])("%s that ends with its connection", async (_what, head, body) => {
    const { port } = await serveIt();
    for (const length of ["Content-Length: 1000", "Transfer-Encoding: chunked"]) {
      const socket = await connected(port);
      const framed = length.startsWith("C") ? body : `${body.length.toString(16)}\r\n${body}\r\n`;
      socket.end(Buffer.from(rawPredict([head, length], framed), "latin1"));
      socket.resume();
      await closed(socket);
    }
    await expect.poll(leftovers).toEqual([]);
  });

  test("one without an end is refused at the limit, whatever it is", async () => {
    const { port } = await serveIt({ maxBodyBytes: 1_000_000 });
    for (const head of [jsonHead, formHead, "Content-Type: application/x-www-form-urlencoded"]) {
      const socket = await connected(port);
      socket.on("error", () => {});
      const answered = new Promise<string>((resolve) => {
        socket.once("data", (chunk) => resolve(chunk.toString()));
        socket.once("close", () => resolve(""));
      });
      // Who wants to close gets the answer once nothing more comes, which is never here, or ten seconds later.
      socket.write(rawPredict([head, "Transfer-Encoding: chunked"]).replace("Connection: close\r\n", ""));
      if (head === formHead) {
        const part = '--XX\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n';
        socket.write(`${part.length.toString(16)}\r\n${part}\r\n`);
      }
      // As fast as the server reads: what is written faster stays in the memory of this process, which then has no time to read.
      const endless = Readable.from(endlessly(`10000\r\n${"1".repeat(0x10000)}\r\n`));
      endless.pipe(socket);
      const answer = await answered;
      endless.destroy();
      socket.destroy();
      expect(answer).toMatch(/^HTTP\/1.1 413 /);
    }
  });

  test("JSON that is no text of its charset, or of one that is none", async () => {
    const { predict } = await serveIt();
    const body = new Uint8Array([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d]);
    const ask = async (type: string) =>
      (await predict({}, { method: "POST", body, headers: { "Content-Type": type } })).status;
    expect(await ask("application/json; charset=utf-16")).toBe(400);
    expect(await ask("application/json; charset=utf-8")).toBe(400);
    expect(await ask("application/json; charset=")).toBe(400);
    expect(await ask("application/json; charset=../../etc")).toBe(400);
  });

  test("a gzip bomb in a form", async () => {
    const { predict } = await serveIt({ maxBodyBytes: 100_000 });
    const bomb = gzipSync(multipart({ head: 'name="file"; filename="f"', content: "0".repeat(30_000_000) }));
    const response = await predict(
      {},
      {
        body: new Uint8Array(bomb),
        headers: { "Content-Type": "multipart/form-data; boundary=XX", "Content-Encoding": "gzip" },
      },
    );
    expect(bomb.length).toBeLessThan(100_000);
    expect(response.status).toBe(413);
  });

  test("a part with a header without an end, and one with very many", async () => {
    const { port } = await serveIt();
    for (const head of [`name="s"\r\nX: ${"x".repeat(1_000_000)}`, `name="s"${"\r\nX: y".repeat(20_000)}`]) {
      const body = multipart({ head, content: "x" });
      expect((await sendRaw(port, rawPredict([formHead, `Content-Length: ${body.length}`], body))).status).toBeLessThan(
        500,
      );
    }
  });
});

describe("heads", () => {
  test("a header of 1 MB is 431", async () => {
    const { port } = await serveIt();
    const socket = await connected(port);
    socket.on("error", () => {});
    let answer = "";
    socket.on("data", (chunk) => {
      answer += chunk.toString();
    });
    socket.write(rawPredict([`X-Large: ${"x".repeat(1_000_000)}`]));
    await closed(socket);
    // The rest of it may be on its way still, and then the connection is reset.
    if (answer !== "") expect(answer).toMatch(/^HTTP\/1.1 431 /);
  });

  test.each([
    ["two lengths", ["Content-Length: 2", "Content-Length: 3"]],
    ["a list of lengths", ["Content-Length: 2, 3"]],
    ["a length and chunks", ["Content-Length: 2", "Transfer-Encoding: chunked"]],
    ["a negative length", ["Content-Length: -2"]],
    ["an unknown coding", ["Transfer-Encoding: gzip"]],
    ["a NUL", ["X-A: a\0b"]],
    ["a folded line", ["X-A: a", " b: c\0"]],
  ])("%s are 400", async (_what, lines) => {
    const { port } = await serveIt();
    const answer = await sendRaw(port, rawPredict([jsonHead, ...lines], "{}"));
    expect(answer.status).toBe(400);
    // What came after it is no second request.
    expect(answer.body).not.toContain("HTTP/1.1");
  });

  test.each([
    "/v2/models/..%2fm/",
    "/v2/models/..%2f..%2fetc%2fpasswd/predict/",
    "/v2/models/m%00/",
    "/v2/models/%c0%ae%c0%ae/",
    "/v2/models/%ff/",
    "/v2/models/%/",
    "/v2/models/%2e%2e/",
    "/v2/models/../../etc/passwd",
    "/v2/models/__proto__/",
    "/v2/models/constructor/schema",
    "/v2/runs/..%2f..%2fx",
    "/v2/runs/__proto__",
    "/v2/runs/a/artifacts/..%2f..%2fetc%2fpasswd",
    "/v2/runs/a/artifacts/%00",
    "/static/swagger/..%2f..%2fpackage.json",
    "//evil.example/v2/models/m",
    "/v2/models/m\\..\\x/",
    `/v2/models/${"m".repeat(8_000)}/`,
  ])("the path %s leads nowhere", async (path) => {
    const { port } = await serveIt();
    for (const method of ["GET", "POST", "DELETE"]) {
      const { status, head } = await sendRaw(
        port,
        `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
      );
      expect([400, 404, 405]).toContain(status);
      expect(head).not.toMatch(/location:/i);
    }
  });

  test("arguments called like members of a prototype, from every place", async () => {
    const { port } = await serveIt({ rawPredictions: true });
    const query = "__proto__=1&constructor=2&o[__proto__][polluted]=3&toString=4";
    const lines = [
      `POST /v2/models/m/predict/?${query} HTTP/1.1`,
      "Host: localhost",
      "Connection: close",
      "Cookie: __proto__=1; constructor=2",
      "__proto__: 1",
      "Content-Type: application/x-www-form-urlencoded",
      `Content-Length: ${query.length}`,
    ];
    const answer = await sendRaw(port, `${lines.join("\r\n")}\r\n\r\n${query}`);
    expect([answer.status, answer.body]).toEqual([200, '{"status":"OK","predictions":{"mode":"echo"}}']);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe("connections", () => {
  test("one that ends in the middle of a download", async () => {
    const { port } = await serveIt();
    const body = multipart(
      { head: 'name="file"; filename="f.bin"', content: "x".repeat(20_000_000) },
      { head: 'name="mode"', content: "back" },
    );
    const socket = await connected(port);
    socket.on("error", () => {});
    socket.write(rawPredict([formHead, `Content-Length: ${body.length}`], body));
    await new Promise((resolve) => socket.once("data", resolve));
    expect(leftovers()).toHaveLength(1);
    socket.destroy();
    await expect.poll(leftovers).toEqual([]);
  });

  test("a thousand that say half of a request: others are served, and they are given up", async () => {
    const { port, get } = await serveIt({ headersTimeoutMs: 2_000 });
    const sockets = await Promise.all(Array.from({ length: 1_000 }, () => connected(port)));
    const all = sockets.map((socket, i) => {
      socket.on("error", () => {});
      socket.resume();
      socket.write(i % 2 === 0 ? "POST /v2/models/m/predict/ HTTP/1.1\r\nHost: " : "GET");
      return closed(socket);
    });
    expect((await get("/v2/models/m/predict/", { method: "POST" })).status).toBe(200);
    await Promise.all(all);
  });

  test("many that leave in the middle of an upload at once", async () => {
    const { port } = await serveIt();
    const start = rawPredict(
      [formHead, "Content-Length: 1000000"],
      `--XX\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n${"x".repeat(50_000)}`,
    );
    const sockets = await Promise.all(Array.from({ length: 100 }, () => connected(port)));
    for (const socket of sockets) socket.write(start);
    await expect.poll(() => leftovers().length).toBe(100);
    for (const socket of sockets) socket.destroy();
    await expect.poll(leftovers).toEqual([]);
  });
});
