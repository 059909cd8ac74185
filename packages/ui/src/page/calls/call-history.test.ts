import { afterEach, describe, expect, test, vi } from "vitest";
import { type CallRecord, keepCalls, readCalls } from "./call-history.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

/** In the place of the browser's storage. */
function storeIn(kept: Map<string, string>, fails = false): void {
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => {
      if (fails) throw new Error("full");
      kept.set(key, value);
    },
  });
}

const record = (at: number): CallRecord => ({ at, args: { at }, files: [], status: "ok", summary: "s", ms: 1 });

describe("the last calls", () => {
  test("are kept, at most 20, for each key", () => {
    storeIn(new Map());
    const all = Array.from({ length: 25 }, (_, i) => record(25 - i));
    expect(keepCalls("a", all)).toHaveLength(20);
    const again = readCalls("a");
    expect([again.length, again[0]?.at, again.at(-1)?.at]).toEqual([20, 25, 6]);
    expect(readCalls("b")).toEqual([]);
  });

  test("are returned where there is no storage, or a full one", () => {
    expect(keepCalls("a", [record(1)])).toEqual([record(1)]);
    storeIn(new Map(), true);
    expect(keepCalls("a", [record(1)])).toEqual([record(1)]);
    expect(readCalls("a")).toEqual([]);
  });

  test("have no large arguments", () => {
    const [kept] = keepCalls("a", [{ ...record(1), args: { text: "x".repeat(20_000) } }]);
    expect(kept).toMatchObject({ at: 1 });
    expect(kept?.args).toBeUndefined();
  });

  test.each(["{", "1", '[{"at":1}]', "[null]"])("are none for %j", (text) => {
    storeIn(new Map([["a", text]]));
    expect(readCalls("a")).toEqual([]);
  });
});
