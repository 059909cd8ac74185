// Rate, time left and curve from the events of a run.
import type { RunEvent } from "@deepaas/core";
import { describe, expect, test } from "vitest";
import { RunProgress } from "./run-progress.ts";
import { bytesText, clockText, metricsText, numberText, plainText, sparkline } from "./texts.ts";

let seq = 0;
const at = (seconds: number) => new Date(1_000_000 + seconds * 1_000).toISOString();
const progressOf = (...steps: readonly (readonly [seconds: number, step: number, loss?: number])[]) => {
  const progress = new RunProgress();
  for (const [seconds, step, loss] of steps) {
    const event: RunEvent = {
      seq: ++seq,
      at: at(seconds),
      type: "progress",
      step,
      total: 100,
      ...(loss !== undefined && { metrics: { loss } }),
    };
    progress.add(event);
  }
  return progress;
};

describe("a run's progress", () => {
  test("has the rate and the time left of the last half minute", () => {
    const progress = progressOf([0, 0], [10, 10], [100, 20], [110, 40], [120, 60]);
    expect(progress.rate).toBeCloseTo(2);
    expect(progress.secondsLeft).toBeCloseTo(20);
    expect(progress.fraction).toBe(0.6);
  });

  test("has no rate at the start, and begins again with another attempt", () => {
    expect(progressOf([0, 5]).rate).toBeUndefined();
    const progress = progressOf([0, 0], [10, 50]);
    progress.add({ seq: ++seq, at: at(20), type: "started", attempt: 2 });
    expect(progress.rate).toBeUndefined();
    progress.add({ seq: ++seq, at: at(30), type: "progress", step: 20 });
    expect(progress.rate).toBeUndefined();
    progress.add({ seq: ++seq, at: at(40), type: "progress", step: 30 });
    expect(progress.rate).toBeCloseTo(1);
  });

  test("keeps a bounded curve of the first metric", () => {
    const progress = new RunProgress();
    for (let step = 1; step <= 10_000; step++) {
      progress.add({ seq: step, at: at(step), type: "progress", step, metrics: { loss: 1 / step, accuracy: "NaN" } });
    }
    expect(progress.mainName).toBe("loss");
    expect(progress.mainValues.length).toBeLessThan(3_000);
    expect(progress.mainValues.at(-1)).toBe(1 / 10_000);
    expect(progress.rate).toBeCloseTo(1);
  });
});

test("texts for people", () => {
  expect([0, 59.6, 61, 3_723].map(clockText)).toEqual(["0:00", "1:00", "1:01", "1:02:03"]);
  expect([1_234_567, 0.123456, -0.5, 1e-9, "NaN"].map(numberText)).toEqual([
    "1,234,567",
    "0.1235",
    "-0.5",
    "1e-9",
    "NaN",
  ]);
  expect([0, 999, 1_000, 1_234_567].map(bytesText)).toEqual(["0 B", "999 B", "1 kB", "1.2 MB"]);
  expect(metricsText({ loss: 0.5, "a\u001B[31m": 1 })).toBe("loss=0.5 a=1");
  expect(plainText("a\u001B]0;title\u0007b\rc\nd\te")).toBe("abc\nd\te");
});

test("a sparkline has at most its width, from the lowest to the highest value", () => {
  expect(sparkline([1, 2, 3, 4, 5, 6, 7, 8], 20)).toBe("▁▂▃▄▅▆▇█");
  expect(sparkline([5, 5, 5], 20)).toBe("▁▁▁");
  expect(sparkline([], 20)).toBe("");
  expect(sparkline([Number.NaN, 1, Number.POSITIVE_INFINITY, 2], 20)).toBe("▁█");
  expect(
    sparkline(
      Array.from({ length: 1_000 }, (_, i) => i),
      20,
    ),
  ).toHaveLength(20);
});
