// The caller: what reaches the model, and the owner of a run.
import assert from "node:assert/strict";
import { queuedCalls } from "./queued-calls.ts";
import type { ServiceDraft } from "./subject.ts";
import { ended } from "./training.ts";

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
];
