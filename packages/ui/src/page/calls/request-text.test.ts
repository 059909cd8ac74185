import { describe, expect, test } from "vitest";
import { filesOfArgs, type RequestParts, requestTexts } from "./request-text.ts";

const parts: RequestParts = {
  serverUrl: "http://h:5000/base",
  hasToken: false,
  model: "a b",
  call: "predict",
  args: { text: `it's "so" $HOME \\ \n😀`, on: true, none: null, list: [1, { a: false }] },
};
const files = {
  image: new File(["a"], 'a;b,"c".png', { type: "image/png" }),
  docs: [new File(["b"], "it's.txt", { type: "text/plain" })],
};
const textOf = (title: string, more: Partial<RequestParts> = {}) => requestTexts({ ...parts, ...more })[title];

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
    expect(textOf("curl", { args: { ...files, top: 3 } })).toBe(
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

describe("TypeScript", () => {
  test("calls the client", () => {
    expect(textOf("TypeScript", { args: { x: 1, "a-b": "c" } })).toBe(
      [
        'import { connectRest } from "@deepaas/client";',
        "",
        'const service = connectRest("http://h:5000/base");',
        'console.log(await service.predict("a b", {"x": 1, "a-b": "c"}));',
      ].join("\n"),
    );
  });

  test("reads files", () => {
    const text = textOf("TypeScript", { args: files });
    expect(text).toContain('import { readFile } from "node:fs/promises";');
    expect(text).toContain('"docs": [new File([await readFile("it\'s.txt")], "it\'s.txt", { type: "text/plain" })]');
  });
});

describe("Python", () => {
  test("has the values of Python", () => {
    expect(textOf("Python")).toContain(
      `json={"text": "it's \\"so\\" $HOME \\\\ \\n😀", "on": True, "none": None, "list": [1, {"a": False}]},`,
    );
  });

  test("sends files, and the other arguments as one part", () => {
    const text = textOf("Python", { args: { ...files, top: 3 } });
    expect(text).toContain('("image", ("a;b,\\"c\\".png", open("a;b,\\"c\\".png", "rb"), "image/png")),');
    expect(text).toContain('data={"_json": json.dumps({"top": 3})},');
    expect(text?.startsWith("import json\nimport requests\n")).toBe(true);
  });
});

test("the files of the arguments, also those of lists", () => {
  const { image, docs } = files;
  expect(filesOfArgs({ image, docs, list: [1], none: [] })).toEqual([
    { name: "image", file: image },
    { name: "docs", file: docs[0] },
  ]);
});

test("a key is taken from the environment, and is never in the text", () => {
  expect(textOf("curl", { hasToken: true })).toContain('-H "Authorization: Bearer $DEEPAAS_TOKEN"');
  expect(textOf("TypeScript", { hasToken: true })).toContain("process.env.DEEPAAS_TOKEN");
  expect(textOf("Python", { hasToken: true })).toContain('"Bearer " + os.environ["DEEPAAS_TOKEN"]');
});
