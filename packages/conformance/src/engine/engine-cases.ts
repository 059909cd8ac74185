import assert from "node:assert/strict";
import { DeepaasError } from "@deepaas/core";
import type { Delivery, ProcessOptions, RunEngine } from "@deepaas/core/ports";
import type { CaseDraft } from "../suite.ts";
import type { EngineRequirementId } from "./requirements.ts";

export interface EngineDraft extends CaseDraft<EngineRequirementId, never> {
  run(engine: RunEngine): Promise<void>;
}

/** A handler that records its runs. Each returns when the test finishes it, rejects when the test fails it, and stops on abort. */
function recordingHandler() {
  const began: string[] = [];
  const ended: string[] = [];
  const signals = new Map<string, AbortSignal>();
  const ends = new Map<string, PromiseWithResolvers<void>>();
  let waiters: (() => void)[] = [];
  const changed = () => {
    for (const wake of waiters.splice(0)) wake();
  };
  const endOf = (runId: string) => {
    const end = ends.get(runId) ?? Promise.withResolvers<void>();
    ends.set(runId, end);
    return end;
  };
  return {
    began,
    ended,
    signals,
    async handle(runId: string, { signal }: Pick<Delivery, "signal">): Promise<"over"> {
      began.push(runId);
      signals.set(runId, signal);
      changed();
      signal.addEventListener("abort", () => endOf(runId).resolve());
      try {
        await endOf(runId).promise;
        return "over";
      } finally {
        ends.delete(runId);
        ended.push(runId);
        changed();
      }
    },
    finish: (runId: string) => endOf(runId).resolve(),
    fail: (runId: string) => endOf(runId).reject(new Error("The handler failed.")),
    async until(condition: () => boolean) {
      while (!condition()) await new Promise<void>((resolve) => (waiters = [...waiters, resolve]));
    },
  };
}

const submit = (engine: RunEngine, ...ids: string[]) =>
  Promise.all(ids.map((runId) => engine.submit({ runId, model: "m" })));

const processing = (slots: number): ProcessOptions => ({
  slots,
  models: new Set(["m"]),
  served: new Set(["m", "n"]),
});

const codeOf = (signal: AbortSignal | undefined) => {
  assert.ok(signal?.aborted && DeepaasError.is(signal.reason));
  return signal.reason.code;
};

