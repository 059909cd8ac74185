import fc from "fast-check";
import { expect, test } from "vitest";
import { LinearPattern } from "./linear-pattern.ts";

test.each(["^(a+)+$", "^(a|a)*$", "(x+x+)+y", "^\\d+\\d+\\d+$", "^(.*,){20}x$", "\\s+$"])(
  "%s is matched in linear time",
  (pattern) => {
    const matcher = new LinearPattern(pattern);
    for (const text of [
      "a".repeat(100_000),
      "x".repeat(100_000),
      "1".repeat(100_000),
      ",".repeat(100_000),
      " ".repeat(100_000),
    ]) {
      expect(matcher.test(`${text}!`)).toBe(false);
    }
  },
);

const texts = [
  ...[
    "",
    "a",
    "A",
    "ab",
    "abab",
    "a-b",
    "7",
    "12",
    "x y",
    "a\n",
    "\n",
    "\r",
    "\u2028",
    "\u00a0",
    "\u3000",
    "\ufeff",
    "\t",
  ],
  ...[
    "\b",
    "é",
    "Ä",
    "α",
    "😀",
    "\ud83d",
    "[",
    "]",
    ":",
    "[:",
    ".",
    "/",
    "\\",
    "-",
    "^",
    "&&",
    "\u180e",
    "\v",
    "_",
    "\0",
  ],
];
test.each([
  ...[
    "^.$",
    "^a.b$",
    "^\\s$",
    "^\\S$",
    "^[\\s]$",
    "^[^\\s]$",
    "^[\\S]$",
    "[\\s\\S]",
    "^[\\s\\d]+$",
    "^[.]$",
    "^\\.$",
    "^$",
  ],
  ...[
    "^[\\b]$",
    "\\bab",
    "[[]",
    "[[:]",
    "^[[:a]+$",
    "^[^[]$",
    "[^]",
    "\\]",
    "^[\\]]$",
    "^[a\\-z]$",
    "^[\\w.-]+$",
    "^\\W$",
  ],
  ...[
    "^\\u{1F600}$",
    "^\\ud83d\\ude00$",
    "^[\\ud83d\\ude00]$",
    "^\\u0041$",
    "\\x41",
    "\\cJ",
    "\\/",
    "\\0",
    "\\t",
    "^[^\\u0000-\\u007f]$",
  ],
  ...[
    "\\p{L}",
    "^\\p{Lu}$",
    "\\P{L}",
    "^\\p{Script=Greek}$",
    "^[\\p{L}\\p{Nd}]+$",
    "\\p{General_Category=Lu}",
    "\\p{sc=Greek}",
  ],
  ...[
    "^(?:a|b){2,5}$",
    "^(?<n>a)b$",
    "(a|b)*?",
    "a{2}",
    "^[a-z0-9_-]{1,64}$",
    "^\\d{4}-\\d{2}$",
    "^a?$",
    "[&&]",
    "a|",
    "^\\D+$",
  ],
])("%s matches what JavaScript matches", (pattern) => {
  const matcher = new LinearPattern(pattern);
  const native = new RegExp(pattern, "u");
  const check = (text: string) => {
    expect([text, matcher.test(text)]).toEqual([text, native.test(text)]);
  };
  texts.forEach(check);
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...texts.filter((text) => text !== "")), maxLength: 5 }), check),
  );
});

test.each(["(?=a)b", "a(?!b)", "(?<=a)b", "(a)\\1", "^.{1,2000}$", "("])("%s is refused", (pattern) => {
  expect(() => new LinearPattern(pattern)).toThrow(SyntaxError);
});

test("is a RegExp with its source, as TypeBox expects", () => {
  expect(new LinearPattern("^a.$")).toBeInstanceOf(RegExp);
  expect(new LinearPattern("^a.$").source).toBe("^a.$");
});
