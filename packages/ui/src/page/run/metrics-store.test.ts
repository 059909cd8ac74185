import type { Run, RunEvent, RunMetrics } from "@deepaas/core";
import { expect, test } from "vitest";
import { MetricsStore } from "./metrics-store.ts";

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

test("continues after the last event that was loaded, each event once", () => {
  const store = new MetricsStore();
  store.load(metrics, run);
  for (const event of [report(5, 9), report(6, 9), report(7, 0.125), report(7, 9)]) store.add(event);
  store.add({ seq: 8, at: time(8), type: "started", attempt: 3 });
  store.add(report(9, 0.1));
  const columns = store.series.get("loss");
  if (!columns) throw new Error("no series");
  const list = (column: Float64Array) => [...column.subarray(0, columns.length)];
  expect(list(columns.value)).toEqual([0.5, Number.NaN, 0.25, 0.125, 0.1]);
  expect(list(columns.step)).toEqual([1, 2, Number.NaN, 7, 9]);
  expect(list(columns.attempt)).toEqual([1, 1, 2, 2, 3]);
  expect([columns.count, store.origin, store.lastSeq]).toEqual([32, 2_000, 9]);
  expect(store.attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
});

test("values before the first attempt that is still held belong to the one before it", () => {
  const store = new MetricsStore();
  store.load({ ...metrics, attempts: metrics.attempts.slice(1) }, run);
  expect([...(store.series.get("loss")?.attempt.subarray(0, 3) ?? [])]).toEqual([1, 1, 2]);
});
