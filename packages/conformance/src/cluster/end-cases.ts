// Nodes that end because they are told to, and nodes that start.
import assert from "node:assert/strict";
import { ended, only, startTraining } from "../service/training.ts";
import { began, fromTheCheckpoint, held, heldScript, reasons, until } from "./runs.ts";
import type { ClusterDraft, ClusterNode } from "./subject.ts";

const restarts = 10;
/** Attempts in a row that may be lost without a new checkpoint, if they are counted. */
const countedAttempts = 3;

export const endCases: readonly ClusterDraft[] = [
  {
    title: "nodes that end one after the other under load give their runs back, and all go on elsewhere",
    cites: ["end.given-back"],
    async run({ start, control }) {
      const serving = await start("serving", { role: "serve" });
      const names = ["a", "b", "c"] as const;
      const nodes = new Map<string, ClusterNode>(
        await Promise.all(names.map(async (id) => [id, await start(id)] as const)),
      );
      const runs = await Promise.all(Array.from({ length: 6 }, () => startTraining(serving.service, held(control))));
      const allBusy = () =>
        until(
          async () => (await serving.service.runs({ state: "running" })).items.length,
          (count) => count === names.length,
        );
      for (const id of names) {
        await allBusy();
        await nodes.get(id)?.end();
        nodes.set(id, await start(id));
      }
      await allBusy();
      await control.open("go");
      const lost: string[] = [];
      for (const { id } of runs) {
        const { run, events } = await ended(serving.service, id);
        assert.equal(run.state, "succeeded");
        lost.push(...reasons(events));
      }
      assert.deepEqual(
        lost,
        names.map(() => "shutdown"),
      );
    },
  },
  {
    title: "a run whose nodes end again and again, without a new checkpoint, does not fail",
    cites: ["end.uncounted", "end.given-back"],
    async run({ start, control }) {
      const serving = await start("serving", { role: "serve" });
      let executing = await start("a");
      const { id } = await startTraining(serving.service, held(control));
      for (let attempt = 1; attempt <= countedAttempts; attempt++) {
        await began(control, attempt);
        const next = await start(attempt % 2 === 0 ? "a" : "b");
        await executing.end();
        executing = next;
      }
      assert.deepEqual((await began(control, countedAttempts + 1)).resumeFrom, fromTheCheckpoint);
      await control.open("go");
      const { run, events } = await ended(serving.service, id);
      assert.equal(run.state, "succeeded");
      assert.deepEqual(reasons(events), Array(countedAttempts).fill("shutdown"));
    },
  },
  {
    title: `the start of a second node and ${restarts} restarts of a third change no running run and delete no file`,
    cites: ["start.harmless"],
    async run({ start, control }) {
      const a = await start("a");
      const artifact = { do: "artifact", name: "out.txt", text: "of the run" } as const;
      const { id } = await startTraining(a.service, { control: control.id, script: [artifact, ...heldScript] });
      await began(control, 1);
      const b = await start("b", { role: "serve" });
      const before = await b.service.run(id);
      for (let restart = 0; restart <= restarts; restart++) {
        const third = await start("third", { role: restart % 2 === 0 ? "serve" : "both" });
        assert.equal(await (await third.service.artifact(id, "out.txt")).text(), "of the run");
        await (restart % 3 === 0 ? third.kill() : third.end());
      }
      assert.deepEqual(await b.service.run(id), before);
      const next = await start("next");
      await a.end();
      // With the file of its checkpoint.
      assert.deepEqual(await began(control, 2), { attempt: 2, resumeFrom: fromTheCheckpoint });
      await control.open("go");
      const { run, events } = await ended(next.service, id);
      assert.equal(run.state, "succeeded");
      assert.equal(only(events, "started").length, 2);
    },
  },
];
