import { expect, test } from "vitest";
import { modelModules } from "./model-modules.ts";

test.each([
  ["digits.ts", "digits", "digits.ts"],
  ["/a/b/digits.v2.mjs", "digits.v2", "/a/b/digits.v2.mjs"],
  ["seven=digits.ts", "seven", "digits.ts"],
  ["seven=a=b.js", "seven", "a=b.js"],
  ["./x=y/z.js", "z", "./x=y/z.js"],
])("%s is served as %s", (given, name, path) => {
  expect([...modelModules([given])]).toEqual([[name, path]]);
});

test.each([["=a.js"], ["über.js"], ["a b=c.js"], [`${"a".repeat(65)}.js`], ["..=a.js"]])(
  "%j has no model's name",
  (given) => {
    expect(() => modelModules([given])).toThrow("cannot be a model's name");
  },
);
