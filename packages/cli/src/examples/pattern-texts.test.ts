// Texts that are made from a pattern match it.
import { expect, test } from "vitest";
import { patternTexts } from "./pattern-texts.ts";

test.each([
  "^[a-z]+$",
  "^\\d{4}-\\d{2}-\\d{2}$",
  "^(?:cat|dog)s?$",
  "^(?<year>\\d{4})(?:-W\\d\\d)?$",
  "^[^\\s@]+@[^\\s@]+\\.[a-z]{2,}$",
  "^#[0-9A-Fa-f]{6}$",
  "\\bword\\b",
  "^\\p{Lu}\\p{Ll}*$",
  "^\\u00e9[\\]\\-x]{3,5}$",
  "^a{2}b{3,}c{0,1}.$",
  "^[\\w.-]{1,64}$",
  "x*?y+?",
  "^$",
  "^\\S\\W\\D$",
  "^.*$",
])("%s", (pattern) => {
  const matching = patternTexts(pattern).filter((text) => new RegExp(pattern, "u").test(text));
  expect(matching.length).toBeGreaterThan(0);
});

test("texts have different lengths where the pattern leaves it open", () => {
  expect(new Set(patternTexts("^a+$").map((text) => text.length)).size).toBeGreaterThan(3);
  expect(patternTexts("^a{3}$")).toEqual(["aaa"]);
});

test.each(["^(?=a)a$", "(", "^(?!b)a$", "a(?<=a)"])(
  "there is none for %s, which has a condition or is broken",
  (pattern) => {
    expect(patternTexts(pattern)).toEqual([]);
  },
);
