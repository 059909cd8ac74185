// What the first and the second signal do.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { endOnSignals } from "./end-on-signals.ts";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** Listeners that were there before the test. */
const before = new Map(signals.map((signal) => [signal, process.listeners(signal)]));
const exits: (number | string | null | undefined)[] = [];
let written = "";

beforeEach(() => {
  exits.length = 0;
  written = "";
  vi.spyOn(process, "exit").mockImplementation(((code: number) => void exits.push(code)) as never);
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    written += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  for (const signal of signals) {
    for (const listener of process.listeners(signal)) {
      if (!before.get(signal)?.includes(listener)) process.removeListener(signal, listener);
    }
  }
});

/** Delivers a signal to the listeners of `endOnSignals` alone. */
function deliver(signal: (typeof signals)[number]): void {
  for (const listener of process.listeners(signal)) {
    if (!before.get(signal)?.includes(listener)) (listener as (name: string) => void)(signal);
  }
}
const turn = () => new Promise(setImmediate);

test.each(signals)("%s ends once, and the process exits with 0 when it has ended", async (signal) => {
  const ended = Promise.withResolvers<void>();
  let calls = 0;
  endOnSignals(() => {
    calls++;
    return ended.promise;
  });
  expect(calls).toBe(0);
  deliver(signal);
  await turn();
  expect([calls, exits]).toEqual([1, []]);
  ended.resolve();
  await turn();
  expect([calls, exits]).toEqual([1, [0]]);
});

test.each([
  ["SIGINT", "SIGINT", 130],
  ["SIGTERM", "SIGHUP", 129],
  ["SIGHUP", "SIGTERM", 143],
] as const)("after %s a second one, %s, exits at once with %i", async (first, second, code) => {
  endOnSignals(() => new Promise(() => {}));
  deliver(first);
  deliver(second);
  expect(exits).toEqual([code]);
});

test("a shutdown that fails exits with 1 and says why", async () => {
  endOnSignals(() => Promise.reject(new Error("disk full")));
  deliver("SIGTERM");
  await turn();
  expect([exits, written]).toEqual([[1], "deepaas: shutdown failed: disk full\n"]);
});
