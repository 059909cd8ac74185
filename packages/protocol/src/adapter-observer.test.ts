import { silentLogger } from "@deepaas/core";
import { describe, expect, test } from "vitest";
import { adapterObserver, ServedModels } from "./adapter-observer.ts";

test("without hooks there is no observer", () => {
  expect(adapterObserver("rest", undefined, silentLogger)).toBeUndefined();
  expect(adapterObserver("rest", [{}, {}], silentLogger)).toBeUndefined();
  expect(() => adapterObserver("rest", 1 as never, silentLogger)).toThrow("rest: observer must be");
});

describe("a model is known", () => {
  test.each([
    ["describe", undefined, "m"],
    ["predict", "invalid_args", "m"],
    ["predict", "internal", "m"],
    ["predict", "not_found", undefined],
    ["predict", "rate_limited", undefined],
    ["serveVersion", "invalid_args", undefined],
    [undefined, "internal", undefined],
  ] as const)("after %s with the error %s: %s", (method, error, name) => {
    const models = new ServedModels();
    expect(models.nameOf("m", method, error)).toBe(name);
    expect(models.nameOf("m", method, "rate_limited")).toBe(name);
  });

  test("of at most 1,000 names", () => {
    const models = new ServedModels();
    for (let i = 0; i < 1_000; i++) models.nameOf(`m${i}`, "describe", undefined);
    expect(models.nameOf("one-more", "describe", undefined)).toBeUndefined();
    expect(models.nameOf("m7", "describe", undefined)).toBe("m7");
  });
});
