import { describe, expect, test } from "vitest";
import { grantScope, hasAnyScope, hasScope, modelScopeNames, modelsWithScope, scopeNames } from "./scopes.ts";

describe("a scope", () => {
  test.each([
    ["read", ["read"]],
    ["read:all", ["read", "read:all"]],
    ["predict", ["predict"]],
    ["train", ["read", "train"]],
    ["admin", modelScopeNames],
  ])("%s includes %s", (scope, included) => {
    expect(modelScopeNames.filter((name) => hasScope([scope], name, "digits"))).toEqual(included);
    expect(modelScopeNames.filter((name) => hasScope([scope], name))).toEqual(included);
    expect(scopeNames.filter((name) => hasScope([`${scope}@digits`], name, "digits"))).toEqual(included);
    expect(scopeNames.filter((name) => hasScope([`${scope}@digits`], name, "digit"))).toEqual([]);
    expect(scopeNames.filter((name) => hasScope([`${scope}@digits`], name))).toEqual([]);
  });

  test("for metrics is in admin for all models, and shows no model", () => {
    for (const scope of ["metrics", "admin"]) {
      expect([scope, hasScope([scope], "metrics"), hasScope([`${scope}@digits`], "metrics", "digits")]).toEqual([
        scope,
        true,
        false,
      ]);
    }
    expect(hasScope(["read:all", "train", "predict"], "metrics")).toBe(false);
    expect(scopeNames.filter((name) => hasScope(["metrics"], name))).toEqual(["metrics"]);
    expect([hasAnyScope(["metrics"]), hasAnyScope(["metrics"], "digits")]).toEqual([false, false]);
  });

  test.each([
    "",
    "ADMIN",
    "admin ",
    "admin@",
    "admin@..",
    "admin@a@b",
    "@digits",
    "*",
    "constructor",
    "metrics@digits",
    grantScope("r"),
  ])("%j allows nothing", (scope) => {
    expect(scopeNames.filter((name) => hasScope([scope], name, "digits"))).toEqual([]);
    expect([hasAnyScope([scope]), hasAnyScope([scope], "digits")]).toEqual([false, false]);
  });
});

test("the models of a scope are those of all scopes that include it", () => {
  const scopes = ["read@a", "train@b", "predict@c", "admin@d", "read@a"];
  expect(modelsWithScope(scopes, "read")).toEqual(["a", "b", "d"]);
  expect(modelsWithScope(scopes, "admin")).toEqual(["d"]);
  expect(modelsWithScope([...scopes, "train"], "read")).toBe("all");
  expect(modelsWithScope([], "read")).toEqual([]);
});
