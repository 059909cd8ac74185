import { DeepaasError, silentLogger } from "@deepaas/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { patience } from "./patience.ts";

const reset = Object.assign(new Error("reset"), { code: "ECONNRESET" });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Returns the pauses in milliseconds until it rejects, with a `random` of 1 the longest ones. */
async function pauses(random: number, limits: { readonly attempts: number; readonly patienceMs: number }) {
  vi.spyOn(Math, "random").mockReturnValue(random);
  const tries = patience({ ...limits, logger: silentLogger });
  const all: number[] = [];
  for (;;) {
    const before = performance.now();
    const waiting = tries.afterFailure(reset).then(
      () => true,
      () => false,
    );
    await vi.runAllTimersAsync();
    if (!(await waiting)) return all;
    all.push(Math.round(performance.now() - before));
  }
}

test("pauses double up to a limit, and are random", async () => {
  const limits = { attempts: 9, patienceMs: 600_000 };
  expect(await pauses(1, limits)).toEqual([200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
  expect(await pauses(0.5, limits)).toEqual([100, 200, 400, 800, 1_600, 2_500, 2_500, 2_500]);
});

test("the sum of the pauses is at most patienceMs", async () => {
  expect(await pauses(1, { attempts: 9, patienceMs: 1_500 })).toEqual([200, 400, 800]);
});

test("progress starts both limits anew", async () => {
  vi.spyOn(Math, "random").mockReturnValue(1);
  const tries = patience({ attempts: 2, patienceMs: 250, logger: silentLogger });
  for (let i = 0; i < 5; i++) {
    const waiting = tries.afterFailure(reset);
    await vi.advanceTimersByTimeAsync(200);
    await waiting;
    tries.progress();
  }
  const waiting = tries.afterFailure(reset);
  await vi.advanceTimersByTimeAsync(200);
  await waiting;
  await expect(tries.afterFailure(reset)).rejects.toEqual(expect.objectContaining({ code: "unavailable" }));
});

test("an error that another attempt cannot mend, and an aborted signal, reject at once", async () => {
  const limits = { attempts: 9, patienceMs: 60_000, logger: silentLogger };
  const certificate = Object.assign(new Error("bad"), { code: "CERT_HAS_EXPIRED" });
  await expect(patience(limits).afterFailure(certificate)).rejects.toThrow("cannot be reached: CERT_HAS_EXPIRED.");
  const own = new DeepaasError("too_large", "own");
  await expect(patience(limits).afterFailure(own)).rejects.toBe(own);
  await expect(patience(limits, AbortSignal.abort()).afterFailure(reset)).rejects.toThrow("ECONNRESET");
});
