import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { booleanFromText, floatFromText, integerFromText, isSpecialFloat } from "./from-text.ts";

describe("the grammar of text", () => {
  test.each([
    [" 7 ", 7],
    ["+5", 5],
    ["-0", 0],
    ["1_000", 1000],
    ["007", 7],
  ])("%j is the integer %d", (text, value) => expect(integerFromText(text)).toBe(value));

  test.each(["", " ", "1.5", "1e3", "0x10", "1__0", "_1", "1_", "x", "nan", "9007199254740993", "١"])(
    "%j is no integer",
    (text) => expect(integerFromText(text)).toBeUndefined(),
  );

  test.each([
    ["1", 1],
    [".5", 0.5],
    ["1.", 1],
    [" -1_000.2_5e-3 ", -1.00025],
    ["1E3", 1000],
  ])("%j is the number %d", (text, value) => expect(floatFromText(text)).toBe(value));

  test.each(["", ".", "1,5", "0x1", "1e", "nan", "inf", "-Infinity", "1e999", "1 2"])("%j is no number", (text) =>
    expect(floatFromText(text)).toBeUndefined(),
  );

  test.each(["nan", "NaN", " -inf", "Infinity", "1e999"])("%j is a special number", (text) =>
    expect(isSpecialFloat(text)).toBe(true),
  );

  test.each(["on", "T", "True", "YES", "y", "1"])("%j is true", (text) => expect(booleanFromText(text)).toBe(true));
  test.each(["OFF", "f", "False", "no", "N", "0"])("%j is false", (text) => expect(booleanFromText(text)).toBe(false));
  test.each(["", "maybe", "tRUE", " true", "2"])("%j is no boolean", (text) =>
    expect(booleanFromText(text)).toBeUndefined(),
  );

  test("every integer and every finite number survive being text", () => {
    fc.assert(fc.property(fc.maxSafeInteger(), (value) => integerFromText(String(value)) === value));
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (value) => floatFromText(String(value)) === value,
      ),
    );
  });
});
