import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DeepaasError } from "../contract/error.ts";
import type { MetricValue } from "../contract/run.ts";
import { memoryStore } from "../in-memory/run-store.ts";
import type { RunStore } from "../ports/run-store.ts";
import { MetricSampler } from "./metric-sampler.ts";
import { runMetrics } from "./metrics.ts";

const values = fc.oneof(
  fc.integer({ min: -5, max: 5 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom<MetricValue>("NaN", "Infinity", "-Infinity"),
) as fc.Arbitrary<MetricValue>;

/** NaN is larger than any number. */
const rank = (value: MetricValue) => (value === "NaN" ? 2 : value === "Infinity" ? 1 : value === "-Infinity" ? -1 : 0);
const compare = (a: MetricValue, b: MetricValue) => rank(a) - rank(b) || (rank(a) === 0 ? Number(a) - Number(b) : 0);

async function storeWith(entries: readonly MetricValue[], keepEvents = 100_000): Promise<RunStore> {
  const store = memoryStore({ keepEvents });
  await store.open({ id: "test" });
  await store.create({ id: "r", model: "m", args: {}, private: { secrets: {}, files: {} }, fingerprint: "f" });
  await store.claim("r");
  await append(store, entries);
  return store;
}

const append = (store: RunStore, entries: readonly MetricValue[]) =>
  store.append(
    "r",
    entries.map((value, step) => ({ fact: { type: "progress", step, metrics: { value } } })),
    { attempt: 1 },
  );

test("any series is in order, at most `points`, whole if it is short, and has its first, last, smallest and largest value", () => {
  const gaps = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), values), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(gaps, fc.integer({ min: 10, max: 60 }), fc.nat(50), (given, points, rest) => {
      let seq = 3;
      const samples = given.map(([gap, value]) => {
        seq += gap;
        return { seq, at: new Date(seq).toISOString(), step: null, value };
      });
      const sampler = new MetricSampler({ points, firstSeq: 4, lastSeq: seq + rest });
      for (const sample of samples) sampler.add(sample);
      const series = sampler.series();
      expect(series.count).toBe(samples.length);
      expect(series.at).toEqual(series.seq);
      expect(series.seq).toEqual([...new Set(series.seq)].sort((a, b) => a - b));
      const bySeq = new Map(samples.map(({ seq, value }) => [seq, value]));
      expect(series.value).toEqual(series.seq.map((one) => bySeq.get(one)));
      expect(series.value.length).toBeLessThanOrEqual(points);
      if (samples.length <= points) expect(series.seq).toEqual(samples.map(({ seq }) => seq));
      const sorted = samples.map(({ value }) => value).sort(compare);
      expect(series.value.some((value) => compare(value, sorted[0] as MetricValue) === 0)).toBe(true);
      expect(series.value.some((value) => compare(value, sorted.at(-1) as MetricValue) === 0)).toBe(true);
      expect([series.seq[0], series.seq.at(-1)]).toEqual([samples[0]?.seq, samples.at(-1)?.seq]);
    }),
    { numRuns: 500 },
  );
});

test("each part of the log has its smallest and its largest value", () => {
  const sampler = new MetricSampler({ points: 10, firstSeq: 1, lastSeq: 40 });
  // Four buckets of ten events, each with a peak at 3 and a valley at 6.
  for (let i = 0; i < 40; i++) {
    const value = i % 10 === 3 ? 100 + i : i % 10 === 6 ? -i : 1;
    sampler.add({ seq: i + 1, at: "1970-01-01T00:00:00.000Z", step: i, value });
  }
  expect(sampler.series().step).toEqual([0, 3, 6, 13, 16, 23, 26, 33, 36, 39]);
});

describe("runMetrics", () => {
  test("reads a log of several pages to its last event", async () => {
    const store = await storeWith(Array.from({ length: 5_000 }, (_, i) => i));
    const { lastSeq, series, attempts } = await runMetrics(store, "r", { points: 100_000 });
    expect([lastSeq, attempts.map(({ seq }) => seq)]).toEqual([5_002, [2]]);
    expect(series.value?.value).toEqual(Array.from({ length: 5_000 }, (_, i) => i));
  });

  test("reads to the event that was the last at its start, while the run goes on", async () => {
    const store = await storeWith([1, 2, 3]);
    const growing: RunStore = {
      ...store,
      async read(...given) {
        await append(store, [9]);
        return store.read(...given);
      },
    };
    const { lastSeq, series } = await runMetrics(growing, "r");
    expect([lastSeq, series.value?.value]).toEqual([5, [1, 2, 3]]);
  });

  test("begins again at the new head if events are trimmed before they were read", async () => {
    const store = await storeWith(
      Array.from({ length: 3_000 }, (_, i) => i),
      3_000,
    );
    let reads = 0;
    const trimming: RunStore = {
      ...store,
      async read(...given) {
        if (++reads === 2)
          await append(
            store,
            Array.from({ length: 2_500 }, (_, i) => 10_000 + i),
          );
        return store.read(...given);
      },
    };
    const { firstSeq, lastSeq, series } = await runMetrics(trimming, "r", { points: 100_000 });
    expect([firstSeq, lastSeq]).toEqual([2_503, 5_502]);
    expect(series.value?.seq[0]).toBe(2_503);
    expect(series.value?.count).toBe(3_000);
  });

  test("ends at the next page when its signal is aborted", async () => {
    const store = await storeWith(Array.from({ length: 5_000 }, () => 1));
    const leave = new AbortController();
    let reads = 0;
    const aborting: RunStore = {
      ...store,
      read(...given) {
        reads++;
        leave.abort();
        return store.read(...given);
      },
    };
    await expect(runMetrics(aborting, "r", { signal: leave.signal })).rejects.toMatchObject({ code: "cancelled" });
    expect(reads).toBe(1);
  });

  test("lets other work run between its pages", async () => {
    const store = await storeWith(Array.from({ length: 20_000 }, () => 1));
    let turns = 0;
    let reading = true;
    const count = () => {
      turns++;
      if (reading) setImmediate(count);
    };
    setImmediate(count);
    await runMetrics(store, "r");
    reading = false;
    expect(turns).toBeGreaterThan(10);
  });

  test.each([
    ["/points", { points: 9 }],
    ["/points", { points: 100_001 }],
    ["/points", { points: 10.5 }],
    ["/points", { points: "100" as never }],
    ["/names", { names: "loss" as never }],
    ["/names", { names: [1] as never }],
  ])("an invalid option is refused at %s: %j", async (pointer, options) => {
    const store = await storeWith([]);
    await expect(runMetrics(store, "r", options)).rejects.toMatchObject({
      code: "invalid_args",
      issues: [{ pointer }],
    });
  });

  test("another error of the store is passed on", async () => {
    const store = await storeWith([1]);
    const error = new DeepaasError("unavailable", "The disk is gone.");
    await expect(runMetrics({ ...store, read: () => Promise.reject(error) }, "r")).rejects.toBe(error);
    await expect(runMetrics(store, "other")).rejects.toMatchObject({ code: "not_found" });
  });
});
