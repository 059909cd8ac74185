import type { ModelMetadata } from "@deepaas/core";
import { expect, test } from "vitest";
import { linksOf, textOf, titleOf } from "./metadata.ts";

const about = (more: object) =>
  ({ servedAs: "m", weightsVersion: 0, id: null, name: "", description: null, ...more }) as ModelMetadata;

test("only links of the web may be followed", () => {
  const links = [
    { rel: "paper", href: "https://example.org/p" },
    "javascript:alert(1)",
    { href: "data:text/html,x" },
    7,
    null,
  ];
  expect(linksOf(about({ url: "HTTP://example.org/", homepage: "http://example.org/", links }))).toEqual([
    { title: "example.org", href: "HTTP://example.org/" },
    { title: "example.org", href: "http://example.org/" },
    { title: "paper", href: "https://example.org/p" },
  ]);
});

test.each([
  ["MIT", "MIT"],
  [["A", "B"], "A, B"],
  [[{ name: "A", email: "a@example.org" }], "A"],
  [{ name: "A" }, "A"],
  [{ a: 1 }, '{"a":1}'],
  [0, "0"],
  ["", undefined],
  [[], undefined],
  [null, undefined],
] as const)("the text of %j is %j", (value, text) => {
  expect(textOf(value)).toBe(text);
});

test("a model without a name has the one under which it is served", () => {
  expect([titleOf(about({})), titleOf(about({ name: "Digits" }))]).toEqual(["m", "Digits"]);
});
