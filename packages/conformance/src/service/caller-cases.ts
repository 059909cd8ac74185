// The caller: what reaches the model, and the owner of a run.
import assert from "node:assert/strict";
import type { ServiceDraft } from "./subject.ts";
import { ended } from "./training.ts";

const ann = { id: "ann", scopes: ["predict", "train"] };
const bob = { id: "bob" };

export const callerCases: readonly ServiceDraft[] = [
  {
    title: "a service is ready, without a reason not to be",
    cites: ["status.ready"],
    models: ["callers"],
    async run({ service }) {
      assert.deepEqual(await service.status(), { state: "ready", reasons: [] });
    },
  },
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
    options: { limits: { concurrency: 1 } },
    async run({ service, control }) {
      const first = service.predict("batch-callers", { control: control.id, gate: "go" });
      await control.waitForNotes("started");
      const rest = [ann, undefined, bob].map((caller) =>
        service.predict("batch-callers", {}, caller ? { caller } : {}),
      );
      await control.open("go");
      await first;
      const callers = [{ id: "ann" }, null, { id: "bob" }];
      assert.deepEqual(
        await Promise.all(rest),
        callers.map((_, index) => ({ index, callers })),
      );
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
