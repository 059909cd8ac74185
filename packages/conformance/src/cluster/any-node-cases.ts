// Any node does what any other one does.
import assert from "node:assert/strict";
import { collect, rejection } from "../expect.ts";
import { checkLog } from "../run-log.ts";
import { ended, only, startTraining } from "../service/training.ts";
import { began, held, heldScript, until } from "./runs.ts";
import type { ClusterDraft } from "./subject.ts";

export const anyNodeCases: readonly ClusterDraft[] = [
  {
    title: "a run that one node starts and another executes is listed, read, watched and removed on a third",
    cites: ["any.start", "any.read", "any.watch", "any.artifact", "any.remove", "roles.serve"],
    async run({ start, control }) {
      const [a, b, c] = await Promise.all([start("a", { role: "serve" }), start("b"), start("c", { role: "serve" })]);
      const script = [...heldScript, { do: "artifact", name: "out.txt", text: "of the run" }] as const;
      const { id } = await startTraining(a.service, { control: control.id, script });
      const again = await c.service.train("trainer", { control: control.id, script }, { runId: id });
      assert.equal(again.id, id);
      await began(control, 1);
      const next = await startTraining(c.service, held(control));
      const watched = [a, b, c].map(({ service }) => collect(service.watch(id)));
      await until(
        () => c.service.run(id),
        ({ state, progress }) => state === "running" && progress?.step === 1,
      );
      await control.open("go");
      const [first, ...others] = await Promise.all(watched);
      assert.ok(first);
      checkLog(first);
      for (const events of others) assert.deepEqual(events, first);
      const { run, events } = await ended(c.service, id);
      assert.deepEqual(events, first);
      assert.equal(run.state, "succeeded");
      assert.equal(only(events, "started").length, 1);
      // Of three nodes only b executes runs, one at a time.
      const { run: later, events: laterEvents } = await ended(a.service, next.id);
      assert.ok((only(laterEvents, "started")[0]?.at ?? "") >= (events.at(-1)?.at ?? ""), "b executes both runs");
      for (const { service } of [a, b, c]) {
        assert.deepEqual((await service.runs({})).items, [run, later]);
        assert.equal((await service.metrics(id)).lastSeq, run.lastSeq);
        assert.equal(await (await service.artifact(id, "out.txt")).text(), "of the run");
      }
      await a.service.remove(id);
      for (const { service } of [b, c]) {
        await rejection(service.run(id), "not_found");
        assert.deepEqual((await service.runs({})).items, [later]);
      }
    },
  },
  {
    title: "a cancel on a third node stops a run, and its model is told",
    cites: ["any.cancel"],
    async run({ start, control }) {
      const [a, b] = await Promise.all([start("a", { role: "serve" }), start("b")]);
      const onAbort = [
        { do: "note", name: "aborted" },
        { do: "throw", message: "It was stopped." },
      ] as const;
      const { id } = await startTraining(a.service, { ...held(control), onAbort });
      await began(control, 1);
      const c = await start("c", { role: "serve" });
      await c.service.cancel(id);
      await control.waitForNotes("aborted");
      for (const { service } of [a, b, c]) assert.equal((await ended(service, id)).run.state, "cancelled");
    },
  },
  {
    title: "weights that a run publishes are served by each node, also by one that starts later",
    cites: ["weights.shared"],
    async run({ start }) {
      const [a, b] = await Promise.all([start("a", { role: "serve" }), start("b")]);
      assert.deepEqual(await a.service.predict("trainer", {}), { weights: "shipped" });
      const { id } = await startTraining(a.service, { script: [{ do: "publish", text: "trained" }] });
      assert.equal((await ended(a.service, id)).run.state, "succeeded");
      // The node that trained serves them before the run has succeeded; others follow.
      assert.deepEqual(await b.service.predict("trainer", {}), { weights: "trained" });
      const c = await start("c", { role: "serve" });
      assert.deepEqual(await c.service.predict("trainer", {}), { weights: "trained" });
      await until(
        () => a.service.predict("trainer", {}) as Promise<{ readonly weights: string }>,
        ({ weights }) => weights === "trained",
      );
      for (const { service } of [a, b, c]) assert.equal((await service.versions("trainer")).served, 1);
    },
  },
];
