import { describe, expect, test } from "vitest";
import { missingFrom, publicNames, sourceTree, unusedNames } from "./workspace.ts";

test("the tree has the folders of packages with their files, without tests", () => {
  const files = ["core/src/b.ts", "core/src/a.ts", "core/src/a.test.ts", "core/src/x/c.ts", "core/src/testing/t.ts"];
  const tree = sourceTree([...files.map((file) => `packages/${file}`), "test/a.ts", "packages/core/bin/x.mjs"]);
  expect(tree).toBe("core/src/\n  a, b\ncore/src/x/\n  c");
});

test("a long list of files is wrapped", () => {
  const lines = sourceTree(Array.from({ length: 40 }, (_, i) => `packages/core/src/file-${i + 10}.ts`)).split("\n");
  expect(lines.length).toBeGreaterThan(3);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120);
});

test("a package without a row is reported as missing", () => {
  expect(missingFrom(["a", "b"], "| `@x/a` |", (name) => `\`@x/${name}\``)).toEqual(["b"]);
  expect(missingFrom(["a", "b"], "packages/{a,c}/", (name) => new RegExp(`packages/\\{[^}]*\\b${name}\\b`))).toEqual([
    "b",
  ]);
});

test("the public names of an entry", () => {
  const source =
    'export { a, type B, c as d } from "./x.ts";\nexport type { E } from "./y.ts";\nimport { f } from "./z.ts";';
  expect(publicNames(source)).toEqual(["a", "B", "d", "E"]);
});

describe("an export", () => {
  const entry = { file: "packages/p/src/index.ts", text: 'export { used, type Options } from "./x.ts";' };
  const source = {
    file: "packages/p/src/x.ts",
    text: "export interface Options {}\nexport function used(options: Options) {}",
  };
  const unused = (...texts: { file: string; text: string }[]) =>
    unusedNames(["used", "Options"], [entry, source, ...texts], { folder: "packages/p", entries: [entry.file] });

  test("is unused if no other package names it; a type of a signature is used", () => {
    expect(unused()).toEqual(["used"]);
  });
  test("is used by another package, a test or a document", () => {
    for (const file of ["packages/q/src/y.ts", "packages/p/src/x.test.ts", "packages/p/README.md"]) {
      expect(unused({ file, text: "used()" })).toEqual([]);
    }
  });
});
