// What a training's reports become, on a store and a clock that the test holds. Whole runs: run-manager.test.ts.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { DeepaasError } from "../contract/error.ts";
import type { BlobRef, BlobStore } from "../ports/blob-store.ts";
import type { AppendPosition, LogAppend, RunStore } from "../ports/run-store.ts";
import { progressFrom, type ReporterOptions, runReporter, textFrom } from "./reporter.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

interface Append {
  readonly entries: readonly LogAppend[];
  readonly position: AppendPosition | undefined;
  readonly at: number;
}
type Answer = "kept" | "stale" | Error | Promise<"kept">;

/** A reporter and what its store was asked to append. `answer` says what the store does with the append of this index. */
function reporterOn(answer: (index: number) => Answer = () => "kept", more: Partial<ReporterOptions> = {}) {
  const appends: Append[] = [];
  const lost: DeepaasError[] = [];
  const blobs = { put: [] as BlobRef[], deleted: [] as string[] };
  const closing = new AbortController();
  const startedAt = performance.now();
  const store = {
    async append(_runId: string, entries: readonly LogAppend[], position?: AppendPosition) {
      appends.push({ entries: structuredClone(entries), position, at: Math.round(performance.now() - startedAt) });
      const given = answer(appends.length - 1);
      if (given instanceof Error) throw given;
      return given;
    },
  } as Pick<RunStore, "append"> as RunStore;
  const blobStore = {
    async put({ contentType }: { readonly contentType: string }) {
      const ref = { id: `blob ${blobs.put.length + 1}`, size: 3, contentType };
      blobs.put.push(ref as BlobRef);
      return ref;
    },
    async delete({ id }: BlobRef) {
      blobs.deleted.push(id);
    },
  } as unknown as BlobStore;
  const reporter = runReporter({
    store,
    blobs: blobStore,
    runId: "r",
    attempt: 2,
    version: () => undefined,
    patienceMs: 30_000,
    closing: closing.signal,
    onLost: (reason) => lost.push(reason),
    ...more,
  });
  const facts = () => appends.flatMap(({ entries }) => entries.map(({ fact }) => fact));
  return { reporter, appends, lost, blobs, closing, facts };
}

const tick = () => vi.advanceTimersByTimeAsync(0);
const settled = (promise: Promise<unknown>) => {
  const outcome: { value?: unknown; error?: DeepaasError } = {};
  promise.then(
    (value) => (outcome.value = value),
    (error: DeepaasError) => (outcome.error = error),
  );
  return outcome;
};
const full = () => new Error("disk full");