export const engineCases: readonly EngineDraft[] = [
  {
    title: "runs are handled in order, at most `slots` at the same time, also those submitted before `process`",
    cites: ["submit.handled", "submit.order", "slots.limit", "slots.freed"],
    async run(engine) {
      const { handle, began, finish, until } = recordingHandler();
      for (const id of ["a", "b"]) await submit(engine, id);
      engine.process(handle, processing(2));
      for (const id of ["c", "d", "e"]) await submit(engine, id);
      await until(() => began.length === 2);
      finish("b");
      await until(() => began.length === 3);
      for (const id of ["a", "c"]) finish(id);
      await until(() => began.length === 5);
      assert.deepEqual([...began.slice(0, 2).sort(), ...began.slice(2)], ["a", "b", "c", "d", "e"]);
      for (const id of ["d", "e"]) finish(id);
    },
  },
  {
    title: "of 50 runs at most `slots` are handled at the same time",
    cites: ["slots.limit", "submit.handled"],
    async run(engine) {
      let running = 0;
      let most = 0;
      const done = new Set<string>();
      const all = Promise.withResolvers<void>();
      const handle = async (runId: string): Promise<"over"> => {
        most = Math.max(most, ++running);
        for (let i = 0; i < 3; i++) await new Promise(setImmediate);
        running--;
        if (done.add(runId).size === 50) all.resolve();
        return "over";
      };
      engine.process(handle, processing(3));
      await submit(engine, ...Array.from({ length: 50 }, (_, i) => `r${i}`));
      await all.promise;
      assert.ok(most <= 3, `${most} runs at once`);
    },
  },
  {
    title: "submitting a queued or handled run again has no effect",
    cites: ["submit.once"],
    async run(engine) {
      const { handle, began, ended, finish, until } = recordingHandler();
      engine.process(handle, processing(1));
      await submit(engine, "a");
      await until(() => began.length === 1);
      await submit(engine, "b", "b", "a", "b");
      await submit(engine, "last");
      finish("a");
      await until(() => began.length === 2);
      finish("b");
      await until(() => began.includes("last"));
      assert.deepEqual(began, ["a", "b", "last"]);
      finish("last");
      await until(() => ended.length === 3);
    },
  },
  {
    title: "a run that was handled can be submitted again",
    cites: ["submit.again"],
    async run(engine) {
      const { handle, began, ended, finish, until } = recordingHandler();
      engine.process(handle, processing(1));
      await submit(engine, "a");
      await until(() => began.length === 1);
      finish("a");
      await until(() => ended.length === 1);
      // The engine sees the end later than the handler. It has seen it when the next run starts.
      await submit(engine, "b");
      await until(() => began.length === 2);
      await submit(engine, "a");
      finish("b");
      await until(() => began.length === 3);
      assert.deepEqual(began, ["a", "b", "a"]);
      finish("a");
    },
  },
  {
    title: "a handler that rejects frees its slot",
    cites: ["slots.freed"],
    async run(engine) {
      const { handle, began, fail, finish, until } = recordingHandler();
      engine.process(handle, processing(1));
      await submit(engine, "a", "b");
      await until(() => began.length === 1);
      fail(began[0] as string);
      await until(() => began.length === 2);
      finish(began[1] as string);
    },
  },
  {
    title: "runs of other models wait, and do not hold up others",
    cites: ["process.models", "waiting.count"],
    async run(engine) {
      const { handle, began, ended, finish, until } = recordingHandler();
      engine.process(handle, processing(1));
      for (const id of ["other", "another"]) await engine.submit({ runId: id, model: "n" });
      await submit(engine, "first");
      await until(() => began.length === 1);
      await submit(engine, "second");
      assert.equal(await engine.waiting(), 3);
      finish("first");
      await until(() => began.length === 2);
      finish("second");
      await until(() => ended.length === 2);
      assert.deepEqual(began, ["first", "second"]);
      assert.equal(await engine.waiting(), 2);
      await engine.cancel("other");
      assert.equal(await engine.waiting(), 1);
    },
  },
  {
    title: "a cancel aborts the signal of that run only",
    cites: ["cancel.handled", "cancel.unknown"],
    async run(engine) {
      const { handle, began, ended, signals, finish, until } = recordingHandler();
      engine.process(handle, processing(2));
      await submit(engine, "a", "b");
      await until(() => began.length === 2);
      await engine.cancel("unknown");
      await engine.cancel("a");
      await engine.cancel("a");
      await until(() => ended.length === 1);
      assert.equal(codeOf(signals.get("a")), "cancelled");
      assert.equal(signals.get("b")?.aborted, false);
      finish("b");
      await until(() => ended.length === 2);
    },
  },
  {
    title: "a cancel drops a queued run",
    cites: ["cancel.waiting"],
    async run(engine) {
      const { handle, began, finish, until } = recordingHandler();
      engine.process(handle, processing(1));
      for (const id of ["a", "b", "c"]) await submit(engine, id);
      await until(() => began.length === 1);
      await engine.cancel("b");
      finish("a");
      await until(() => began.length === 2);
      assert.deepEqual(began, ["a", "c"]);
      finish("c");
    },
  },
  {
    title: "close aborts handled runs with unavailable, waits for them, and starts no other",
    cites: ["close.aborts", "close.waiting", "close.twice"],
    async run(engine) {
      const { began, signals, until, ...rest } = recordingHandler();
      const aborted = Promise.withResolvers<void>();
      const stop = Promise.withResolvers<void>();
      let stopped = false;
      const handle = async (runId: string, delivery: Delivery): Promise<"over"> => {
        delivery.signal.addEventListener("abort", () => aborted.resolve());
        await rest.handle(runId, delivery);
        await stop.promise;
        stopped = true;
        return "over";
      };
      engine.process(handle, processing(1));
      for (const id of ["a", "b"]) await submit(engine, id);
      await until(() => began.length === 1);
      const closed = engine.close().then(() => assert.ok(stopped, "close waits until the handler has returned"));
      await aborted.promise;
      assert.equal(codeOf(signals.get("a")), "unavailable");
      await submit(engine, "c").catch(() => {});
      stop.resolve();
      await closed;
      await engine.close();
      assert.deepEqual(began, ["a"]);
    },
  },
];
