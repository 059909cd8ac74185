import { describe, expect, test } from "vitest";
import { grantScope, hasAnyScope, hasScope, modelsWithScope, scopeNames } from "./scopes.ts";

describe("a scope", () => {
  test.each([
    ["read", ["read"]],
    ["read:all", ["read", "read:all"]],
    ["predict", ["predict"]],
    ["train", ["read", "train"]],
    ["admin", scopeNames],
  ])("%s includes %s", (scope, included) => {
    expect(scopeNames.filter((name) => hasScope([scope], name, "digits"))).toEqual(included);
    expect(scopeNames.filter((name) => hasScope([scope], name))).toEqual(included);
    expect(scopeNames.filter((name) => hasScope([`${scope}@digits`], name, "digits"))).toEqual(included);
    expect(scopeNames.filter((name) => hasScope([`${scope}@digits`], name, "digit"))).toEqual([]);
    expect(scopeNames.filter((name) => hasScope([`${scope}@digits`], name))).toEqual([]);
  });

  test.each(["", "ADMIN", "admin ", "admin@", "admin@..", "admin@a@b", "@digits", "*", "constructor", grantScope("r")])(
    "%j allows nothing",
    (scope) => {
      expect(scopeNames.filter((name) => hasScope([scope], name, "digits"))).toEqual([]);
      expect([hasAnyScope([scope]), hasAnyScope([scope], "digits")]).toEqual([false, false]);
    },
  );
});

test("the models of a scope are those of all scopes that include it", () => {
  const scopes = ["read@a", "train@b", "predict@c", "admin@d", "read@a"];
  expect(modelsWithScope(scopes, "read")).toEqual(["a", "b", "d"]);
  expect(modelsWithScope(scopes, "admin")).toEqual(["d"]);
  expect(modelsWithScope([...scopes, "train"], "read")).toBe("all");
  expect(modelsWithScope([], "read")).toEqual([]);
});
