// Files of a training on a disk that is full, on a clock that the test moves.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { DeepaasError } from "../contract/error.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { LogAppend, RunStore } from "../ports/run-store.ts";
import { runReporter } from "./reporter.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function reporterOn(blobs: BlobStore, patienceMs = 30_000) {
  const appends: (readonly LogAppend[])[] = [];
  const lost: DeepaasError[] = [];
  const append: RunStore["append"] = async (_runId, entries) => {
    appends.push(entries);
    return "kept";
  };
  const reporter = runReporter({
    store: { append } as Partial<RunStore> as RunStore,
    blobs,
    runId: "r",
    attempt: 1,
    version: () => undefined,
    patienceMs,
    closing: new AbortController().signal,
    onLost: (reason) => lost.push(reason),
  });
  return { reporter, appends, lost };
}

describe("a file that the disk has no room for", () => {
  const noRoom = new DeepaasError("unavailable", "The disk is full.");
  /** Refuses the first `refusals` files, each with the next of `errors` or its last. */
  function fullDisk(refusals: number, errors: readonly Error[] = [noRoom]) {
    const tries: number[] = [];
    const startedAt = performance.now();
    const put: BlobStore["put"] = async ({ contentType }) => {
      tries.push(Math.round(performance.now() - startedAt));
      const error = errors[Math.min(tries.length, errors.length) - 1] as Error;
      if (tries.length <= refusals) throw error;
      return { id: "late", size: 3, contentType };
    };
    return { tries, blobs: { put, delete: async () => {} } as unknown as BlobStore };
  }

  test("waits, and is kept when there is room", async () => {
    const { tries, blobs } = fullDisk(3);
    const { reporter, appends, lost } = reporterOn(blobs);
    const done = reporter.checkpoint({ step: 1, file: new Blob(["abc"]) });
    await vi.advanceTimersByTimeAsync(350);
    await done;
    expect(tries).toEqual([0, 50, 150, 350]);
    expect([appends.length, lost]).toEqual([1, []]);
  });

  test("for longer than the patience loses the attempt", async () => {
    const { tries, blobs } = fullDisk(99);
    const { reporter, lost } = reporterOn(blobs, 100);
    const done = expect(reporter.publish(new Blob(["abc"]))).rejects.toBe(noRoom);
    await vi.advanceTimersByTimeAsync(100);
    await done;
    expect(tries).toEqual([0, 50, 100]);
    expect(lost).toMatchObject([{ code: "unavailable", message: expect.stringContaining("The disk is full.") }]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("and that cannot be read twice loses the attempt with the first error", async () => {
    const { blobs } = fullDisk(99, [noRoom, new TypeError("It was read already.")]);
    const { reporter, lost } = reporterOn(blobs);
    const done = expect(reporter.artifact("a", new Blob(["abc"]))).rejects.toBe(noRoom);
    await vi.advanceTimersByTimeAsync(50);
    await done;
    expect(lost).toHaveLength(1);
  });

  test("is not meant by any other error: it is the model's own", async () => {
    const own = new Error("The source of the file failed.");
    const { tries, blobs } = fullDisk(99, [own]);
    const { reporter, lost } = reporterOn(blobs);
    await expect(reporter.artifact("a", new Blob(["abc"]))).rejects.toBe(own);
    expect([tries.length, lost.length]).toEqual([1, 0]);
  });
});
