import type { Run, RunEvent, RunMetrics } from "@deepaas/core";
import { expect, test } from "vitest";
import { CurvesOfRun } from "./curves-of-run.ts";

const time = (second: number) => new Date(second * 1_000).toISOString();
const run = { createdAt: time(1), startedAt: time(2), attempt: 2 } as Run;
const metrics: RunMetrics = {
  firstSeq: 1,
  lastSeq: 6,
  attempts: [
    { attempt: 1, seq: 2, at: time(2) },
    { attempt: 2, seq: 5, at: time(5) },
  ],
  series: {
    loss: { count: 30, seq: [3, 4, 6], at: [3_000, 4_000, 6_000], step: [1, 2, null], value: [0.5, "NaN", 0.25] },
  },
};
const report = (seq: number, loss: number): RunEvent => ({
  seq,
  at: time(seq),
  type: "progress",
  step: seq,
  metrics: { loss },
});

test("each event is in the curves once, also if it was watched before they were loaded", () => {
  const curves = new CurvesOfRun();
  for (const event of [report(5, 9), report(6, 9), report(7, 0.125)]) curves.add(event);
  expect(curves.isLoaded).toBe(false);
  curves.load(metrics, run);
  curves.add(report(7, 9));
  curves.add({ seq: 8, at: time(8), type: "started", attempt: 3 });
  curves.add(report(9, 0.1));
  const points = curves.series.get("loss");
  expect(points?.list.map(({ value, step, attempt }) => [value, step, attempt])).toEqual([
    [0.5, 1, 1],
    [Number.NaN, 2, 1],
    [0.25, Number.NaN, 2],
    [0.125, 7, 2],
    [0.1, 9, 3],
  ]);
  expect([points?.count, curves.origin, curves.isLoaded]).toEqual([32, 2_000, true]);
});

test("values before the first attempt that is still held belong to the one before it", () => {
  const curves = new CurvesOfRun();
  curves.load({ ...metrics, attempts: metrics.attempts.slice(1) }, run);
  expect(curves.series.get("loss")?.list.map(({ attempt }) => attempt)).toEqual([1, 1, 2]);
});
