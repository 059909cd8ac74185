import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { parseJson } from "./parse-json.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const nested = (levels: number, open = "[", close = "]") => open.repeat(levels) + close.repeat(levels);

test.each([
  ["lists", nested(200)],
  ["objects", `${'{"a":'.repeat(199)}{}${"}".repeat(199)}`],
  ["many brackets one after the other", `[${"[[]],{},".repeat(1_000)}[]]`],
  ["brackets in texts", JSON.stringify(["[".repeat(5_000), '"[{\\'.repeat(300), "\\", "[[", '\\"['.repeat(300)])],
  ["brackets in names", JSON.stringify({ ['[{"\\'.repeat(300)]: 1 })],
])("%s are parsed", (_what, text) => expect(parseJson(text)).toEqual(JSON.parse(text)));

test.each([
  ["lists", nested(201)],
  ["objects", `${'{"a":'.repeat(200)}{}${"}".repeat(200)}`],
  ["a list after many texts", `[${'"\\\\","[\\"",'.repeat(300)}${nested(200)}]`],
  ["brackets without an end", "[".repeat(1_000_000)],
  ["braces without an end", '{"a":'.repeat(100_000)],
])("%s deeper than 200 levels never reach the parser", (_what, text) => {
  const parse = vi.spyOn(JSON, "parse");
  expect(() => parseJson(text)).toThrow(SyntaxError);
  expect(parse).not.toHaveBeenCalled();
});

test.each(["", "{", '"', '"\\', '["a', "nul", "\ufeff{}", `${"[".repeat(150)}"\\`, `["${"[".repeat(300)}`])(
  "%j is not JSON",
  (text) => expect(() => parseJson(text)).toThrow(SyntaxError),
);

test("any JSON of few levels is the value that the parser returns", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 20 }), fc.nat(40), (json, around) => {
      // So many brackets that their depth is counted.
      const text = `[${nested(5)}${`,${nested(5)}`.repeat(50)},${"[".repeat(around)}${json}${"]".repeat(around)}]`;
      expect(parseJson(text)).toEqual(JSON.parse(text));
    }),
  );
});
