import { expect, test } from "vitest";
import { dependencyRange, ownManifest } from "./dependency-range.ts";

/** As it is published: packing has replaced `workspace:` and `catalog:`. */
const published = {
  version: "1.2.3",
  dependencies: { "@deepaas/core": "^1.2.3" },
  devDependencies: { "onnxruntime-node": "1.30.0", "@typescript/native": "npm:typescript@7.0.2" },
};

test.each([
  ["@deepaas/cli", "^1.2.3"],
  ["@deepaas/core", "^1.2.3"],
  ["onnxruntime-node", "1.30.0"],
  ["typescript", "7.0.2"],
])("a project gets %s in the version of the published command", (name, range) => {
  expect(dependencyRange(name, published)).toBe(range);
});

test.each(["@deepaas/core", "onnxruntime-node", "typescript"])("the repository has a version of %s, too", (name) => {
  expect(dependencyRange(name, ownManifest())).toMatch(/^\^?\d+\.\d+\.\d+$/);
});

test("a dependency that this package does not have is a fault of the template", () => {
  expect(() => dependencyRange("left-pad", published)).toThrow("left-pad is not a dependency of @deepaas/cli");
});
