import { isName } from "@deepaas/core";
import { expect, test } from "vitest";
import { projectName } from "./project-name.ts";

test.each([
  ["my-model", "my-model"],
  ["My Model", "my-model"],
  ["Äpfel & Birnen", "apfel-birnen"],
  [".hidden", "hidden"],
  ["_private", "private"],
  ["a.b_c-", "a.b_c"],
  ["@scope", "scope"],
  ["模型", "my-model"],
  ["", "my-model"],
  ["..", "my-model"],
  ["node_modules", "node_modules-model"],
])("the project in the folder %j has the name %s", (folder, name) => {
  expect(projectName(folder, [])).toBe(name);
});

test("a project never has the name of one of its dependencies", () => {
  expect(projectName("TypeScript", ["typescript"])).toBe("typescript-model");
});

test("a long name is cut, so that it can be a model's name", () => {
  const name = projectName(`${"a".repeat(63)}-b`, []);
  expect(name).toBe("a".repeat(63));
  expect(isName("model", name)).toBe(true);
});
