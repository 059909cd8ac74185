import assert from "node:assert/strict";
import { isTerminal, type ModelService, type RunEvent } from "@deepaas/core";
import { memoryStore } from "@deepaas/core/host";
import { collect, rejection, take, takeUntil } from "../expect.ts";
import { aroundStore } from "../faults/around-store.ts";
import { reorderStore } from "../faults/reorder-store.ts";
import { holdsForSeeds } from "../holds-for-seeds.ts";
import { type Random, randomFrom } from "../random.ts";
import { checkEndedLog, checkLog, typesOf } from "../run-log.ts";
import type { ServiceDraft } from "./subject.ts";
import { ended, reached, startTraining, trained } from "./training.ts";

const gated = (control: { readonly id: string }) =>
  ({
    control: control.id,
    script: [
      { do: "report", step: 1 },
      { do: "gate", name: "go" },
      { do: "report", step: 2 },
    ],
  }) as const;

export const watchCases: readonly ServiceDraft[] = [
  {
    title: "without a cursor a watch gives the whole log; with one, what follows it, for every cursor",
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
    title: "a cursor that is no whole number of at least 0 rejects invalid_args",
    cites: ["watch.invalid"],
    models: ["trainer"],
    async run({ service }) {
      const { run } = await trained(service, {});
      for (const after of [-1, 0.5, Number.NaN])
        await rejection(collect(service.watch(run.id, { after })), "invalid_args");
    },
  },
  {
    title: "a cursor before the first event still held rejects out_of_range; without one the watch begins there",
    cites: ["watch.trimmed", "watch.all"],
    needs: ["ports"],
    models: ["trainer"],
    prepare: () => ({
      options: { store: memoryStore({ keepEvents: 5 }) },
      async run({ service }) {
        const { id } = await startTraining(service, { script: [{ do: "log", text: "x", times: 20 }] });
        const state = async () => (await service.run(id)).state;
        while (!isTerminal(await state()));
        const run = await service.run(id);
        assert.deepEqual([run.firstSeq, run.lastSeq], [19, 23]);
        const held = await collect(service.watch(id));
        checkLog(held, 18);
        assert.equal(held.length, 5);
        assert.deepEqual(await collect(service.watch(id, { after: 18 })), held);
        for (const after of [0, 1, 17]) {
          const { first, last } = await rejection(collect(service.watch(id, { after })), "out_of_range");
          assert.deepEqual([first, last], [19, 23]);
        }
      },
    }),
  },
  {
    title: "a watch without a cursor is not refused when the log is trimmed while it begins",
    cites: ["watch.all"],
    needs: ["ports"],
    models: ["trainer"],
    prepare() {
      const inner = memoryStore({ keepEvents: 5 });
      let armed = false;
      const store = aroundStore(inner, async ({ method, args, make }) => {
        const answer = await make();
        if (armed && method === "get") {
          armed = false;
          const lines = Array.from(
            { length: 20 },
            () => ({ fact: { type: "log", level: "info", text: "x" } }) as const,
          );
          await inner.append(args[0] as string, lines, { attempt: 1 });
        }
        return answer;
      });
      return {
        options: { store },
        async run({ service, control }) {
          const { id } = await startTraining(service, gated(control));
          await reached(service, id, "progress");
          armed = true;
          checkLog(await take(service.watch(id), 5), 18);
          await control.open("go");
        },
      };
    },
  },
  {
    title: "events arrive while the run goes on, and two watchers get the same ones",
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
    title: "a hundred watchers from different cursors get one log",
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
    title: "a watcher that is behind when the run is removed is told so, unless it has all of the log already",
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
    title: "a watcher that leaves, or aborts, does not touch the run",
    cites: ["watch.leaves", "watch.abort"],
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
    title: "a watch beyond its time rejects deadline_exceeded; the run goes on",
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
    title: "a watch of a service that closes rejects unavailable, after the events that there are",
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
    title: "whenever wake-ups come, late, twice or early, every watcher gets every event once and ends",
    cites: ["watch.no-lost-wake", "watch.same"],
    needs: ["ports", "live"],
    models: ["trainer"],
    prepare() {
      let random = randomFrom(0);
      const shaking = { pause: () => random.pause(), times: () => 1 + random.below(2), early: () => random.oneIn(3) };
      return {
        options: { store: reorderStore(memoryStore(), shaking) },
        run: ({ service }) =>
          holdsForSeeds(async (next) => {
            random = next;
            const args = {
              script: [
                { do: "drip", times: random.below(30) },
                { do: "checkpoint", step: 1 },
              ],
            } as const;
            const { id } = await startTraining(service, args);
            const watches = Array.from({ length: 3 }, (_, i) => followed(service, { id, leaveAfter: i * 4, random }));
            const { events } = await ended(service, id);
            for (const seen of await Promise.all(watches)) assert.deepEqual(seen, events);
          }),
      };
    },
  },
  {
    title: "whatever is asked of a run that is not there rejects not_found",
    cites: ["run.unknown"],
    models: ["bare"],
    async run({ service }) {
      for (const id of ["nothing", "constructor", "__proto__"]) {
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

/** Leaves after so many events, if not 0, and comes back where it was: until the end. */
async function followed(
  service: ModelService,
  { id, leaveAfter, random }: { readonly id: string; readonly leaveAfter: number; readonly random: Random },
): Promise<readonly RunEvent[]> {
  const seen: RunEvent[] = [];
  for (;;) {
    await random.pause();
    let left = leaveAfter;
    for await (const event of service.watch(id, { after: seen.length })) {
      seen.push(event);
      if (--left === 0) break;
    }
    const last = seen.at(-1);
    if (last && isTerminal(last.type) && left !== 0) return seen;
  }
}
