import assert from "node:assert/strict";
import type { CallOptions, RunEvent } from "@deepaas/core";
import { memoryBlobs, memoryStore, type RunStore } from "@deepaas/core/ports";
import fc from "fast-check";
import { collect, rejection, take, takeUntil } from "../expect.ts";
import { aroundStore } from "../faults/around-store.ts";
import { crashStore } from "../faults/crash-store.ts";
import { cutStore } from "../faults/cut-store.ts";
import { duplicateStore } from "../faults/duplicate-store.ts";
import { stallStore } from "../faults/stall-store.ts";
import { innerMessage } from "../models/failing.ts";
import type { Action } from "../models/trainer.ts";
import { checkEndedLog, typesOf } from "../run-log.ts";
import type { ServiceDraft, ServiceTest } from "./subject.ts";
import { ended, only, startTraining, trained } from "./training.ts";

const withStore = (store: RunStore, run: (test: ServiceTest) => Promise<void>) => ({
  options: { store, blobs: memoryBlobs() },
  run,
});

const script: readonly Action[] = [
  { do: "report", step: 1 },
  { do: "checkpoint", step: 1, data: 1 },
  { do: "log", text: "a" },
  { do: "artifact", name: "a.txt", text: "a" },
  { do: "report", step: 2 },
  { do: "return", value: "done" },
];

