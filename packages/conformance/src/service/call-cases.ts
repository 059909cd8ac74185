import assert from "node:assert/strict";
import { collect, rejection } from "../expect.ts";
import type { ServiceDraft } from "./subject.ts";

export const callCases: readonly ServiceDraft[] = [
  {
    title: "the model receives the request id of its caller, or a generated one",
    cites: ["call.request-id"],
    models: ["slow"],
    async run({ service, control }) {
      await control.open("go");
      await service.predict("slow", { control: control.id }, { requestId: "caller-1" });
      for (let i = 0; i < 2; i++) await service.predict("slow", { control: control.id });
      const ids = await control.waitForNotes("request", 3);
      assert.equal(ids[0], "caller-1");
      assert.equal(new Set(ids).size, 3);
      assert.ok(ids.every((id) => id !== ""));
    },
  },
  {
    title: "the observer receives the traceparent of a call, and undefined without one",
    cites: ["call.trace"],
    needs: ["ports"],
    models: ["slow", "stream", "trainer"],
    prepare() {
      const traces: unknown[] = [];
      const note = ({ traceparent }: { readonly traceparent: string | undefined }) => {
        traces.push(traceparent);
        return undefined;
      };
      return {
        options: { observer: { predict: note, train: note, run: note } },
        async run({ service, control }) {
          await control.open("go");
          const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
          await service.predict("slow", { control: control.id }, { traceparent });
          await collect(service.predictStream("stream", { control: control.id }, { traceparent }));
          await service.predict("slow", { control: control.id }, { requestId: "caller-1" });
          assert.deepEqual(traces.splice(0), [traceparent, traceparent, undefined]);
          const { id } = await service.train("trainer", { control: control.id }, { traceparent });
          await collect(service.watch(id));
          assert.deepEqual(traces, [traceparent, traceparent]);
        },
      };
    },
  },
  {
    title: "a call that takes longer than its timeoutMs rejects deadline_exceeded, and the model's signal is aborted",
    cites: ["call.timeout"],
    models: ["slow"],
    async run({ service, control }) {
      const call = service.predict("slow", { control: control.id }, { timeoutMs: 60 });
      await rejection(call, "deadline_exceeded");
      // The timeout may be reached before the call reaches the model.
      if ((await control.notes("started")).length > 0) await control.waitForNotes("aborted");
    },
  },
  {
    title: "a timeout that is not reached has no effect",
    cites: ["call.timeout"],
    models: ["slow"],
    async run({ service, control }) {
      await control.open("go");
      const answer = await service.predict("slow", { control: control.id, label: "x" }, { timeoutMs: 10_000 });
      assert.deepEqual(answer, { label: "x", atOnce: 1 });
      assert.deepEqual(await control.notes("aborted"), []);
    },
  },
  {
    title: "a call without timeoutMs has the host's timeout",
    cites: ["call.timeout.default"],
    needs: ["limits"],
    models: ["slow"],
    options: { limits: { predictTimeoutMs: 40 } },
    async run({ service, control }) {
      await rejection(service.predict("slow", { control: control.id }), "deadline_exceeded");
    },
  },
  {
    title: "an aborted call rejects cancelled, and the model's signal is aborted",
    cites: ["call.abort"],
    models: ["slow"],
    async run({ service, control }) {
      const abort = new AbortController();
      const call = service.predict("slow", { control: control.id }, { signal: abort.signal });
      const rejected = rejection(call, "cancelled");
      await control.waitForNotes("started");
      abort.abort();
      await rejected;
      assert.deepEqual(await control.waitForNotes("aborted"), ["cancelled"]);
    },
  },
  {
    title: "an aborted call rejects at once, also if the model ignores its signal",
    cites: ["call.abort"],
    models: ["slow"],
    async run({ service, control }) {
      const abort = new AbortController();
      const call = service.predict("slow", { control: control.id, ignoresSignal: true }, { signal: abort.signal });
      const rejected = rejection(call, "cancelled");
      await control.waitForNotes("started");
      abort.abort();
      await rejected;
      await control.open("go");
    },
  },
  {
    title: "a call whose signal is already aborted does not reach the model",
    cites: ["call.abort.before"],
    models: ["slow", "trainer"],
    async run({ service, control }) {
      const signal = AbortSignal.abort();
      await rejection(service.predict("slow", { control: control.id }, { signal }), "cancelled");
      await rejection(service.train("trainer", {}, { signal, runId: "never" }), "cancelled");
      await rejection(service.run("never"), "not_found");
      await control.open("go");
      await service.predict("slow", { control: control.id, label: "next" });
      assert.deepEqual(await control.notes("started"), ["next"]);
    },
  },
  {
    title: "at most `concurrency` calls run at the same time, and the others wait in order",
    cites: ["limit.concurrency"],
    needs: ["limits"],
    models: ["slow"],
    options: { limits: { concurrency: 2 } },
    async run({ service, control }) {
      const call = (label: string) => service.predict("slow", { control: control.id, label, gate: label });
      const calls = [];
      for (const label of ["a", "b"]) {
        calls.push(call(label));
        await control.waitForNotes("started", calls.length);
      }
      calls.push(call("c"), call("d"));
      await control.open("b");
      assert.deepEqual((await control.waitForNotes("started", 3)).length, 3);
      for (const gate of ["a", "c", "d"]) await control.open(gate);
      const answers = (await Promise.all(calls)) as { atOnce: number }[];
      assert.deepEqual(Math.max(...answers.map(({ atOnce }) => atOnce)), 2);
    },
  },
  {
    title: "a call beyond the queue rejects overloaded with retryAfterMs; an aborted one frees its place in the queue",
    cites: ["limit.queue", "call.abort.queued"],
    needs: ["limits"],
    models: ["slow"],
    options: { limits: { concurrency: 1, queue: 1 } },
    async run({ service, control }) {
      const abort = new AbortController();
      const running = service.predict("slow", { control: control.id, label: "running" });
      await control.waitForNotes("started");
      const first = service.predict("slow", { control: control.id, label: "one of two" }, { signal: abort.signal });
      const second = service.predict("slow", { control: control.id, label: "one of two" }, { signal: abort.signal });
      const settled = Promise.allSettled([first, second]);
      // The second one to arrive is refused. Over a network that can be either.
      const { retryAfterMs } = await rejection(Promise.race([first, second]), "overloaded");
      assert.ok(Number.isInteger(retryAfterMs) && (retryAfterMs as number) > 0);
      abort.abort();
      const codes = (await settled).map((one) => one.status === "rejected" && (one.reason as { code: string }).code);
      assert.deepEqual(new Set(codes), new Set(["cancelled", "overloaded"]));
      const next = retryWhileOverloaded(() => service.predict("slow", { control: control.id, label: "next" }));
      await control.open("go");
      assert.deepEqual(await running, { label: "running", atOnce: 1 });
      assert.deepEqual(await next, { label: "next", atOnce: 1 });
      assert.deepEqual(await control.notes("started"), ["running", "next"], "the aborted call did not run");
    },
  },
  {
    title: "a model whose queue is full does not block another model",
    cites: ["limit.each"],
    needs: ["limits"],
    models: ["slow", "echo"],
    options: { limits: { models: { slow: { concurrency: 1, queue: 0 } } } },
    async run({ service, control }) {
      const running = service.predict("slow", { control: control.id });
      await control.waitForNotes("started");
      await rejection(service.predict("slow", { control: control.id }), "overloaded");
      assert.deepEqual(await service.predict("echo", { text: "x" }), { text: "x", count: 3, tags: [] });
      await control.open("go");
      await running;
    },
  },
];

/** Repeats the call while it is overloaded: over a network an abort needs time to arrive. */
async function retryWhileOverloaded<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if ((error as { code?: string }).code !== "overloaded") throw error;
    }
  }
}
