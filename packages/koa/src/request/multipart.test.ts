// The parser of forms on bytes and a folder that the test gives it. Through a server: uploads.test.ts, hostile.test.ts.
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type MultipartOptions, readMultipart } from "./multipart.ts";

let folder = "";
let paths = 0;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "deepaas-multipart-"));
  paths = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const crlf = "\r\n";
const part = (head: string, content = "", more = "") =>
  `--XX${crlf}Content-Disposition: form-data; ${head}${crlf}${more}${crlf}${content}${crlf}`;
const end = `--XX--${crlf}`;
const form = (...parts: readonly string[]) => parts.join("") + end;

async function* chunksOf(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text, "latin1");
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function read(text: string | AsyncIterable<Buffer>, options: Partial<MultipartOptions> = {}, size = 1 << 20) {
  const newPath = async () => join(folder, String(paths++));
  return readMultipart(typeof text === "string" ? chunksOf(text, size) : text, {
    contentType: "multipart/form-data; boundary=XX",
    folder: { newPath } as never,
    maxFields: 3,
    maxFiles: 2,
    maxJsonBytes: 0,
    ...options,
  });
}
const failure = (...given: Parameters<typeof read>) =>
  read(...given).then(
    () => undefined,
    (error: unknown) => error as Error & { status: number },
  );

describe("a form", () => {
  test("has its texts, its files and all arguments as JSON", async () => {
    const text = form(
      part('name="a"', "1"),
      part('name="a"', "2"),
      part('name="f"; filename="x.txt"', "abc", `Content-Type: text/plain${crlf}`),
      part('name="f"; filename="y"', "de"),
      part('name="_json"', '{"n":1}'),
    );
    for (const size of [1, 2, 7, 64, 10_000]) {
      const { form: texts, files, exact } = await read(text, {}, size);
      expect([...texts]).toEqual([["a", ["1", "2"]]]);
      expect(exact).toEqual({ n: 1 });
      const given = files.get("f") ?? [];
      expect(await Promise.all(given.map((file) => file.text()))).toEqual(["abc", "de"]);
      expect(given.map(({ contentType, originalFilename }) => [contentType, originalFilename])).toEqual([
        ["text/plain", "x.txt"],
        ["application/octet-stream", "y"],
      ]);
    }
  });

  test("without parts is empty, and has no arguments as JSON", async () => {
    const result = await read(form());
    expect([[...result.form], [...result.files], "exact" in result]).toEqual([[], [], false]);
  });

  test("has no file for an empty file input, but one for an empty file", async () => {
    const { files } = await read(form(part('name="none"; filename=""'), part('name="some"; filename="x"')));
    expect([...files.keys()]).toEqual(["some"]);
    const named = await read(form(part('name="some"; filename=""', "abc")));
    expect(await named.files.get("some")?.[0]?.text()).toBe("abc");
  });

  test("has parts in base64, whose lines and other characters are no content", async () => {
    const more = `Content-Transfer-Encoding: base64${crlf}`;
    const text = form(part('name="f"; filename="x"', `YW\r\nJj *ZA==`, more), part('name="a"', "YWJj", more));
    for (const size of [1, 3, 1_000]) {
      const result = await read(text, {}, size);
      expect(await result.files.get("f")?.[0]?.text()).toBe("abcd");
      expect(result.form.get("a")).toEqual(["abc"]);
    }
  });

  test("has texts of the charset that they say", async () => {
    const more = `Content-Type: text/plain; charset=latin1${crlf}`;
    expect((await read(form(part('name="a"', "\xe4", more)))).form.get("a")).toEqual(["ä"]);
    expect((await failure(form(part('name="a"', "\xe4"))))?.status).toBe(400);
  });

  test("has files that only their owner may read", async () => {
    const { statSync } = await import("node:fs");
    await read(form(part('name="f"; filename="x"', "abc")));
    expect(statSync(join(folder, "0")).mode & 0o777).toBe(0o600);
  });
});

