// An attempt that was taken over while several of its reports waited.
import { expect, test } from "vitest";
import type { LogAppend, RunStore } from "../ports/run-store.ts";
import { runReporter } from "./reporter.ts";

test("an attempt that turns out to be stale while more waits does not keep its process busy", async () => {
  const answer = Promise.withResolvers<"stale">();
  const appends: (readonly LogAppend[])[] = [];
  const append: RunStore["append"] = async (_runId, entries) => {
    appends.push(entries);
    return answer.promise;
  };
  const reporter = runReporter({
    store: { append } as Partial<RunStore> as RunStore,
    blobs: {} as never,
    runId: "r",
    attempt: 1,
    version: () => undefined,
    patienceMs: 30_000,
    closing: new AbortController().signal,
    onLost: () => {},
  });
  reporter.report({ step: 1 });
  await expect.poll(() => appends.length).toBe(1);
  const kept = expect(reporter.checkpoint({ step: 1 })).rejects.toMatchObject({ code: "failed_precondition" });
  reporter.report({ step: 2 });
  // The second report waits for the batches before it.
  await new Promise(setImmediate);
  answer.resolve("stale");
  await kept;
  await new Promise(setImmediate);
  expect(appends).toHaveLength(1);
  expect(await reporter.finish([])).toBe("stale");
});
