// Runs over a SQLite store, across two processes.
import { join } from "node:path";
import { createHost, type TrainContext } from "@deepaas/core";
import { expect, test } from "vitest";
import { directoryBlobs } from "./directory-blobs.ts";
import { sqliteStore } from "./sqlite-store.ts";
import { newFolder } from "./testing/store-folder.ts";

const counter = {
  async train(_args: object, run: TrainContext) {
    const before = await run.resumeFrom?.file?.text();
    await run.checkpoint({ step: 1, file: new TextEncoder().encode(`${before ?? ""}x`) });
    if (before === undefined) await new Promise((resolve) => run.signal.addEventListener("abort", resolve));
    run.signal.throwIfAborted();
    return { before };
  },
};

test("a training goes on where it was, in another process over the same files", async () => {
  const models = { counter };
  const folder = newFolder();
  const start = async () => {
    const store = sqliteStore({ path: join(folder, "runs.sqlite") });
    const blobs = directoryBlobs({ path: join(folder, "blobs") });
    const host = await createHost({ models, store, blobs, limits: { keepRuns: 100, keepDays: 30 } });
    return { host, store };
  };
  const first = await start();
  const { id } = await first.host.train("counter", {});
  await expect.poll(async () => (await first.host.run(id)).checkpoint?.step).toBe(1);
  await first.host.close();
  const next = await start();
  expect((await Array.fromAsync(next.host.watch(id))).map(({ type }) => type)).toEqual([
    "queued",
    "started",
    "checkpoint",
    "lost",
    "started",
    "checkpoint",
    "succeeded",
  ]);
  expect(await next.host.run(id)).toMatchObject({ attempt: 2, result: { before: "x" } });
  await next.host.close();
});
