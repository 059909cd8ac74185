import { afterEach, describe, expect, test, vi } from "vitest";
import { type CallRecord, callHistory } from "./call-history.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

/** In the place of the browser's storage. */
function memory(fail = false): Storage {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => {
      if (fail) throw new Error("full");
      kept.set(key, value);
    },
  } as unknown as Storage;
  vi.stubGlobal("localStorage", storage);
  return storage;
}

const record = (at: number): CallRecord => ({ at, args: { at }, files: [], status: "ok", summary: "s", ms: 1 });

describe("the last calls", () => {
  test("are kept, the newest first, at most 20, for each server and model", () => {
    memory();
    const history = callHistory("http://h", "m");
    for (let at = 1; at <= 25; at++) history.add(record(at));
    const again = callHistory("http://h", "m").read();
    expect([again.length, again[0]?.at, again.at(-1)?.at]).toEqual([20, 25, 6]);
    expect(callHistory("http://h", "other").read()).toEqual([]);
    expect(callHistory("http://other", "m").read()).toEqual([]);
  });

  test("have those of another tab", () => {
    memory();
    const [one, two] = [callHistory("h", "m"), callHistory("h", "m")];
    one.add(record(1));
    expect(two.add(record(2)).map(({ at }) => at)).toEqual([2, 1]);
  });

  test("go when they are cleared, and come back", () => {
    memory();
    const history = callHistory("h", "m");
    const kept = history.add(record(1));
    history.write([]);
    expect(callHistory("h", "m").read()).toEqual([]);
    history.write(kept);
    expect(callHistory("h", "m").read()).toHaveLength(1);
  });

  test("are kept for this page where there is no storage, or a full one", () => {
    for (const storage of [undefined, memory(true)]) {
      vi.stubGlobal("localStorage", storage);
      const history = callHistory("h", "m");
      history.add(record(1));
      history.add(record(2));
      expect(history.read().map(({ at }) => at)).toEqual([2, 1]);
    }
  });

  test("have no large arguments", () => {
    memory();
    const [kept] = callHistory("h", "m").add({ ...record(1), args: { text: "x".repeat(20_000) } });
    expect(kept?.args).toBeUndefined();
  });

  test.each(["{", "1", '[{"at":1}]', "[null]"])("are none for %j", (text) => {
    const storage = memory();
    storage.setItem("deepaas-calls h m", text);
    expect(callHistory("h", "m").read()).toEqual([]);
  });
});