export const storeFaultCases: readonly ServiceDraft[] = [
  {
    title: "the end of a run that the store cannot keep is retried and kept once",
    cites: ["store.retried"],
    needs: ["ports"],
    models: ["trainer"],
    prepare: () =>
      withStore(crashStore(memoryStore(), [{ at: 1, committed: false, times: 2 }]), async ({ service }) => {
        const { run, events } = await trained(service, { script: [{ do: "return", value: "done" }] });
        assert.deepEqual(typesOf(events), ["queued", "started", "succeeded"]);
        assert.equal(run.result, "done");
        assert.equal((await trained(service, {})).run.state, "succeeded", "the service goes on");
      }),
  },
  {
    title:
      "if the store keeps nothing for longer than storePatienceMs, the attempt is stopped and lost, and another follows",
    cites: ["store.unkept"],
    needs: ["ports", "limits"],
    models: ["trainer"],
    prepare: () => ({
      options: {
        store: crashStore(memoryStore(), [{ at: 1, committed: false, times: 2 }]),
        blobs: memoryBlobs(),
        limits: { storePatienceMs: 0 },
      },
      async run({ service, control }) {
        const endless: readonly Action[] = [
          { do: "report", step: 1 },
          { do: "gate", name: "never" },
        ];
        const onAbort: readonly Action[] = [
          { do: "note", name: "aborted" },
          { do: "throw", message: "stopped" },
        ];
        const { id } = await startTraining(service, { control: control.id, script: endless, onAbort });
        await control.waitForNotes("aborted");
        await takeUntil(service.watch(id), (event) => event.type === "started" && event.attempt === 2);
        await service.cancel(id);
        const { run, events } = await ended(service, id);
        assert.equal(run.state, "cancelled");
        assert.equal(only(events, "lost").length, 1);
        assert.equal(only(events, "progress").length >= 1, true, "the report that could not be kept is in the log");
      },
    }),
  },
  {
    title: "if the store cannot be read, a watch rejects unavailable and can go on from its cursor later",
    cites: ["store.unreadable"],
    needs: ["ports"],
    models: ["trainer"],
    prepare() {
      const inner = memoryStore();
      const unreadable = cutStore(inner, { calls: 0, methods: ["read"] });
      let store = inner;
      return withStore(
        aroundStore(inner, ({ method, args, make }) =>
          method === "read" ? store.read(...(args as Parameters<RunStore["read"]>)) : make(),
        ),
        async ({ service }) => {
          const { id } = await startTraining(service, { script: [{ do: "drip", times: 10 }] });
          const seen: RunEvent[] = await take(service.watch(id), 1);
          store = unreadable;
          for (let i = 0; i < 3; i++) await rejection(collect(service.watch(id, { after: 1 })), "unavailable");
          store = inner;
          seen.push(...(await collect(service.watch(id, { after: 1 }))));
          checkEndedLog(seen);
        },
      );
    },
  },
  {
    title: "while the store does not answer, calls about runs can be aborted and have their timeout",
    cites: ["store.stuck"],
    needs: ["ports"],
    models: ["trainer"],
    prepare() {
      const { store, stall } = stallStore(memoryStore(), ["get", "list", "create", "remove", "artifact"]);
      return withStore(store, async ({ service }) => {
        await ended(service, (await startTraining(service, {}, { runId: "r" })).id);
        stall.begin();
        const calls: readonly ((options: CallOptions) => Promise<unknown>)[] = [
          (options) => service.run("r", options),
          (options) => service.runs({}, options),
          (options) => service.cancel("r", options),
          (options) => service.remove("r", options),
          (options) => service.artifact("r", "a", options),
          (options) => service.train("trainer", {}, options),
        ];
        await Promise.all(calls.map((call) => rejection(call({ timeoutMs: 30 }), "deadline_exceeded")));
        const abort = new AbortController();
        const aborted = calls.map((call) => rejection(call({ signal: abort.signal }), "cancelled"));
        await stall.reached();
        abort.abort();
        await Promise.all(aborted);
        stall.end();
      });
    },
  },
  {
    title: "an error of the store that is not a DeepaasError is internal, and no detail reaches the caller",
    cites: ["store.breaks"],
    needs: ["ports"],
    models: ["trainer"],
    prepare() {
      let broken = false;
      const store = aroundStore(memoryStore(), async ({ make }) => {
        if (broken) throw new Error(innerMessage);
        return make();
      });
      return withStore(store, async ({ service }) => {
        await ended(service, (await startTraining(service, {}, { runId: "r" })).id);
        broken = true;
        const calls = [
          () => service.run("r"),
          () => service.runs(),
          () => service.cancel("r"),
          () => service.remove("r"),
          () => service.artifact("r", "a"),
          () => service.train("trainer", {}),
          () => collect(service.watch("r")),
        ];
        for (const call of calls) {
          const error = await rejection(call(), "internal");
          assert.ok(!`${error.message} ${JSON.stringify(error.toData())}`.includes(innerMessage), error.message);
        }
        broken = false;
        assert.equal((await service.run("r")).state, "succeeded");
      });
    },
  },
  {
    title: "an append that is made twice is kept once",
    cites: ["store.crash", "store.retried"],
    needs: ["ports"],
    models: ["trainer"],
    prepare: () =>
      withStore(duplicateStore(memoryStore()), async ({ service }) => {
        const { events } = await trained(service, { script });
        assert.deepEqual(typesOf(events), [
          "queued",
          "started",
          "progress",
          "checkpoint",
          "log",
          "artifact",
          "progress",
          "succeeded",
        ]);
      }),
  },
  {
    title: "if any write fails, before or after its commit, the log is dense, has no duplicates and ends once",
    cites: ["store.crash"],
    needs: ["ports"],
    models: ["trainer"],
    prepare() {
      let plan: readonly { readonly at: number; readonly committed: boolean }[] = [];
      const inner = memoryStore();
      let store = inner;
      const changing = new Proxy(inner, { get: (_target, name: keyof RunStore) => store[name] });
      return withStore(changing, async ({ service }) => {
        const crash = fc.record({ at: fc.integer({ min: 1, max: 8 }), committed: fc.boolean() });
        const property = fc.asyncProperty(fc.array(crash, { minLength: 1, maxLength: 2 }), async (crashes) => {
          plan = crashes;
          store = crashStore(inner, plan);
          const { run, events } = await trained(service, { script });
          assert.equal(only(events, "queued").length + only(events, "started").length, 2);
          for (const type of ["checkpoint", "artifact", "log"] as const) assert.ok(only(events, type).length <= 1);
          assert.deepEqual(
            [...new Set(only(events, "progress").map(({ step }) => step))].length,
            only(events, "progress").length,
          );
          assert.ok(run.state === "succeeded" || run.state === "failed", run.state);
          if (run.state === "succeeded")
            assert.equal(typesOf(events).join(), "queued,started,progress,checkpoint,log,artifact,progress,succeeded");
        });
        await fc.assert(property, { numRuns: 30, seed: 20_260_101 });
      });
    },
  },
  {
    title: "a train whose response was lost can be repeated, and the run runs once, with its files",
    cites: ["store.start"],
    needs: ["ports"],
    models: ["echo"],
    prepare: () => {
      const crashes = [false, true].map((committed, i) => ({ at: i + 1, committed, methods: ["create"] as const }));
      return withStore(crashStore(memoryStore(), crashes), async ({ service }) => {
        const start = () =>
          service.train("echo", { text: "x", file: new TextEncoder().encode("content") }, { runId: "one" });
        await rejection(start(), "unavailable");
        await rejection(service.run("one"), "not_found");
        await rejection(start(), "unavailable");
        assert.equal((await start()).state, "queued");
        const { run, events } = await ended(service, "one");
        assert.deepEqual(typesOf(events), ["queued", "started", "succeeded"]);
        assert.equal((run.result as { file: { text: string } }).file.text, "content");
      });
    },
  },
];
