// Cells of a CSV file: quoting, and texts that a spreadsheet would execute.
import { csvCell } from "@deepaas/protocol";
import { describe, expect, test } from "vitest";
import { parseCsv } from "../testing/parse-csv.ts";

test.each([
  [undefined, ""],
  [0, "0"],
  [-0.5, "-0.5"],
  [1e-7, "1e-7"],
  ["NaN", "NaN"],
  ["-Infinity", "-Infinity"],
  ["epoch 3", "epoch 3"],
  ["a,b", '"a,b"'],
  ['say "so"', '"say ""so"""'],
  ["two\nlines", '"two\nlines"'],
  ["two\r\nlines", '"two\r\nlines"'],
  [" spaces ", " spaces "],
  ["a;b", "a;b"],
  ["loss=0.5, a-b", '"loss=0.5, a-b"'],
])("%j is written as %j", (value, cell) => {
  expect(csvCell(value)).toBe(cell);
});

test.each([
  ["=1+1", "'=1+1"],
  ["+1", "'+1"],
  ["-1", "'-1"],
  ["-Infinity and more", "'-Infinity and more"],
  ["@SUM(A1)", "'@SUM(A1)"],
  ["＝1+1", "'＝1+1"],
  ["  =1+1", "'  =1+1"],
  ['"=1+1', `"'""=1+1"`],
  ["\t=1+1", "\t'=1+1"],
  ["one\n=2", `"one\n'=2"`],
  ["one; -2;3", "one;' -2;3"],
])("the formula %j is written as %j, which a spreadsheet shows", (value, cell) => {
  expect(csvCell(value)).toBe(cell);
});

describe("texts of any characters", () => {
  const alphabet = [
    "=",
    "+",
    "-",
    "@",
    ",",
    ";",
    '"',
    "'",
    " ",
    "\t",
    "\n",
    "\r",
    "\u00a0",
    "\u2028",
    "a",
    "1",
    "é",
    "＝",
  ];
  /** All texts of up to four characters would be 100,000; every third of them is enough. */
  const texts = Array.from({ length: 35_000 }, (_, n) => {
    let text = "";
    for (let rest = n * 3 + 1; rest > 0; rest = Math.floor(rest / alphabet.length))
      text += alphabet[rest % alphabet.length];
    return text;
  });

  test("are read back as they were, but for the apostrophes", () => {
    for (const text of texts) {
      const [[before, cell, after] = []] = parseCsv(`x,${csvCell(text)},y`);
      expect([before, cell?.replaceAll("'", ""), after]).toEqual(["x", text.replaceAll("'", ""), "y"]);
    }
  });

  test.each([",", ";", "\t"])("do not start a formula where %j separates the cells", (separator) => {
    for (const text of texts) {
      for (const cell of parseCsv(`x,1,${csvCell(text)}`, separator).flat()) {
        if (/^[\s"]*[=+\-@＝]/.test(cell))
          expect.fail(`${JSON.stringify(text)} became the cell ${JSON.stringify(cell)}`);
      }
    }
  });
});

test("a long text takes time in proportion to its length", () => {
  const started = performance.now();
  csvCell("\n".repeat(300_000));
  csvCell(" ".repeat(300_000));
  csvCell(`;${'"'.repeat(300_000)}`);
  expect(performance.now() - started).toBeLessThan(2_000);
});