describe("a boundary", () => {
  test.each([
    "multipart/form-data; boundary=XX",
    "multipart/form-data;boundary=XX; charset=utf-8",
    'multipart/form-data; charset=utf-8;   BOUNDARY = "XX"',
    "multipart/form-data; boundary\t=\tXX",
  ])("is read from %j", async (contentType) => {
    expect((await read(form(part('name="a"', "1")), { contentType })).form.get("a")).toEqual(["1"]);
  });

  test("may have spaces in quotes", async () => {
    const text = form(part('name="a"', "1")).replaceAll("--XX", "--X Y");
    const contentType = 'multipart/form-data; boundary="X Y"';
    expect((await read(text, { contentType })).form.get("a")).toEqual(["1"]);
  });

  test.each([
    "multipart/form-data",
    "multipart/form-data; boundary=",
    'multipart/form-data; boundary=""',
    "multipart/form-data; xboundary=XX",
  ])("is missing in %j: an empty body is an empty form, any other is malformed", async (contentType) => {
    const empty = await read("", { contentType });
    expect([empty.form.size, empty.files.size]).toEqual([0, 0]);
    async function* nothing() {
      yield Buffer.alloc(0);
    }
    expect((await read(nothing(), { contentType })).form.size).toBe(0);
    const error = await failure("a", { contentType });
    expect([error?.status, error?.message]).toEqual([400, "The multipart body has no boundary"]);
  });

  test.each(["x", "-x", "x\r\n", "-\r\n"])("that goes on with %j is malformed, wherever a chunk ends", async (more) => {
    const text = `${part('name="a"', `1${crlf}--XX${more}`)}${end}`;
    for (const size of [1, 2, 3, 5, 8, 1_000]) {
      expect([size, (await failure(text, {}, size))?.status]).toEqual([size, 400]);
    }
  });

  test("in the epilogue is no delimiter", async () => {
    const text = `${form(part('name="a"', "1"))}epilogue${crlf}--XXgoes on${crlf}`;
    for (const size of [1, 4, 1_000]) expect((await read(text, {}, size)).form.get("a")).toEqual(["1"]);
  });
});

describe("a body", () => {
  test.each([
    ["is cut off in a text", part('name="a"', "1").slice(0, -4)],
    ["is cut off in a file", part('name="f"; filename="x"', "abc").slice(0, -4)],
    ["is cut off in a header", part('name="a"').slice(0, 20)],
    ["has no last delimiter", part('name="a"', "1")],
    ["has a part without a name", form(part("x=y", "1"))],
  ])("that %s is malformed", async (_name, text) => {
    for (const size of [3, 1_000]) expect((await failure(text, {}, size))?.status).toBe(400);
  });

  test("whose bytes cannot be read rejects with their error; no file is still written", async () => {
    const gone = new Error("gone");
    async function* broken() {
      yield Buffer.from(part('name="f"; filename="x"', "x".repeat(100_000)).slice(0, 50_000));
      throw gone;
    }
    expect(await failure(broken())).toBe(gone);
    const before = readdirSync(folder).length;
    rmSync(folder, { recursive: true });
    await new Promise(setImmediate);
    expect([before, existsSync(folder)]).toEqual([1, false]);
  });

  test("whose file cannot be stored rejects with the error of the disk", async () => {
    const text = form(part('name="f"; filename="x"', "abc"));
    const missing = { newPath: async () => join(folder, "missing", "x") } as never;
    expect(await failure(text, { folder: missing })).toMatchObject({ code: "ENOENT", syscall: "open" });
    for (const code of ["ENOSPC", "EDQUOT"]) {
      const full = {
        newPath: async () => {
          throw Object.assign(new Error("full"), { code, syscall: "write" });
        },
      } as never;
      expect(await failure(text, { folder: full })).toMatchObject({ status: 507, cause: { message: "full" } });
    }
  });
});

describe("limits", () => {
  const text = part('name="a"', "1");
  const file = part('name="f"; filename="x"', "1");

  test("of fields and files are each their own", async () => {
    expect((await read(form(text, text, text, file, file))).form.get("a")).toHaveLength(3);
    const fields = await failure(form(text, text, text, text));
    expect([fields?.status, fields?.message]).toEqual([413, "The form has more than 3 fields"]);
    const files = await failure(form(file, file, file));
    expect([files?.status, files?.message]).toEqual([413, "The form has more than 2 files"]);
  });

  test("of text are of all parts together; files do not count", async () => {
    const big = part('name="f"; filename="x"', "x".repeat(100));
    const { form: texts } = await read(form(part('name="a"', "12345"), part('name="b"', "67890"), big), {
      maxJsonBytes: 10,
    });
    expect([...texts.values()]).toEqual([["12345"], ["67890"]]);
    const error = await failure(form(part('name="a"', "12345"), part('name="b"', "678901")), { maxJsonBytes: 10 });
    expect(error?.status).toBe(413);
    const free = await read(form(part('name="a"', "x".repeat(1_000))), { maxJsonBytes: 0 });
    expect(free.form.get("a")?.[0]).toHaveLength(1_000);
  });

  test.each(["[]", "null", "1", "{"])("of JSON: %s is no object", async (json) => {
    expect((await failure(form(part('name="_json"', json))))?.status).toBe(400);
  });
});
