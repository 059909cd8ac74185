// Replays every exchange that was recorded from the Python server. `REPLAY=write` writes the outcome to
// docs/compared-with-python.md; without it the test checks that page.
import { readFileSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { type Comparable, mismatches } from "./testing/comparable-answer.ts";
import { comparisonText } from "./testing/comparison-text.ts";
import { type Outcome, outcomeOf } from "./testing/outcome.ts";
import { valueFromRepr } from "./testing/python-repr.ts";
import { typescriptModels } from "./testing/replay.ts";
import { transcripts } from "./testing/transcript.ts";

describe("the recorded exchanges", () => {
  let outcome: Outcome;
  beforeAll(async () => {
    outcome = await outcomeOf(transcripts(), { served: typescriptModels });
  }, 60_000);

  test("are answered as recorded, or otherwise in a way that is listed", () => {
    expect(outcome.failures).toEqual([]);
    expect(outcome.matches).toBeGreaterThan(200);
  });

  test("no difference and no exclusion is listed that does not occur", () => {
    const unused = [...outcome.different, ...outcome.excluded].filter(([, count]) => count === 0);
    expect(unused.map(([what]) => what)).toEqual([]);
    const excluded = [...outcome.excluded.values()].reduce((sum, count) => sum + count, 0);
    expect(outcome.replayed + excluded).toBe(outcome.recorded);
  });

  test("docs/compared-with-python.md has the outcome", () => {
    const page = new URL("../../../docs/compared-with-python.md", import.meta.url);
    const before = readFileSync(page, "utf8");
    const after = before.replace(
      /(<!-- replay -->\n)[\s\S]*?(\n<!-- \/replay -->)/,
      (_all, start: string, end: string) => [start, comparisonText(outcome), end].join(""),
    );
    if (process.env.REPLAY === "write") writeFileSync(page, after);
    else expect(before).toBe(after);
    expect(after).toContain(`${outcome.matches} match`);
  });
});

test("a status, a header or a value that is another one is no match", () => {
  const answer: Comparable = { status: 200, headers: { allow: "GET" }, body: { a: [1, "x"] } };
  expect(mismatches(answer, { ...answer, body: { a: [1.0, "x"] } })).toEqual([]);
  for (const other of [{ status: 201 }, { headers: {} }, { headers: { allow: "PUT" } }, { body: { a: ["1", "x"] } }]) {
    expect(mismatches(answer, { ...answer, ...other })).toHaveLength(1);
  }
});

test.each([
  ["None", null],
  ["[1, -2.5, 1e-07, 'a\\n\\'b', \"it's\", True]", [1, -2.5, 1e-7, "a\n'b", "it's", true]],
  ["{'k': (1, 'b'), 'e': {}}", { k: [1, "b"], e: {} }],
  ["bytearray(b'\\xc3\\xa9')", "\u00e9"],
  ["datetime.datetime(2020, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)", "2020-01-02T03:04:05Z"],
  ["<Color.red: 'r'>", "red"],
  [
    "UploadedFile(name='f', filename='/t', content_type='a/b', original_filename='c')",
    { content_type: "a/b", original_filename: "c" },
  ],
])("Python's %s is a JSON value", (text, value) => expect(valueFromRepr(text)).toEqual(value));
