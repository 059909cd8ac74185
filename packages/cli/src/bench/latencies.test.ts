import { expect, test } from "vitest";
import { Latencies } from "./latencies.ts";

test("percentiles are within one percent", () => {
  const latencies = new Latencies();
  for (let ms = 1; ms <= 1_000; ms++) latencies.add(ms);
  expect(latencies.count).toBe(1_000);
  for (const part of [0.01, 0.5, 0.95, 0.99, 1]) {
    expect(Math.abs(latencies.percentile(part) / (part * 1_000) - 1)).toBeLessThan(0.01);
  }
});

test("the counts of another process are continued", () => {
  const first = new Latencies();
  for (const ms of [1, 1, 1, 100]) first.add(ms);
  const second = new Latencies(first.counts);
  second.add(100);
  expect(second.count).toBe(5);
  expect(second.percentile(0.6)).toBeCloseTo(1, 1);
  expect(Math.round(second.percentile(0.8) / 10)).toBe(10);
});

test("without calls a percentile is 0, and a time of 0 is counted", () => {
  const latencies = new Latencies();
  expect(latencies.percentile(0.5)).toBe(0);
  latencies.add(0);
  expect(latencies.count).toBe(1);
  expect(latencies.percentile(0.5)).toBeLessThan(0.01);
});