describe("reports of one turn of the event loop", () => {
  test("are one append, with its attempt and its number", async () => {
    const { reporter, appends, facts } = reporterOn();
    reporter.report({ step: 1 });
    reporter.log("a");
    expect(appends).toEqual([]);
    await tick();
    reporter.report({ step: 2 });
    await tick();
    expect(appends.map(({ position }) => position)).toEqual([
      { attempt: 2, appendNumber: 1 },
      { attempt: 2, appendNumber: 2 },
    ]);
    expect(facts()).toEqual([
      { type: "progress", step: 1 },
      { type: "log", level: "info", text: "a" },
      { type: "progress", step: 2 },
    ]);
  });

  test("beyond 256 are merged: the last value of each metric", async () => {
    const { reporter, facts } = reporterOn();
    for (let step = 1; step <= 256; step++) reporter.report({ step });
    reporter.report({ step: 257, message: "first", metrics: { loss: 1, lr: 5 } });
    reporter.report({ step: 258, metrics: { loss: 2 } });
    reporter.report({ step: 259 });
    await tick();
    expect(facts()).toHaveLength(257);
    expect(facts()[255]).toEqual({ type: "progress", step: 256 });
    const last = { type: "progress", step: 259, message: "first", metrics: { loss: 2, lr: 5 }, merged: 3 };
    expect(facts()[256]).toEqual(last);
  });

  test("are not said to be merged if there is one, and have no metrics if none had", async () => {
    const { reporter, facts } = reporterOn();
    for (let step = 1; step <= 257; step++) reporter.report({ step });
    await tick();
    expect(facts()[256]).toEqual({ type: "progress", step: 257 });
    for (let step = 1; step <= 258; step++) reporter.report({ step });
    await tick();
    expect(facts().at(-1)).toEqual({ type: "progress", step: 258, merged: 2 });
    reporter.report({ step: 1 });
    await tick();
    expect(facts().at(-1)).toEqual({ type: "progress", step: 1 });
  });

  test("beyond 256 lines are counted and dropped", async () => {
    const { reporter, facts } = reporterOn();
    for (let i = 1; i <= 259; i++) reporter.log(`line ${i}`);
    await tick();
    expect(facts()).toHaveLength(257);
    expect(facts()[255]).toMatchObject({ text: "line 256" });
    expect(facts()[256]).toEqual({
      type: "log",
      level: "warning",
      text: "3 more lines were dropped: too many at once.",
    });
    reporter.log("line");
    await tick();
    expect(facts()).toHaveLength(258);
  });

  test("wait for the append before them, and are merged meanwhile", async () => {
    const first = Promise.withResolvers<"kept">();
    const { reporter, appends } = reporterOn((index) => (index === 0 ? first.promise : "kept"));
    reporter.report({ step: 0 });
    await tick();
    for (let step = 1; step <= 300; step++) {
      reporter.report({ step });
      if (step % 100 === 0) await tick();
    }
    expect(appends).toHaveLength(1);
    first.resolve("kept");
    await tick();
    expect(appends.map(({ entries }) => entries.length)).toEqual([1, 257]);
    reporter.report({ step: 301 });
    await tick();
    expect(appends).toHaveLength(3);
  });
});

describe("a checkpoint", () => {
  test("follows the reports before it, and is kept when it resolves", async () => {
    const first = Promise.withResolvers<"kept">();
    const { reporter, appends } = reporterOn(() => first.promise, { version: () => "1" });
    reporter.report({ step: 1 });
    const kept = settled(reporter.checkpoint({ step: 1, data: { seen: 1 }, file: new Blob(["abc"]) }));
    await tick();
    expect(appends.map(({ entries }) => entries)).toEqual([
      [
        { fact: { type: "progress", step: 1 } },
        {
          fact: { type: "checkpoint", step: 1 },
          data: { seen: 1 },
          blob: expect.objectContaining({ id: "blob 1" }),
          version: "1",
        },
      ],
    ]);
    expect(kept).toEqual({});
    first.resolve("kept");
    await tick();
    expect(kept).toEqual({ value: undefined });
  });

  test("without data, file and version has none", async () => {
    const { reporter, appends } = reporterOn();
    await reporter.checkpoint({ step: 0 });
    expect(appends[0]?.entries).toStrictEqual([{ fact: { type: "checkpoint", step: 0 } }]);
  });

  test("has a copy of its data", async () => {
    const entries: (readonly LogAppend[])[] = [];
    const store = {
      async append(_id: string, given: readonly LogAppend[]) {
        entries.push(given);
        return "kept";
      },
    };
    const { reporter } = reporterOn(undefined, { store: store as unknown as RunStore });
    const data = { list: [1] };
    const kept = reporter.checkpoint({ step: 1, data });
    data.list.push(2);
    await kept;
    expect(entries[0]?.[0]?.data).toEqual({ list: [1] });
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, "1"])("of step %s is refused", async (step) => {
    const { reporter, appends } = reporterOn();
    await expect(reporter.checkpoint({ step: step as number })).rejects.toMatchObject({ code: "invalid_args" });
    expect(appends).toEqual([]);
  });
});

