import { expect, test } from "vitest";
import { defaultName, givenModule, NamedModels } from "./model-modules.ts";

function named(given: string): readonly unknown[] {
  const { name, module } = givenModule(given);
  const models = new NamedModels();
  models.add(name ?? defaultName(module), module);
  return [...models.sources];
}

test.each([
  ["digits.ts", "digits", "digits.ts"],
  ["/a/b/digits.v2.mjs", "digits.v2", "/a/b/digits.v2.mjs"],
  ["seven=digits.ts", "seven", "digits.ts"],
  ["seven=a=b.js", "seven", "a=b.js"],
  ["./x=y/z.js", "z", "./x=y/z.js"],
])("%s is served as %s", (given, name, path) => {
  expect(named(given)).toEqual([[name, path]]);
});

test.each([["=a.js"], ["über.js"], ["a b=c.js"], [`${"a".repeat(65)}.js`], ["..=a.js"]])(
  "%j has no model's name",
  (given) => {
    expect(() => named(given)).toThrow("cannot be a model's name");
  },
);
