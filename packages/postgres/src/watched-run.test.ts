import type { RunEvent } from "@deepaas/core";
import { expect, test } from "vitest";
import { WatchedRun } from "./watched-run.ts";

/** A log of which the test says how long it is. Each row has one event. */
function log() {
  const state = { number: 1, firstSeq: 1, lastSeq: 3, queries: 0 };
  const chunkOf = (seq: number) => ({ last: seq, events: [{ seq, at: "", type: "published" } as RunEvent], bytes: 1 });
  const watched = new WatchedRun("r", async ({ after, limit }) => {
    state.queries++;
    const { number, firstSeq, lastSeq } = state;
    const start = Math.max(after + 1, firstSeq);
    const count = Math.max(0, Math.min(lastSeq, after + limit) - start + 1);
    return { number, firstSeq, lastSeq, chunks: Array.from({ length: count }, (_, i) => chunkOf(start + i)) };
  });
  const read = async (after: number, limit = 512) => (await watched.read(after, limit)).map(({ seq }) => seq);
  const grow = (lastSeq: number) => {
    state.lastSeq = lastSeq;
    watched.changed();
  };
  return { state, watched, read, grow, chunkOf };
}

test("a backlog of several pages is read to its end without another wake-up", async () => {
  const { read, grow } = log();
  await read(0);
  grow(2_000);
  const seen: number[] = [];
  for (let events = await read(3); events.length > 0; events = await read(seen.at(-1) as number)) seen.push(...events);
  expect(seen).toEqual(Array.from({ length: 1_997 }, (_, i) => i + 4));
});

test("without a wake-up the end of the log costs no query, with one it costs one for all cursors", async () => {
  const { state, read, grow } = log();
  expect(await read(0)).toEqual([1, 2, 3]);
  state.queries = 0;
  expect([await read(3), await read(1), await read(9)]).toEqual([[], [2, 3], []]);
  expect(state.queries).toBe(0);
  grow(5);
  expect(await Promise.all([read(3), read(3), read(2), read(4)])).toEqual([[4, 5], [4, 5], [3, 4, 5], [5]]);
  expect(state.queries).toBeLessThanOrEqual(2);
});

test("a wake-up during a query makes another one", async () => {
  const { state, read, grow } = log();
  const early = read(3);
  grow(4);
  expect(await read(3)).toEqual([4]);
  await early;
  expect(state.queries).toBe(2);
});

test("after a gap that was trimmed it goes on with what is there", async () => {
  const { state, read, grow } = log();
  await read(0);
  state.firstSeq = 100;
  grow(101);
  await expect(read(3)).rejects.toMatchObject({ code: "out_of_range", first: 100, last: 101 });
  expect(await read(99)).toEqual([100, 101]);
  grow(102);
  expect(await read(101)).toEqual([102]);
});

test("own appends cost no query while nothing else has changed", async () => {
  const { state, watched, read, chunkOf } = log();
  await read(0);
  state.queries = 0;
  watched.appended({ number: 1, firstSeq: 1, chunks: [chunkOf(4)] });
  expect(await read(3)).toEqual([4]);
  expect(state.queries).toBe(0);
  // The event 5 is of another node.
  state.lastSeq = 6;
  watched.appended({ number: 1, firstSeq: 1, chunks: [chunkOf(6)] });
  expect(await read(4)).toEqual([5, 6]);
  expect(state.queries).toBe(1);
});

test("another run with the same id has its own log", async () => {
  const { state, read, grow } = log();
  grow(50);
  await read(0);
  state.number = 2;
  grow(2);
  expect(await read(0)).toEqual([1, 2]);
});

test("a check finds news once", async () => {
  const { watched, read } = log();
  expect(watched.isNewsToCheck({ number: 1, lastSeq: 3 })).toBe(true);
  expect(watched.isNewsToCheck({ number: 1, lastSeq: 3 })).toBe(false);
  await read(0);
  expect(watched.isNewsToCheck({ number: 1, lastSeq: 4 })).toBe(true);
  expect(watched.isNewsToCheck(undefined)).toBe(true);
  expect(watched.isNewsToCheck({ number: 1, lastSeq: 3 })).toBe(false);
});
