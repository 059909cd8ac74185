import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { waits } from "./testing/echo-model.ts";
import { leftovers, multipart, rawPredict, sendRaw, serve } from "./testing/served.ts";

const raw = { rawPredictions: true };
const formHead = "Content-Type: multipart/form-data; boundary=XX";
const withLength = (body: string) => rawPredict([formHead, `Content-Length: ${Buffer.byteLength(body)}`], body);
const predictionsOf = (body: string) => (JSON.parse(body) as { predictions: Record<string, unknown> }).predictions;

describe("what arrives", () => {
  test("a file comes with its type, its size and its name without folders", async () => {
    const { port } = await serve(raw);
    const body = multipart({
      head: 'name="file"; filename="../../etc/pa\u00df.png"\r\nContent-Type: image/png',
      content: "DATA",
    });
    const answer = await sendRaw(port, withLength(body));
    expect(predictionsOf(answer.body).file).toEqual({ name: "pa\u00df.png", type: "image/png", size: 4, text: "DATA" });
  });

  test.each([
    ["filename*=UTF-8''n%C3%A4me.bin", "n\u00e4me.bin"],
    ["filename=\"fallback.png\"; filename*=UTF-8''R%C3%A9sum%C3%A9.png", "R\u00e9sum\u00e9.png"],
    ["filename*=\"utf-8'de'R%C3%A9sum%C3%A9.png\"; filename=fallback.png", "R\u00e9sum\u00e9.png"],
    ["filename*=iso-8859-1''R%E9sum%E9.png", "R\u00e9sum\u00e9.png"],
    ["filename=\"kept.png\"; filename*=nonsense''x", "kept.png"],
    ['filename="a \\"quoted\\" name; x=y.png"', 'a "quoted" name; x=y.png'],
    ["filename=plain.png", "plain.png"],
    ['filename="C:\\\\temp\\\\x.txt"', "x.txt"],
    ['filename=".."', undefined],
    [`filename="${"a".repeat(300)}.bin"`, "a".repeat(255)],
  ])("the name in %s is %s", async (filename, name) => {
    const { port } = await serve(raw);
    const answer = await sendRaw(port, withLength(multipart({ head: `name="file"; ${filename}`, content: "D" })));
    expect((predictionsOf(answer.body).file as { name?: string }).name).toBe(name);
  });

  test.each(["image/png; charset=binary", "text/plain; charset=nonsense", 'text/csv; header=present; x="a;b"'])(
    "a file keeps the type %s, and is never decoded",
    async (type) => {
      const { port } = await serve(raw);
      const answer = await sendRaw(
        port,
        withLength(multipart({ head: `name="file"; filename="f"\r\nContent-Type: ${type}`, content: "D" })),
      );
      expect((predictionsOf(answer.body).file as { type?: string }).type).toBe(type);
    },
  );

  test.each([
    [
      "a file",
      'name="file"; filename="f"\r\nContent-Transfer-Encoding: base64',
      "aGVs\r\nbG8=\r\n",
      { text: "hello", size: 5 },
    ],
    ["a text", 'name="s"\r\nContent-Transfer-Encoding: BASE64', "aGVs\r\nbG8=", "hello"],
    ["a text of 8 bits", 'name="s"\r\nContent-Transfer-Encoding: 8bit', "hello", "hello"],
  ])("%s in its transfer encoding is decoded, as in the original", async (_what, head, content, expected) => {
    const { port } = await serve(raw);
    const { body } = await sendRaw(port, withLength(multipart({ head, content })));
    expect(predictionsOf(body)).toMatchObject(typeof expected === "string" ? { s: expected } : { file: expected });
  });

  test("exact values may come as a file", async () => {
    const { predict } = await serve(raw);
    const form = new FormData();
    form.append("_json", new File([JSON.stringify({ s: "x", list: [1] })], "blob", { type: "application/json" }));
    const answer = await (await predict({}, { method: "POST", body: form })).text();
    expect(predictionsOf(answer)).toMatchObject({ s: "x", list: [1] });
  });

  test.each(["list", "o", "n", "s"])("a file for %s, which takes none, is 422", async (name) => {
    const { predict } = await serve(raw);
    const form = new FormData();
    form.append(name, new File(['{"a":1}'], "blob", { type: "application/json" }));
    const response = await predict(name === "s" ? {} : { s: "x" }, { method: "POST", body: form });
    expect([response.status, await response.json()]).toEqual([
      422,
      { [name]: [expect.stringMatching(/^Not a valid/)] },
    ]);
  });

  test.each(["multipart/form-data", "multipart/form-data; boundary="])(
    "%s without a boundary and a body is an empty form",
    async (type) => {
      const { predict } = await serve(raw);
      expect((await predict({ s: "x" }, { method: "POST", headers: { "Content-Type": type } })).status).toBe(200);
    },
  );

  test("a file of no type is of any, as in the original", async () => {
    const { port } = await serve(raw);
    const answer = await sendRaw(port, withLength(multipart({ head: 'name="file"; filename="f.txt"', content: "D" })));
    expect((predictionsOf(answer.body).file as { type?: string }).type).toBe("application/octet-stream");
  });

  test("several files fill a list, and repeated text too", async () => {
    const { predict } = await serve(raw);
    const form = new FormData();
    for (const text of ["a", "b"]) form.append("files", new File([text], `${text}.txt`));
    for (const text of ["1", "2"]) form.append("list", text);
    const { predictions } = (await (await predict({}, { method: "POST", body: form })).json()) as {
      predictions: unknown;
    };
    expect(predictions).toMatchObject({ files: ["a", "b"], list: [1, 2] });
  });

  test("text comes in the charset that its part says", async () => {
    const { port } = await serve(raw);
    for (const charset of ["latin-1", "ISO-8859-1", "windows-1252", "iso-8859-15"]) {
      const [before = "", after = ""] = multipart({
        head: `name="s"\r\nContent-Type: text/plain; charset=${charset}`,
        content: "?",
      }).split("?");
      const head = rawPredict([formHead, `Content-Length: ${before.length + after.length + 2}`], before);
      const answer = await sendRaw(port, head, Buffer.from("h\u00e9", "latin1"), after);
      expect(predictionsOf(answer.body).s).toBe("h\u00e9");
    }
  });

  test("an empty file input is no file, an empty file is one", async () => {
    const { port } = await serve(raw);
    const input = await sendRaw(
      port,
      withLength(
        multipart({ head: 'name="file"; filename=""\r\nContent-Type: application/octet-stream', content: "" }),
      ),
    );
    expect(predictionsOf(input.body)).not.toHaveProperty("file");
    const file = await sendRaw(port, withLength(multipart({ head: 'name="file"; filename="empty.txt"', content: "" })));
    expect(predictionsOf(file.body).file).toMatchObject({ size: 0 });
  });

  test("the part _json holds the other arguments, and its values are taken as they are", async () => {
    const { port } = await serve(raw);
    const json = { head: 'name="_json"\r\nContent-Type: application/json', content: '{"s":"5","o":{"deep":[1,null]}}' };
    const answer = await sendRaw(
      port,
      withLength(multipart(json, { head: 'name="file"; filename="f"', content: "x" })),
    );
    expect(predictionsOf(answer.body)).toMatchObject({ s: "5", o: { deep: [1, null] }, file: { text: "x" } });
    const text = await sendRaw(port, withLength(multipart({ ...json, content: '{"n":"5"}' })));
    expect([text.status, text.body]).toEqual([422, '{"n":["Not a valid integer."]}']);
  });

  test.each(["[1]", "{", "null"])("a part _json of %s is refused", async (content) => {
    const { port } = await serve();
    const answer = await sendRaw(
      port,
      withLength(multipart({ head: 'name="_json"\r\nContent-Type: application/json', content })),
    );
    expect([answer.status, answer.body]).toEqual([400, '{"json":["Invalid JSON body."]}']);
  });

  test("text for a file, and a file for text, are refused", async () => {
    const { port } = await serve();
    const text = await sendRaw(port, withLength(multipart({ head: 'name="file"', content: "text" })));
    expect([text.status, text.body]).toEqual([422, '{"file":["Not a valid file."]}']);
    const file = await sendRaw(port, withLength(multipart({ head: 'name="s"; filename="s.txt"', content: "text" })));
    expect([file.status, file.body]).toEqual([422, '{"s":["Not a valid string."]}']);
  });

  test("fields called like members of a prototype do no harm", async () => {
    const { port } = await serve(raw);
    const body = multipart(
      ...["__proto__", "constructor", "toString"].map((name) => ({ head: `name="${name}"`, content: "x" })),
      { head: 'name="__proto__"; filename="f"', content: "x" },
    );
    const answer = await sendRaw(port, withLength(body));
    expect(predictionsOf(answer.body)).toEqual({ mode: "echo" });
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test("a train gets its file, which outlives the upload", async () => {
    const { get } = await serve();
    const form = new FormData();
    form.append("file", new File(["weights"], "w.bin"));
    const { uuid } = (await (await get("/v2/models/m/train/", { method: "POST", body: form })).json()) as {
      uuid: string;
    };
    const events = await (await get(`/v2/runs/${uuid}/events`, { headers: { Accept: "text/event-stream" } })).text();
    expect(events).toContain('"result":{"file":"weights"}');
  });
});

test.each([
  ["sound", multipart({ head: 'name="file"; filename="f"', content: "a\r\n--X\r\nb" }), 200],
  [
    "with a line that begins with the boundary",
    multipart({ head: 'name="file"; filename="f"', content: "a\r\n--XXx\r\nb" }),
    400,
  ],
  [
    "with such a line after its end",
    `${multipart({ head: 'name="file"; filename="f"', content: "a" })}\r\n--XXx\r\n`,
    200,
  ],
])("a form that is %s is the same in chunks of any size", async (_what, body, status) => {
  const { port } = await serve(raw);
  for (const size of [1, 2, 3, 5, 7, 64]) {
    const chunks = body.match(new RegExp(`[\\s\\S]{1,${size}}`, "g")) ?? [];
    const framed = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join("");
    const answer = await sendRaw(port, rawPredict([formHead, "Transfer-Encoding: chunked"], `${framed}0\r\n\r\n`));
    expect([size, answer.status]).toEqual([size, status]);
  }
});

describe("broken multipart is 400, with the reason", () => {
  const one = multipart({ head: 'name="file"; filename="f"', content: "DATA" });
  test.each([
    ["cut off in a file", one.slice(0, -12), /malformed or truncated/],
    ["cut off in a header", one.slice(0, 20), /malformed or truncated/],
    [
      "cut off in a text",
      multipart({ head: 'name="s"', content: "x".repeat(100) }).slice(0, 100),
      /malformed or truncated/,
    ],
    ["empty", "", /malformed or truncated/],
    ["with bare line feeds", '--XX\nContent-Disposition: form-data; name="s"\n\na\n--XX--\n', /malformed or truncated/],
    ["with a nameless part", multipart({ head: 'filename="f"', content: "x" }), /has no name/],
    ["with a part that is no form data", "--XX\r\nContent-Type: text/plain\r\n\r\na\r\n--XX--\r\n", /has no name/],
    [
      "in an unknown charset",
      multipart({ head: 'name="s"\r\nContent-Type: text/plain; charset=nonsense', content: "x" }),
      /charset of a part is not known/,
    ],
    [
      "with a line that begins with the boundary",
      multipart({ head: 'name="file"; filename="f"', content: "abc\r\n--XXx\r\ndef" }),
      /malformed/,
    ],
    ["whose first line begins with the boundary", `--XXy\r\n${one}`, /malformed/],
    [
      "in an unknown transfer encoding",
      multipart({ head: 'name="s"\r\nContent-Transfer-Encoding: x-uuencode', content: "x" }),
      /transfer encoding of a part is not known/,
    ],
    ["with a nameless text", "--XX\r\nContent-Disposition: form-data\r\n\r\nx\r\n--XX--\r\n", /has no name/],
  ])("%s", async (_what, body, reason) => {
    const { port } = await serve();
    const answer = await sendRaw(port, withLength(body));
    expect([answer.status, answer.body]).toEqual([400, expect.stringMatching(reason)]);
  });

  test.each(["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary"])(
    "without a boundary: %s",
    async (type) => {
      const { port } = await serve();
      const answer = await sendRaw(port, rawPredict([`Content-Type: ${type}`, "Content-Length: 2"], "xx"));
      expect(answer.status).toBe(400);
    },
  );

  test("a form without parts is an empty one", async () => {
    const { port } = await serve(raw);
    const answer = await sendRaw(port, withLength("--XX--\r\n"));
    expect(predictionsOf(answer.body)).toEqual({ mode: "echo" });
  });
});

describe("limits", () => {
  const parts = (count: number, head: (i: number) => string) =>
    multipart(...Array.from({ length: count }, (_, i) => ({ head: head(i), content: "x" })));

  test("more files or fields than allowed are 413", async () => {
    const { port } = await serve({ maxFiles: 2, maxFields: 2 });
    const files = await sendRaw(port, withLength(parts(3, (i) => `name="file"; filename="${i}"`)));
    expect([files.status, files.body]).toEqual([413, "413: The form has more than 2 files"]);
    const fields = await sendRaw(port, withLength(parts(3, (i) => `name="f${i}"`)));
    expect([fields.status, fields.body]).toEqual([413, "413: The form has more than 2 fields"]);
    expect((await sendRaw(port, withLength(parts(2, (i) => `name="f${i}"`)))).status).toBe(200);
  });

  test("10,000 fields are refused by default", async () => {
    const { port } = await serve();
    expect((await sendRaw(port, withLength(parts(10_000, (i) => `name="f${i}"`)))).status).toBe(413);
  });

  test("an upload over the limit is refused before it is read, and its sender gets the answer", async () => {
    const { port } = await serve({ maxBodyBytes: 100_000 });
    const content = "x".repeat(3_000_000);
    const answer = await sendRaw(port, withLength(multipart({ head: 'name="file"; filename="f"', content })));
    expect(answer.status).toBe(413);
    expect(answer.body).toMatch(/^Maximum request body size 100000 exceeded, actual body size 30\d+$/);
  });

  test("a chunked upload is refused once it is over the limit", async () => {
    const { predict } = await serve({ maxBodyBytes: 100_000 });
    const body = multipart({ head: 'name="file"; filename="f"', content: "x".repeat(500_000) });
    const stream = new Blob([body]).stream();
    const response = await predict({}, {
      method: "POST",
      body: stream,
      duplex: "half",
      headers: { "Content-Type": "multipart/form-data; boundary=XX" },
    } as RequestInit);
    expect(response.status).toBe(413);
  });

  test("what a refused sender still sends is taken, so that it gets the answer", async () => {
    const { port } = await serve({ maxBodyBytes: 100_000 });
    const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`;
    const answer = await sendRaw(
      port,
      rawPredict([formHead, "Transfer-Encoding: chunked"]),
      ...Array.from({ length: 200 }, () => chunk),
      "0\r\n\r\n",
    );
    expect(answer.status).toBe(413);
  });

  test("no limit takes any size", async () => {
    const { predict } = await serve({ ...raw, maxBodyBytes: 0 });
    const form = new FormData();
    form.append("file", new File([new Uint8Array(2_000_000)], "big.bin"));
    form.append("mode", "value");
    expect((await predict({}, { method: "POST", body: form })).status).toBe(200);
  });
});

describe("whatever happens, no file is left", () => {
  const start = withLength(multipart({ head: 'name="file"; filename="f"', content: "x".repeat(500_000) })).slice(
    0,
    200_000,
  );

  test("when the client goes away in the middle of an upload", async () => {
    const { port, errors } = await serve();
    const socket = connect(port, "127.0.0.1", () => socket.write(start));
    await expect.poll(leftovers).toHaveLength(1);
    socket.destroy();
    await expect.poll(leftovers).toEqual([]);
    expect(errors).toEqual([]);
  });

  test("when an upload stands still", async () => {
    const { port } = await serve({ uploadIdleMs: 50 });
    const answer = await sendRaw(port, start.replace("Connection: close", "Connection: close "));
    expect([answer.status, answer.body]).toEqual([408, "408: Request body timed out"]);
  });

  test("when the model fails", async () => {
    const { port } = await serve();
    const answer = await sendRaw(
      port,
      withLength(
        multipart({ head: 'name="file"; filename="f"', content: "x" }, { head: 'name="mode"', content: "crash" }),
      ),
    );
    expect(answer.status).toBe(500);
    expect(leftovers()).toEqual([]);
  });

  test("when the client goes away while the model works", async () => {
    const { port } = await serve();
    const before = { ...waits };
    const body = multipart(
      { head: 'name="file"; filename="f"', content: "x" },
      { head: 'name="mode"', content: "wait" },
    );
    const socket = connect(port, "127.0.0.1", () => socket.write(withLength(body)));
    await expect.poll(() => waits.started).toBe(before.started + 1);
    expect(leftovers()).toHaveLength(1);
    socket.destroy();
    await expect.poll(() => waits.aborted).toBe(before.aborted + 1);
    await expect.poll(leftovers).toEqual([]);
  });

  test("when the model gives the uploaded file back, and not before it is sent", async () => {
    const { port } = await serve();
    const content = "x".repeat(30_000_000);
    const head = 'name="file"; filename="f.bin"\r\nContent-Type: image/png';
    const body = multipart({ head, content }, { head: 'name="mode"', content: "back" });
    const socket = connect(port, "127.0.0.1", () => socket.write(withLength(body)));
    let size = 0;
    await new Promise((resolve) => socket.once("data", resolve));
    socket.pause();
    socket.on("data", (chunk) => {
      size += chunk.length;
    });
    expect(leftovers()).toHaveLength(1);
    socket.resume();
    await new Promise((resolve) => socket.once("close", resolve));
    expect(size).toBeGreaterThan(29_000_000);
    await expect.poll(leftovers).toEqual([]);
  });
});
