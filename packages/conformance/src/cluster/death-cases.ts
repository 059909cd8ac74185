// The node that executes a run is killed, or does not answer.
import assert from "node:assert/strict";
import { collect } from "../expect.ts";
import { checkLog } from "../run-log.ts";
import { ended, only, startTraining } from "../service/training.ts";
import { began, fromTheCheckpoint, held, heldScript } from "./runs.ts";
import type { ClusterDraft } from "./subject.ts";

const leaseMs = 2_000;

export const deathCases: readonly ClusterDraft[] = [
  {
    title: "the run of a node that is killed goes on elsewhere from its checkpoint, and a watcher sees no gap",
    cites: ["death.resumed", "death.watched"],
    leaseMs,
    async run({ start, control }) {
      const [a, b] = await Promise.all([start("a", { role: "serve" }), start("b")]);
      const { id } = await startTraining(a.service, held(control));
      await began(control, 1);
      const watched = collect(a.service.watch(id));
      const waiting = await startTraining(a.service, held(control));
      await b.kill();
      const c = await start("c");
      // The second run begins when the first one has ended: which one is first is not said.
      await began(control, 2);
      await control.open("go");
      const events = await watched;
      checkLog(events);
      const { run } = await ended(c.service, id);
      assert.equal(run.state, "succeeded");
      assert.equal(only(events, "lost").length, 1);
      assert.notEqual(only(events, "lost")[0]?.reason, "shutdown");
      assert.deepEqual(
        only(events, "started").map(({ attempt }) => attempt),
        [1, 2],
      );
      assert.equal((await ended(c.service, waiting.id)).run.state, "succeeded");
      const notes = (await control.notes("began")).map((text) => JSON.parse(text) as object);
      const resumed = notes.filter((note) => "attempt" in note && note.attempt === 2);
      assert.deepEqual(resumed, [{ attempt: 2, resumeFrom: fromTheCheckpoint }]);
    },
  },
  {
    title:
      "the run of a frozen node goes on elsewhere; when the node goes on, its attempt is aborted and records nothing",
    cites: ["freeze.resumed", "freeze.stopped"],
    needs: ["freeze"],
    leaseMs,
    async run({ start, control }) {
      const [a, b] = await Promise.all([start("a", { role: "serve" }), start("b")]);
      const { id } = await startTraining(a.service, {
        control: control.id,
        script: heldScript,
        // Of the second attempt, which does not wait at the gate of the first.
        again: [
          { do: "note", name: "began" },
          { do: "gate", name: "second" },
          { do: "return", value: "of the second attempt" },
        ],
        onAbort: [
          { do: "report", step: 99 },
          { do: "log", text: "of the old attempt" },
          { do: "note", name: "aborted" },
          { do: "return", value: "of the old attempt" },
        ],
      });
      await began(control, 1);
      await b.freeze();
      const c = await start("c");
      assert.deepEqual(await began(control, 2), { attempt: 2, resumeFrom: fromTheCheckpoint });
      await b.thaw();
      const aborted = await control.waitForNotes("aborted");
      assert.deepEqual(aborted, ['{"attempt":1,"resumeFrom":null}']);
      // It waits until what it wants to record has been kept or refused.
      await b.end();
      await control.open("second");
      const { run, events } = await ended(c.service, id);
      assert.equal(run.state, "succeeded");
      assert.equal(run.result, "of the second attempt");
      assert.equal(only(events, "lost").length, 1);
      assert.deepEqual(
        only(events, "progress").map(({ step }) => step),
        [1],
      );
      assert.ok(!only(events, "log").some(({ text }) => text === "of the old attempt"));
    },
  },
];
