import { expect, test } from "vitest";
import { rangeOf, settingsFrom } from "./settings.ts";

test("a link restores how charts are drawn; what has no meaning is ignored", () => {
  expect(settingsFrom(new URLSearchParams("x=time&smooth=0.9&log=true&part=0.5"))).toEqual({
    axis: "time",
    smoothing: 0.9,
    log: true,
    part: "0.5",
  });
  expect(settingsFrom(new URLSearchParams("x=none&smooth=7&log=1"))).toEqual({
    axis: "step",
    smoothing: 0.99,
    log: false,
    part: "",
  });
});

test.each([
  ["", [0, 100]],
  ["0.1", [90, 100]],
  ["20_30.5", [20, 30.5]],
  ["-5_5", [-5, 5]],
  ["30_20", [0, 100]],
  ["some_thing", [0, 100]],
])("the part %o of 0 to 100 is %o", (part, range) => {
  expect(rangeOf(part, 0, 100)).toEqual(range);
});

test("a single point is in the middle", () => {
  expect(rangeOf("", 3, 3)).toEqual([2.5, 3.5]);
});