describe("a file", () => {
  test("of an artifact is kept with its name, size and type", async () => {
    const { reporter, appends } = reporterOn();
    await reporter.artifact("a.bin", new Uint8Array([1]), { contentType: "text/plain" });
    const fact = { type: "artifact", name: "a.bin", size: 3, contentType: "text/plain" };
    expect(appends[0]?.entries).toEqual([{ fact, blob: expect.objectContaining({ id: "blob 1" }) }]);
  });

  test("of an artifact whose name is not one is not kept", async () => {
    const { reporter, blobs } = reporterOn();
    await expect(reporter.artifact("../a", new Uint8Array([1]))).rejects.toMatchObject({ code: "invalid_args" });
    expect(blobs.put).toEqual([]);
  });

  test("of published weights is known only when it is kept", async () => {
    const first = Promise.withResolvers<"kept">();
    const { reporter, appends } = reporterOn(() => first.promise);
    reporter.report({ metrics: { acc: 0.5, loss: Number.NaN } });
    const done = reporter.publish(new Blob(["abc"]), { promote: "ask" });
    reporter.report({ metrics: { acc: 0.9 } });
    await tick();
    expect([appends[0]?.entries.at(-1)?.fact, reporter.published()]).toEqual([{ type: "published" }, undefined]);
    first.resolve("kept");
    await done;
    // With the metrics of before it, and the rule that it chose.
    const publication = { metrics: { acc: 0.5, loss: "NaN" }, promote: "ask" };
    expect(appends[0]?.entries.at(-1)).toMatchObject({ publication });
    expect(reporter.published()).toMatchObject({ ...publication, blob: { id: "blob 1" } });
  });

  test("of a stale attempt is deleted", async () => {
    const { reporter, blobs } = reporterOn(() => "stale");
    await expect(reporter.publish(new Blob(["abc"]))).rejects.toMatchObject({ code: "failed_precondition" });
    expect([blobs.deleted, reporter.published()]).toEqual([["blob 1"], undefined]);
    await expect(reporter.checkpoint({ step: 1 })).rejects.toMatchObject({ code: "failed_precondition" });
    expect(blobs.deleted).toEqual(["blob 1"]);
  });
});

test("a stale attempt is told so once; nothing more is appended", async () => {
  const { reporter, appends, lost } = reporterOn(() => "stale");
  reporter.report({ step: 1 });
  await tick();
  expect(lost).toMatchObject([{ code: "failed_precondition" }]);
  reporter.report({ step: 2 });
  reporter.log("a");
  await tick();
  expect(await reporter.finish([{ fact: { type: "succeeded", result: null } }])).toBe("stale");
  expect([appends.length, lost.length]).toEqual([1, 1]);
  expect(vi.getTimerCount()).toBe(0);
});

describe("a store that fails", () => {
  test("is asked again after 50 ms, then after twice as long, at most a second", async () => {
    const { reporter, appends, lost } = reporterOn((index) => (index < 7 ? full() : "kept"));
    reporter.report({ step: 1 });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(appends.map(({ at }) => at)).toEqual([0, 50, 150, 350, 750, 1_550, 2_550, 3_550]);
    expect(new Set(appends.map(({ position }) => position?.appendNumber))).toEqual(new Set([1]));
    expect(lost).toEqual([]);
    reporter.report({ step: 2 });
    await tick();
    expect(appends.at(-1)?.position?.appendNumber).toBe(2);
  });

  test("for longer than the patience loses the attempt, whose end is asked for once more", async () => {
    const { reporter, appends, lost } = reporterOn(full, { patienceMs: 100 });
    reporter.report({ step: 1 });
    await vi.advanceTimersByTimeAsync(99);
    expect([appends.length, lost.length]).toEqual([2, 0]);
    await vi.advanceTimersByTimeAsync(1);
    expect(appends.map(({ at }) => at)).toEqual([0, 50, 100]);
    expect(lost).toMatchObject([{ code: "unavailable", cause: { message: "disk full" } }]);
    expect(lost[0]?.message).toContain("see the server's log");
    // What follows is not waited for again.
    await expect(reporter.checkpoint({ step: 1 })).rejects.toMatchObject({ code: "unavailable" });
    expect([appends.length, vi.getTimerCount()]).toEqual([4, 0]);
    // A report alone does not ask again.
    reporter.report({ step: 2 });
    await tick();
    expect(appends).toHaveLength(4);
  });

  test("and recovers keeps what waited, in order, and is patient again", async () => {
    let isFull = true;
    const { reporter, appends, lost } = reporterOn(() => (isFull ? full() : "kept"), { patienceMs: 100 });
    reporter.report({ step: 1 });
    await vi.advanceTimersByTimeAsync(100);
    expect(lost).toHaveLength(1);
    reporter.log("meanwhile");
    await tick();
    isFull = false;
    const before = appends.length;
    expect(await reporter.finish([{ fact: { type: "lost", reason: "disk" } }])).toBe("kept");
    expect(appends.slice(before).map(({ entries }) => entries.map(({ fact }) => fact.type))).toEqual([
      ["progress"],
      ["log", "lost"],
    ]);
    isFull = true;
    reporter.report({ step: 2 });
    await vi.advanceTimersByTimeAsync(60);
    expect(lost).toHaveLength(1);
  });

  test("is not asked again once the host closes", async () => {
    const { reporter, appends, lost, closing } = reporterOn(full);
    reporter.report({ step: 1 });
    await tick();
    expect([appends.length, vi.getTimerCount()]).toEqual([1, 1]);
    closing.abort();
    await tick();
    expect([appends.length, lost.length, vi.getTimerCount()]).toEqual([2, 1, 0]);
  });

  test("and is damaged is not asked again; its own error is named", async () => {
    const damage = new DeepaasError("internal", "The store's file is damaged.");
    const { reporter, appends, lost } = reporterOn(() => damage);
    reporter.report({ step: 1 });
    await tick();
    expect([appends.length, lost[0]?.message]).toEqual([1, expect.stringContaining("file is damaged")]);
  });

  test("with another error of its own is asked again", async () => {
    const busy = new DeepaasError("unavailable", "The disk is full.");
    const { reporter, appends, lost } = reporterOn((index) => (index === 0 ? busy : "kept"));
    reporter.report({ step: 1 });
    await vi.advanceTimersByTimeAsync(50);
    expect([appends.length, lost]).toEqual([2, []]);
  });
});

