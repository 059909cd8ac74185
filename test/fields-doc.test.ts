// Runs docs/fields.md: registers every field of its tables and tries every value beside it.
import { readFileSync } from "node:fs";
import { createHost, DeepaasError, FileField, SecretField, Type, withDefault } from "@deepaas/core";
import { describe, expect, test } from "vitest";

interface Row {
  readonly section: string;
  readonly original: string;
  readonly field: string;
  readonly takes: readonly unknown[];
  readonly refuses: readonly unknown[];
}

const leftOut = Symbol("left out");
const words = new Map<string, () => unknown>([
  ["left out", () => leftOut],
  ["a file", () => new Blob(["x"])],
  ["a list of files", () => [new Blob(["x"]), new Blob(["y"])]],
]);

/** The values of a cell: JSON in code spans, or one of the words above; split at the commas outside of code. */
function valuesOf(cell: string): unknown[] {
  const parts = cell.match(/`[^`]*`|[^,`]+/g) ?? [];
  return parts
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map((part) => (part.startsWith("`") ? (JSON.parse(part.slice(1, -1)) as unknown) : wordValue(part)));
}

function wordValue(word: string): unknown {
  const value = words.get(word);
  if (!value) throw new Error(`docs/fields.md: there is no value called ${JSON.stringify(word)}`);
  return value();
}

function rowsOf(markdown: string): Row[] {
  let section = "";
  return markdown.split("\n").flatMap((line): Row[] => {
    if (line.startsWith("## ")) section = line.slice(3);
    const cells = line.split("|").slice(1, -1);
    if (cells.length !== 4) return [];
    const [original, field, takes, refuses] = cells.map((cell) => cell.trim()) as [string, string, string, string];
    const code = /^`([^`]*)`/.exec(field)?.[1];
    if (code === undefined) return [];
    return [{ section, original, field: code, takes: valuesOf(takes), refuses: valuesOf(refuses) }];
  });
}

// The document is part of the repository, so it is safe to evaluate.
const fieldFrom = (code: string) =>
  // oxlint-disable-next-line typescript/no-implied-eval -- evaluating the document's own code is the test
  new Function("Type", "FileField", "SecretField", "withDefault", `return (${code});`)(
    Type,
    FileField,
    SecretField,
    withDefault,
  ) as never;

const rows = rowsOf(readFileSync(new URL("../docs/fields.md", import.meta.url), "utf8"));

test("docs/fields.md has its rows", () => {
  expect(rows.filter(({ section }) => section === "Fields").length).toBeGreaterThanOrEqual(30);
  expect(rows.filter(({ section }) => section === "Options").length).toBeGreaterThanOrEqual(20);
});

describe.each(rows)("$original is $field", ({ field, takes, refuses }) => {
  const codeOf = async (value: unknown) => {
    const model = { getPredictArgs: () => ({ field: fieldFrom(field) }), predict: () => "taken" };
    await using host = await createHost({ models: { model } });
    try {
      return await host.predict("model", value === leftOut ? {} : { field: value });
    } catch (error) {
      return DeepaasError.is(error) ? error.code : error;
    }
  };

  test.each([
    ...takes.map((value) => ({ value, answer: "taken" })),
    ...refuses.map((value) => ({ value, answer: "invalid_args" })),
    { value: undefined, answer: undefined },
  ])("$value: $answer", async ({ value, answer }) => {
    if (answer !== undefined) expect(await codeOf(value)).toBe(answer);
    // Also a row without values must register.
    else expect(() => fieldFrom(field)).not.toThrow();
  });
});
