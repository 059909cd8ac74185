import { expect, test } from "vitest";
import { differingArguments, shortLabels } from "./compared-runs.ts";

test("arguments are equal whatever the order of their members", () => {
  const runs = [{ args: { a: { x: 1, y: 2 }, b: 1, c: 0 } }, { args: { a: { y: 2, x: 1 }, b: 2, c: 0 } }];
  expect(differingArguments(runs)).toEqual([{ name: "b", values: [1, 2] }]);
  expect(differingArguments([{ args: { a: null } }, { args: {} }])).toEqual([{ name: "a", values: [null, undefined] }]);
});

test("labels are short where that tells the runs apart", () => {
  const [a, b] = ["0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcde0"];
  expect(shortLabels([a, "ffff456789abcdef0123456789abcdef", "mine"])).toEqual(["01234567", "ffff4567", "mine"]);
  expect(shortLabels([a, b])).toEqual([a, b]);
});
