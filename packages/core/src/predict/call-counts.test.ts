import { expect, test } from "vitest";
import { CallCounts } from "./call-counts.ts";

/** Counts since 0 of calls that ended at these times, each after its duration; -1: it has failed. */
function countsOf(calls: readonly (readonly [endedAt: number, tookMs: number])[]): CallCounts {
  const counts = new CallCounts(0);
  for (const [at, ms] of calls) counts.add(at - ms, ms === -1 ? "internal" : undefined, at);
  return counts;
}

test("percentiles are the durations that 50 and 95 of 100 calls do not exceed", () => {
  const counts = countsOf(Array.from({ length: 100 }, (_, i) => [1_000 + i, 100 - i]));
  expect(counts.stats(2_000).recent).toEqual({
    windowMs: 2_000,
    calls: 100,
    failed: 0,
    latency: { p50Ms: 50, p95Ms: 95, maxMs: 100 },
  });
});

test("a single call is every percentile, in microseconds", () => {
  const { latency } = countsOf([[10, 1.23456]]).stats(20).recent;
  expect(latency).toEqual({ p50Ms: 1.235, p95Ms: 1.235, maxMs: 1.235 });
});

test("a call is recent for five minutes, and is counted for ever", () => {
  const counts = countsOf([
    [1_000, 7],
    [2_000, 5],
  ]);
  expect(counts.stats(301_000).recent).toMatchObject({ windowMs: 300_000, calls: 2, latency: { maxMs: 7 } });
  expect(counts.stats(301_001).recent).toMatchObject({ windowMs: 300_000, calls: 1, latency: { maxMs: 5 } });
  expect(counts.stats(400_000)).toEqual({
    calls: 2,
    failed: 0,
    reports: 0,
    recent: { windowMs: 300_000, calls: 0, failed: 0, latency: null },
  });
});

test("the last 256 calls are recent, and the window is as long as they took", () => {
  const counts = countsOf(Array.from({ length: 1_000 }, (_, i) => [i, i < 744 ? 500 : 3]));
  const { calls, recent } = counts.stats(1_000);
  expect(calls).toBe(1_000);
  expect(recent).toEqual({ windowMs: 256, calls: 256, failed: 0, latency: { p50Ms: 3, p95Ms: 3, maxMs: 3 } });
});

test("failed calls have no latency", () => {
  const counts = countsOf([
    [1, -1],
    [2, 2],
    [3, -1],
  ]);
  expect(counts.stats(4)).toMatchObject({
    calls: 3,
    failed: 2,
    recent: { calls: 3, failed: 2, latency: { maxMs: 2 } },
  });
  expect(countsOf([[1, -1]]).stats(4).recent.latency).toBeNull();
});

test("only errors of the service and the model are failures; a cancelled call does not count", () => {
  const counts = new CallCounts(0);
  const failures = [
    "internal",
    "unavailable",
    "overloaded",
    "worker_lost",
    "deadline_exceeded",
    "invalid_response",
  ] as const;
  const answers = ["invalid_args", "not_found", "rate_limited", "failed_precondition", "not_implemented"] as const;
  for (const code of [...failures, ...answers, "cancelled"] as const) counts.add(0, code, 1);
  expect(counts.stats(2)).toMatchObject({ calls: 11, failed: 6 });
});
