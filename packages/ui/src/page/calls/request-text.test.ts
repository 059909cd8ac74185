import { describe, expect, test } from "vitest";
import { filesOfArgs, type RequestParts, requestTexts, shellWord } from "./request-text.ts";

const parts: RequestParts = {
  serverUrl: "http://h:5000/base",
  model: "a b",
  call: "predict",
  args: { text: `it's "so" $HOME \\ \n😀`, on: true, none: null, list: [1, { a: false }] },
  files: [],
  fileLists: [],
};
const files = [
  { name: "image", filename: 'a;b,"c".png', contentType: "image/png" },
  { name: "docs", filename: "it's.txt", contentType: "text/plain" },
];
const textOf = (title: string, more: Partial<RequestParts> = {}) =>
  requestTexts({ ...parts, ...more }).find((one) => one.title === title)?.text;

describe("curl", () => {
  test("sends JSON", () => {
    expect(textOf("curl", { args: { x: "it's" } })).toBe(
      [
        "curl http://h:5000/base/v2/models/a%20b/predict/ \\",
        "  -H 'Content-Type: application/json' \\",
        `  --data-raw '{"x":"it'\\''s"}'`,
      ].join("\n"),
    );
  });

  test("sends files, and the other arguments as one part", () => {
    expect(textOf("curl", { files, args: { top: 3 }, fileLists: ["docs"] })).toBe(
      [
        "curl http://h:5000/base/v2/models/a%20b/predict/ \\",
        `  -F 'image=@"a;b,\\"c\\".png";type=image/png' \\`,
        `  -F 'docs=@"it'\\''s.txt";type=text/plain' \\`,
        `  --form-string '_json={"top":3}'`,
      ].join("\n"),
    );
  });

  test("reads a stream as it comes, and starts a training", () => {
    expect(textOf("curl", { call: "predictStream" })).toMatch(/^curl -N .*\n {2}-H 'Accept: text\/event-stream'/);
    expect(textOf("curl", { call: "train" })).toContain("/v2/models/a%20b/train/");
  });
});

test("a word of a shell is quoted if it must be", () => {
  expect(["a-b/c", "a b", "it's", "$x", ""].map(shellWord)).toEqual(["a-b/c", "'a b'", "'it'\\''s'", "'$x'", "''"]);
});

describe("TypeScript", () => {
  test("calls the client", () => {
    expect(textOf("TypeScript", { args: { x: 1, "a-b": "c" } })).toBe(
      [
        'import { connectRest } from "@deepaas/client";',
        "",
        'const service = connectRest("http://h:5000/base");',
        'console.log(await service.predict("a b", { x: 1, "a-b": "c" }));',
      ].join("\n"),
    );
  });

  test("reads files", () => {
    const text = textOf("TypeScript", { files, args: {}, fileLists: ["docs"] });
    expect(text).toContain('import { readFile } from "node:fs/promises";');
    expect(text).toContain('docs: [new File([await readFile("it\'s.txt")], "it\'s.txt", { type: "text/plain" })],');
  });
});

describe("Python", () => {
  test("has the values of Python", () => {
    expect(textOf("Python")).toContain(
      `json={"text": "it's \\"so\\" $HOME \\\\ \\n😀", "on": True, "none": None, "list": [1, {"a": False}]},`,
    );
  });

  test("sends files, and the other arguments as one part", () => {
    const text = textOf("Python", { files, args: { top: 3 } });
    expect(text).toContain('("image", ("a;b,\\"c\\".png", open("a;b,\\"c\\".png", "rb"), "image/png")),');
    expect(text).toContain('data={"_json": json.dumps({"top": 3})},');
    expect(text?.startsWith("import json\n\nimport requests\n")).toBe(true);
  });
});

test("the files of the arguments, and which of them are lists", () => {
  const file = new File(["a"], "a.png", { type: "image/png" });
  expect(filesOfArgs({ image: file, docs: [new Blob(["b"])], list: [1], none: [] })).toEqual({
    files: [
      { name: "image", filename: "a.png", contentType: "image/png" },
      { name: "docs", filename: "docs", contentType: "application/octet-stream" },
    ],
    fileLists: ["docs"],
  });
});
