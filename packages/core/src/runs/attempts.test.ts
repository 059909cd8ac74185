// A run is claimed when its worker is ready.
import { describe, expect, test, vi } from "vitest";
import { inlineExecutor } from "../in-memory/inline-executor.ts";
import { memoryStore } from "../in-memory/run-store.ts";
import { createHost, type RunEvent, silentLogger } from "../index.ts";
import type { Executor } from "../ports/executor.ts";

describe("a training whose worker has to start first", () => {
  /** The inline executor, whose worker starts when the test says so. */
  async function starting() {
    const worker = Promise.withResolvers<void>();
    const held: string[] = [];
    const inline = inlineExecutor({ models: { m: { train: () => "done" } }, logger: silentLogger });
    const executor: Executor = {
      ...inline,
      async prepareTrain({ runId }, { signal, onWait }) {
        const aborted = new Promise((resolve) => signal.addEventListener("abort", resolve));
        await onWait();
        await Promise.race([worker.promise, aborted]);
        held.push(runId);
        return () => void held.splice(held.indexOf(runId), 1);
      },
    };
    const store = memoryStore();
    const host = await createHost({ executor, store: { ...store, close: async () => {} }, logger: silentLogger });
    await host.train("m", {}, { runId: "r" });
    const events = () => store.read("r", 0, 10);
    await vi.waitUntil(async () => (await events()).length === 2);
    return { host, store, held, events, startWorker: worker.resolve };
  }
  const typesOf = (events: readonly RunEvent[]) => events.map(({ type }) => type);

  test("is queued until then, and its log says why", async () => {
    const { host, held, events, startWorker } = await starting();
    expect(await host.run("r")).toMatchObject({ state: "queued", attempt: 0 });
    expect((await events()).at(-1)).toMatchObject({ type: "log", text: "A worker is starting for this training." });
    startWorker();
    expect(typesOf(await Array.fromAsync(host.watch("r")))).toEqual(["queued", "log", "started", "succeeded"]);
    await host.close();
    expect(held).toEqual([]);
  });

  test("never begins if it is cancelled meanwhile", async () => {
    const { host, held } = await starting();
    expect(await host.cancel("r")).toMatchObject({ state: "cancelled", attempt: 0 });
    expect(typesOf(await Array.fromAsync(host.watch("r")))).toEqual(["queued", "log", "cancelled"]);
    await host.close();
    expect(held).toEqual([]);
  });

  test("stays queued if the server stops meanwhile", async () => {
    const { host, store, held } = await starting();
    await host.close();
    expect(await store.get("r")).toMatchObject({ state: "queued", attempt: 0 });
    expect(held).toEqual([]);
  });
});
