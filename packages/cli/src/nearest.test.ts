import { expect, test } from "vitest";
import { didYouMean, nearest } from "./nearest.ts";

test.each<[string, string | undefined]>([
  ["epohcs", "epochs"],
  ["Epochs", "epochs"],
  ["epoch", "epochs"],
  ["batch-size", "batch_size"],
  ["n", undefined],
  ["unrelated", undefined],
])("%s: %s", (given, expected) => {
  expect(nearest(given, ["epochs", "batch_size", "rate"])).toBe(expected);
});

test("the sentence ends with the name, or is empty", () => {
  expect(didYouMean("epohcs", ["epochs"])).toBe("; did you mean epochs?");
  expect(didYouMean("x", ["epochs"])).toBe("");
});
