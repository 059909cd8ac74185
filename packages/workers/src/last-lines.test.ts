import { expect, test } from "vitest";
import { lastLines } from "./last-lines.ts";

test("the last 1,000 lines are kept in order", () => {
  const lines = lastLines();
  expect(lines.text()).toBe("");
  for (let i = 0; i < 3_500; i++) lines.add(`line ${i}`);
  const given = lines.text().split("\n");
  expect(given).toHaveLength(1_001);
  expect([given[0], given[999], given[1_000]]).toEqual(["line 2500", "line 3499", ""]);
});

test("long lines are limited to 1,048,576 characters together", () => {
  const lines = lastLines();
  lines.add("short");
  for (let i = 0; i < 100; i++) lines.add(`${i}`.padEnd(16_383, "x"));
  expect(lines.text()).toHaveLength(1 << 20);
  expect(lines.text().split("\n", 1)[0]).toMatch(/^36x/);
});
