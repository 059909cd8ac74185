// The caller: what reaches the model, and the owner of a run.
import assert from "node:assert/strict";
import type { Caller } from "@deepaas/core";
import { rejection } from "../expect.ts";
import { queuedCalls } from "./queued-calls.ts";
import type { ServiceDraft } from "./subject.ts";
import { ended, reached } from "./training.ts";

const ann = { id: "ann", scopes: ["predict", "train"] };
const bob = { id: "bob" };

export const callerCases: readonly ServiceDraft[] = [
  {
    title: "the model receives the id of the caller, and no scopes, in predict, predictStream and train",
    cites: ["call.caller"],
    needs: ["callers"],
    models: ["callers"],
    async run({ service }) {
      const known = await service.predict("callers", {}, { caller: ann, requestId: "r" });
      assert.deepEqual(known, { requestId: "r", caller: { id: "ann" } });
      const unknown = await service.predict("callers", {}, { requestId: "r" });
      assert.deepEqual(unknown, { requestId: "r", caller: null });
      const items = await Array.fromAsync(service.predictStream("callers", {}, { caller: ann }));
      assert.deepEqual(items, [{ caller: { id: "ann" } }]);
      const { id } = await service.train("callers", {}, { caller: ann });
      assert.deepEqual((await ended(service, id)).run.result, { caller: { id: "ann" } });
    },
  },
  {
    title: "a batch receives its callers in the order of its calls",
    cites: ["batch.callers"],
    needs: ["callers", "limits"],
    models: ["batch-callers"],
    options: { limits: { concurrency: 1, queue: 3 } },
    async run({ service, control }) {
      const first = service.predict("batch-callers", { control: control.id, gate: "go" });
      await control.waitForNotes("started");
      const all = [ann, undefined, bob, ann].map((caller) => ({
        caller,
        answer: service.predict("batch-callers", {}, caller ? { caller } : {}),
      }));
      const calls = await queuedCalls(all);
      await control.open("go");
      await first;
      for (const { caller, answer } of calls) {
        const { index, callers } = (await answer) as { index: number; callers: unknown[] };
        assert.equal(callers.length, 3);
        assert.deepEqual(callers[index], caller ? { id: caller.id } : null);
      }
    },
  },
  {
    title: "the caller is the owner of the run, and runs are filtered by owner, in full pages",
    cites: ["run.owner"],
    needs: ["callers"],
    models: ["callers"],
    async run({ service }) {
      for (const [i, caller] of [ann, bob, undefined, ann, bob, ann].entries()) {
        const run = await service.train("callers", {}, { runId: `r${i}`, ...(caller && { caller }) });
        assert.equal(run.owner, caller?.id);
        await ended(service, run.id);
      }
      const page = await service.runs({ owner: "ann", limit: 2 });
      assert.deepEqual(
        page.items.map(({ id, owner }) => [id, owner]),
        [
          ["r0", "ann"],
          ["r3", "ann"],
        ],
      );
      const next = await service.runs({ owner: "ann", limit: 2, after: page.next as string });
      assert.deepEqual(
        next.items.map(({ id }) => id),
        ["r5"],
      );
      assert.deepEqual((await service.runs({ owner: "eve" })).items, []);
    },
  },
  {
    title: "trainings of one caller beyond queuedRunsPerCaller are refused, also many at once, and no others",
    cites: ["train.per-caller"],
    needs: ["callers", "limits"],
    models: ["trainer"],
    options: { limits: { queuedRunsPerCaller: 2 } },
    async run({ service, control }) {
      const args = { control: control.id, script: [{ do: "gate", name: "go" }] } as const;
      const start = (runId: string, caller?: Caller) =>
        service.train("trainer", args, { runId, ...(caller && { caller }) });
      await start("running", bob);
      await reached(service, "running", "started");
      const names = ["a", "b", "c", "d", "e", "f"];
      const outcomes = await Promise.allSettled(names.map((runId) => start(runId, ann)));
      const started = names.filter((_name, i) => outcomes[i]?.status === "fulfilled");
      assert.equal(started.length, 2);
      const { message, retryAfterMs } = await rejection(start("refused", ann), "rate_limited");
      assert.match(message, /queuedRunsPerCaller is 2/);
      assert.ok(Number.isInteger(retryAfterMs) && (retryAfterMs as number) > 0);
      assert.equal((await start(started[0] as string, ann)).state, "queued", "the same run again");
      await start("of-bob", bob);
      for (const runId of ["nobody-1", "nobody-2", "nobody-3"]) await start(runId);
      await service.cancel(started[0] as string);
      await start("next", ann);
      await control.open("go");
      for (const id of [started[1] as string, "next", "of-bob"])
        assert.equal((await ended(service, id)).run.state, "succeeded");
    },
  },
  {
    title: "a training whose files would exceed bytesPerCaller is refused, until runs are removed",
    cites: ["train.per-caller"],
    needs: ["callers", "limits"],
    models: ["echo"],
    options: { limits: { bytesPerCaller: 200_000 } },
    async run({ service }) {
      const start = (runId: string, kilobytes: number, caller: Caller) =>
        service.train("echo", { text: "x", file: new Uint8Array(kilobytes * 1_000).fill(97) }, { runId, caller });
      await start("first", 60, ann);
      await ended(service, "first");
      const { message, retryAfterMs } = await rejection(start("second", 150, ann), "rate_limited");
      assert.match(message, /bytesPerCaller is 200000/);
      assert.ok((retryAfterMs as number) > 0);
      await rejection(service.run("second"), "not_found");
      await start("small", 10, ann);
      await start("of-bob", 150, bob);
      await service.remove("first");
      await ended(service, "small");
      await start("second", 150, ann);
      for (const id of ["of-bob", "second"]) await ended(service, id);
    },
  },
];
