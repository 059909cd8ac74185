import assert from "node:assert/strict";
import { isTerminal, type RunEvent } from "@deepaas/core";
import { collect, rejection, take, takeUntil } from "../expect.ts";
import { checkEndedLog, checkLog, typesOf } from "../run-log.ts";
import type { ServiceDraft } from "./subject.ts";
import { ended, gated, reached, startTraining, trained } from "./training.ts";

export const watchCases: readonly ServiceDraft[] = [
  {
    title: "without a cursor a watch returns the whole log; with one, the events after it, for every cursor",
    cites: ["watch.all", "watch.after", "watch.at-end", "watch.ends"],
    models: ["trainer"],
    async run({ service }) {
      const { run, events } = await trained(service, {
        script: [
          { do: "report", step: 1 },
          { do: "log", text: "x" },
          { do: "report", step: 2 },
        ],
      });
      assert.deepEqual(await collect(service.watch(run.id)), events);
      for (let after = 0; after <= run.lastSeq; after++) {
        assert.deepEqual(await collect(service.watch(run.id, { after })), events.slice(after), `after ${after}`);
      }
    },
  },
  {
    title: "a cursor ahead of the log rejects out_of_range with first and last, before and after the end",
    cites: ["watch.ahead"],
    models: ["trainer"],
    async run({ service, control }) {
      const { id } = await startTraining(service, gated(control));
      await reached(service, id, "progress");
      const ahead = await rejection(collect(service.watch(id, { after: 1_000 })), "out_of_range");
      assert.deepEqual([ahead.first, ahead.last], [1, 3]);
      await control.open("go");
      const { run } = await ended(service, id);
      const { first, last } = await rejection(collect(service.watch(id, { after: run.lastSeq + 1 })), "out_of_range");
      assert.deepEqual([first, last], [1, run.lastSeq]);
    },
  },
  {
    title: "a cursor that is not a whole number of at least 0 rejects invalid_args",
    cites: ["watch.invalid"],
    models: ["trainer"],
    async run({ service }) {
      const { run } = await trained(service, {});
      for (const after of [-1, 0.5, Number.NaN])
        await rejection(collect(service.watch(run.id, { after })), "invalid_args");
    },
  },
  {
    title: "events arrive during the run, and two watchers get the same events",
    cites: ["watch.live", "watch.same"],
    needs: ["live"],
    models: ["trainer"],
    async run({ service, control }) {
      const { id } = await startTraining(service, gated(control));
      const other = collect(service.watch(id));
      const seen: RunEvent[] = [];
      for await (const event of service.watch(id)) {
        seen.push(event);
        if (event.type === "progress" && event.step === 1) await control.open("go");
      }
      assert.deepEqual(typesOf(seen), ["queued", "started", "progress", "progress", "succeeded"]);
      assert.deepEqual(await other, seen);
      assert.deepEqual((await ended(service, id)).events, seen);
    },
  },
  {
    title: "100 watchers from different cursors get the same log",
    cites: ["watch.same", "watch.after"],
    needs: ["live"],
    models: ["trainer"],
    async run({ service, control }) {
      const args = {
        control: control.id,
        script: [
          { do: "gate", name: "go" },
          { do: "drip", times: 300 },
        ],
      } as const;
      const { id } = await startTraining(service, args);
      await reached(service, id, "started");
      const watches = Array.from({ length: 100 }, (_, i) => collect(service.watch(id, { after: i % 3 })));
      await control.open("go");
      const { events } = await ended(service, id);
      for (const [i, seen] of (await Promise.all(watches)).entries()) assert.deepEqual(seen, events.slice(i % 3));
    },
  },
  {
    title: "a watch of a run that is removed rejects not_found",
    cites: ["watch.removed"],
    models: ["trainer"],
    async run({ service }) {
      const { run } = await trained(service, {});
      await service.remove(run.id);
      await rejection(collect(service.watch(run.id)), "not_found");
      await rejection(collect(service.watch(run.id, { after: run.lastSeq })), "not_found");
    },
  },
  {
    title: "a watcher that is behind when the run is removed rejects not_found, unless it has read the whole log",
    cites: ["watch.removed", "watch.ends"],
    needs: ["live"],
    models: ["trainer"],
    async run({ service, control }) {
      const { id } = await startTraining(service, gated(control));
      const seen: RunEvent[] = [];
      const behind = (async () => {
        for await (const event of service.watch(id)) {
          if (seen.push(event) !== 3) continue;
          await control.open("go");
          await ended(service, id);
          await service.remove(id);
        }
        return "ended";
      })();
      const end = await behind.catch((error: unknown) => error);
      if (end === "ended") checkEndedLog(seen);
      else assert.equal((end as { code?: unknown }).code, "not_found");
    },
  },
  {
    title: "a watcher that ends or aborts its watch does not affect the run",
    cites: ["watch.detach", "watch.abort"],
    needs: ["live"],
    models: ["trainer"],
    async run({ service, control }) {
      const { id } = await startTraining(service, gated(control));
      assert.deepEqual(typesOf(await take(service.watch(id), 2)), ["queued", "started"]);
      const abort = new AbortController();
      const watched = collect(service.watch(id, { signal: abort.signal }));
      const waiting = rejection(watched, "cancelled");
      await reached(service, id, "progress");
      abort.abort();
      await waiting;
      await rejection(collect(service.watch(id, { signal: abort.signal })), "cancelled");
      assert.equal((await service.run(id)).state, "running");
      await control.open("go");
      assert.equal((await ended(service, id)).run.state, "succeeded");
    },
  },
  {
    title: "a watch that takes longer than its timeoutMs rejects deadline_exceeded, and the run goes on",
    cites: ["watch.timeout"],
    models: ["trainer"],
    async run({ service, control }) {
      const { id } = await startTraining(service, gated(control));
      await rejection(collect(service.watch(id, { timeoutMs: 60 })), "deadline_exceeded");
      await control.open("go");
      assert.equal((await ended(service, id)).run.state, "succeeded");
    },
  },
  {
    title: "a watch of a service that closes rejects unavailable after the events of the log",
    cites: ["watch.closing", "watch.ends"],
    needs: ["shutDown", "live"],
    models: ["trainer"],
    async run({ service, control, shutDown }) {
      await startTraining(service, gated(control), { runId: "running" });
      await startTraining(service, {}, { runId: "queued" });
      await reached(service, "running", "progress");
      const seen: RunEvent[] = [];
      const watches = ["running", "queued"].map(async (id) => {
        for await (const event of service.watch(id)) if (id === "running") seen.push(event);
      });
      const rejected = watches.map((watch) => rejection(watch, "unavailable"));
      await takeUntil(service.watch("running"), ({ type }) => type === "progress");
      await shutDown();
      await Promise.all(rejected);
      checkLog(seen);
      assert.ok(seen.every(({ type }) => !isTerminal(type)));
    },
  },
  {
    title: "every method rejects not_found for an unknown run",
    cites: ["run.unknown"],
    models: ["bare"],
    async run({ service }) {
      for (const id of ["unknown", "constructor", "__proto__"]) {
        await rejection(service.run(id), "not_found");
        await rejection(service.cancel(id), "not_found");
        await rejection(service.remove(id), "not_found");
        await rejection(service.artifact(id, "a.txt"), "not_found");
        await rejection(collect(service.watch(id)), "not_found");
        await rejection(collect(service.watch(id, { after: 3 })), "not_found");
      }
    },
  },
];
