import assert from "node:assert/strict";
import { type ModelService, type ModelStats, sleep, type WatcherStats } from "@deepaas/core";
import { collect, rejection, take } from "../expect.ts";
import { queuedCalls } from "./queued-calls.ts";
import type { ServiceDraft } from "./subject.ts";
import { ended, gated, reached, startTraining } from "./training.ts";

async function statsOf(service: ModelService, model: string): Promise<ModelStats> {
  const { models } = await service.stats();
  return models.find((one) => one.model === model) ?? assert.fail(`No stats of ${model}: ${JSON.stringify(models)}`);
}

/** A call that was aborted may reach the host, and leave it, later. */
async function statsOnce(service: ModelService, model: string, matches: (stats: ModelStats) => boolean) {
  for (;;) {
    const stats = await statsOf(service, model);
    if (matches(stats)) return stats;
    await sleep(5);
  }
}

/** A watch over a connection begins and ends later. */
async function watchersOnce(service: ModelService, matches: (stats: WatcherStats) => boolean): Promise<void> {
  while (!matches((await service.stats()).watchers)) await sleep(5);
}

const counts = ({ calls, failed, recent }: ModelStats) => [calls, failed, recent.calls, recent.failed];
const load = ({ running, waiting }: ModelStats) => [running, waiting];

