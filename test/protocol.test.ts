// PROTOCOL.md is normative: a test cites each of its rules, and no test cites an unknown rule.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const rules = readFileSync(join(root, "packages/protocol/PROTOCOL.md"), "utf8").matchAll(/^- \*\*(WS-\d+)\*\*/gm);
const ids = [...rules].map(([, id]) => id as string);

function citations(): ReadonlySet<string> {
  const folders = ["test", "packages/protocol/src", "packages/ws/src", "packages/client/src"];
  const tests = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".test.ts") && !name.includes("node_modules"))
      .map((name) => join(root, folder, name)),
  );
  return new Set(tests.flatMap((file) => readFileSync(file, "utf8").match(/\bWS-\d+\b/g) ?? []));
}

test("each rule has a unique id, in the order of the page", () => {
  expect(ids).toEqual(Array.from(ids, (_, i) => `WS-${i + 1}`));
  expect(ids.length).toBeGreaterThan(50);
});

test("each rule is cited by a test", () => {
  const cited = citations();
  expect(ids.filter((id) => !cited.has(id))).toEqual([]);
});

test("no test cites an unknown rule", () => {
  const known = new Set(ids);
  expect([...citations()].filter((id) => !known.has(id))).toEqual([]);
});