describe("the wire form of a report", () => {
  const hostile = {
    toString() {
      throw new Error("no text");
    },
  };

  test.each([
    [
      { step: 1, total: 2, message: "m", metrics: { a: 1 } },
      { step: 1, total: 2, message: "m", metrics: { a: 1 } },
    ],
    [{ step: Number.NaN, total: "2", message: undefined, metrics: null }, {}],
    [{ total: Number.POSITIVE_INFINITY, metrics: {} }, {}],
    [{ metrics: { a: "high", b: undefined } }, {}],
    [
      { metrics: { a: Number.NaN, b: Number.POSITIVE_INFINITY, c: Number.NEGATIVE_INFINITY } },
      { metrics: { a: "NaN", b: "Infinity", c: "-Infinity" } },
    ],
    [
      { metrics: { a: "NaN", b: "Infinity", c: "-Infinity" } },
      { metrics: { a: "NaN", b: "Infinity", c: "-Infinity" } },
    ],
    [{ metrics: { a: 5n, b: true, c: false, d: {} } }, { metrics: { a: 5, b: 1, c: 0 } }],
    [{ message: 5 }, { message: "5" }],
    [undefined, {}],
    [null, {}],
  ])("of case %#", (report, fact) => {
    expect(progressFrom(report)).toStrictEqual({ type: "progress", ...fact });
  });

  test("has at most 16,384 characters of text", () => {
    const long = "x".repeat(20_000);
    expect(progressFrom({ message: long })?.message).toHaveLength(16_384);
    expect(textFrom(long)).toHaveLength(16_384);
  });

  test("does not exist if it cannot be read", async () => {
    expect([progressFrom({ message: hostile }), textFrom(hostile)]).toEqual([undefined, undefined]);
    const { reporter, appends } = reporterOn();
    reporter.report({ message: hostile as unknown as string });
    reporter.log(hostile as unknown as string);
    await tick();
    expect(appends).toEqual([]);
  });

  test.each(["debug", "warning", "error"] as const)("of a line has its level %s, else info", async (level) => {
    const { reporter, facts } = reporterOn();
    reporter.log("a", level);
    reporter.log("b", "loud" as never);
    await tick();
    expect(facts().map((fact) => (fact as { level: string }).level)).toEqual([level, "info"]);
  });
});