export const statsCases: readonly ServiceDraft[] = [
  {
    title: "the stats have every model, without calls at first, in plain JSON",
    cites: ["stats.models"],
    models: ["bare", "trainer", "stream"],
    async run({ service }) {
      const stats = await service.stats();
      assert.deepEqual(JSON.parse(JSON.stringify(stats)), stats, "plain JSON");
      const served = (await service.models()).map(({ servedAs }) => servedAs);
      assert.deepEqual(
        stats.models.map(({ model }) => model),
        served,
      );
      for (const one of stats.models) {
        assert.deepEqual([...load(one), ...counts(one)], [0, 0, 0, 0, 0, 0]);
        assert.equal(one.recent.latency, null);
        assert.ok(one.queue === null || one.queue >= 0);
      }
      assert.deepEqual(stats.status, await service.status());
      assert.ok(Date.parse(stats.startedAt) <= Date.parse(stats.at), `${stats.startedAt} <= ${stats.at}`);
      assert.notEqual(stats.store.kind, "");
      assert.equal(stats.lostWorkers.count, 0);
    },
  },
  {
    title: "predicts and streams are counted when they have ended; those of what a caller got wrong are not failed",
    cites: ["stats.calls"],
    models: ["failing", "stream", "bare"],
    async run({ service }) {
      await rejection(service.predict("failing", { how: "error" }), "internal");
      await rejection(service.predict("failing", { how: "schema" }), "invalid_response");
      // An error that the model means for its caller.
      await rejection(service.predict("failing", { how: "deepaas" }), "rate_limited");
      await service.predict("failing", { how: "none" });
      await rejection(service.predict("failing", { how: "unknown" }), "invalid_args");
      await rejection(collect(service.predictStream("stream", { items: 3, at: 1, fault: "error" })), "internal");
      await collect(service.predictStream("stream", {}));
      assert.deepEqual(counts(await statsOf(service, "failing")), [4, 2, 4, 2]);
      assert.deepEqual(counts(await statsOf(service, "stream")), [2, 1, 2, 1]);
      assert.deepEqual(counts(await statsOf(service, "bare")), [0, 0, 0, 0]);
    },
  },
  {
    title: "a predict that its caller cancels and a stream that its reader leaves are not counted",
    cites: ["stats.calls"],
    models: ["slow", "stream"],
    async run({ service, control }) {
      const caller = new AbortController();
      const call = service.predict("slow", { control: control.id }, { signal: caller.signal });
      await control.waitForNotes("started");
      assert.deepEqual(load(await statsOf(service, "slow")), [1, 0]);
      caller.abort();
      await rejection(call, "cancelled");
      await take(service.predictStream("stream", { items: 2, at: 1, fault: "wait", control: control.id }), 1);
      for (const model of ["slow", "stream"]) {
        const stats = await statsOnce(service, model, ({ running }) => running === 0);
        assert.deepEqual(counts(stats), [0, 0, 0, 0]);
      }
    },
  },
  {
    title: "the stats have the calls that run and wait, and a call beyond the queue is a failed one",
    cites: ["stats.queue"],
    needs: ["limits"],
    models: ["slow"],
    options: { limits: { concurrency: 1, queue: 1 } },
    async run({ service, control }) {
      const call = () => {
        const answer = service.predict("slow", { control: control.id });
        // Rejected by the close of the service if the case fails before it awaits them.
        answer.catch(() => {});
        return { answer };
      };
      const first = call();
      await control.waitForNotes("started");
      const queued = await queuedCalls([call(), call()]);
      const stats = await statsOf(service, "slow");
      assert.deepEqual([...load(stats), stats.queue], [1, 1, 1]);
      assert.deepEqual(counts(stats), [1, 1, 1, 1]);
      assert.equal(stats.recent.latency, null, "a refused call has no latency");
      await control.open("go");
      await Promise.all([first, ...queued].map(({ answer }) => answer));
      const idle = await statsOf(service, "slow");
      assert.deepEqual([...load(idle), ...counts(idle)], [0, 0, 3, 1, 3, 1]);
    },
  },
  {
    title: "the latencies are finite and ordered, and at least as long as the model took",
    cites: ["stats.latency"],
    models: ["slow", "bare"],
    async run({ service, control }) {
      const began = performance.now();
      const call = service.predict("slow", { control: control.id });
      await control.waitForNotes("started");
      const from = performance.now();
      await sleep(20);
      const held = performance.now() - from;
      await control.open("go");
      await call;
      const took = performance.now() - began;
      for (let i = 0; i < 20; i++) await service.predict("bare", {});
      const { latency: slow } = (await statsOf(service, "slow")).recent;
      const { latency: quick, windowMs } = (await statsOf(service, "bare")).recent;
      assert.ok(slow && quick);
      // The clocks of two processes may differ by their resolution.
      assert.ok(slow.maxMs > held - 1 && slow.maxMs < took + 1, `${held} <= ${slow.maxMs} <= ${took}`);
      assert.deepEqual([slow.p50Ms, slow.p95Ms], [slow.maxMs, slow.maxMs], "of one call");
      const { p50Ms, p95Ms, maxMs } = quick;
      assert.ok(0 <= p50Ms && p50Ms <= p95Ms && p95Ms <= maxMs && Number.isFinite(maxMs), JSON.stringify(quick));
      assert.ok(windowMs > 0 && windowMs <= 300_000);
    },
  },
  {
    title: "the stats count the runs by model and state, and their reports",
    cites: ["stats.runs"],
    models: ["trainer", "bare"],
    async run({ service, control }) {
      assert.deepEqual((await service.stats()).runs, []);
      await startTraining(service, gated(control), { runId: "r" });
      await reached(service, "r", "progress");
      const { runs, models } = await service.stats();
      const [{ since, lastEventAt, ...one } = assert.fail("no runs"), ...others] = runs;
      assert.deepEqual([one, others], [{ model: "trainer", state: "running", count: 1 }, []]);
      assert.ok(since !== undefined && lastEventAt !== undefined && since <= lastEventAt, `${since} <= ${lastEventAt}`);
      assert.deepEqual(
        models.map(({ model, reports }) => [model, reports]),
        [
          ["trainer", 1],
          ["bare", 0],
        ],
      );
      await control.open("go");
      await ended(service, "r");
      assert.deepEqual((await service.stats()).runs, [{ model: "trainer", state: "succeeded", count: 1 }]);
      assert.equal((await statsOf(service, "trainer")).reports, 2);
    },
  },
  {
    title: "the stats count the watches that are open, and say how far the slowest is behind",
    cites: ["stats.watchers"],
    models: ["trainer"],
    async run({ service, control }) {
      const watchers = async () => (await service.stats()).watchers;
      assert.deepEqual(await watchers(), { count: 0, mostBehind: 0 });
      await startTraining(service, gated(control), { runId: "r" });
      const watches = [service.watch("r"), service.watch("r")].map((watch) => watch[Symbol.asyncIterator]());
      for (const watch of watches) while ((await watch.next()).value?.type !== "progress");
      // They wait for the next event: what they have not read is nothing.
      const next = watches.map((watch) => watch.next());
      await watchersOnce(service, (stats) => stats.count === 2 && stats.mostBehind === 0);
      await control.open("go");
      await ended(service, "r");
      await Promise.all(next);
      for (const watch of watches) await watch.return?.();
      await watchersOnce(service, (stats) => stats.count === 0 && stats.mostBehind === 0);
    },
  },
  {
    title: "no argument, caller, result or path is in the stats",
    cites: ["stats.private"],
    models: ["echo", "failing", "trainer"],
    async run({ service }) {
      const caller = { id: "caller-4711" };
      await service.predict(
        "echo",
        { text: "text-4711", secret: "secret-4711" },
        { caller, requestId: "request-4711" },
      );
      await rejection(service.predict("failing", { how: "error" }, { caller }), "internal");
      const text = JSON.stringify(await service.stats());
      assert.doesNotMatch(text, /4711|a detail of the model|[/\\]/);
    },
  },
];
