import { expect, test } from "vitest";
import { numberText } from "./texts.ts";

test.each([
  [0, "0"],
  [0.00079123456, "0.00079123"],
  [-1.23456789, "-1.2346"],
  [12_345.678, "12,346"],
  [1_234_567, "1,234,567"],
  [1.2e-7, "1.2e-7"],
  [5e9, "5e+9"],
  [Number.NaN, "NaN"],
])("%d is shown as %j", (value, text) => {
  expect(numberText(value)).toBe(text);
});
